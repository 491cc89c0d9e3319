"""How fast a large simulated shop is built, and in how much memory.

PROMOLIFT_BENCHMARK_CUSTOMERS=1000000 is the full size.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.runtime import watching
from warehouse import settings
from warehouse.connection import in_memory
from warehouse.errors import NotAvailable

CUSTOMERS = int(os.environ.get("PROMOLIFT_BENCHMARK_CUSTOMERS") or 100_000)
EVENTS_WANTED = 100 * CUSTOMERS
EVENTS_PER_CUSTOMER_DAY = 0.409
LIMIT_SECONDS, LIMIT_MIB = 900.0, 8192.0
FULL_CUSTOMERS = 1_000_000  # the limit in seconds is meant for that many


def run() -> list[Figure]:
    """Build a shop with 100 events per customer and count what it wrote."""
    days = round(EVENTS_WANTED / CUSTOMERS / EVENTS_PER_CUSTOMER_DAY)
    settings.load().data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.load().data) as folder:
        out = Path(folder) / "shop"
        words = ["build", "--customers", str(CUSTOMERS), "--days", str(days), "--out", str(out)]
        started = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "simulator", *words], cwd=settings.ROOT)
        with watching(process.pid) as watch:
            code = process.wait()
        seconds = time.monotonic() - started
        if code:
            raise NotAvailable(f"the build ended with exit code {code}; nothing to measure")
        events = count_events(out)
    how = f"{CUSTOMERS:,} customers, {days} days, {events:,} events"
    limit = LIMIT_SECONDS if CUSTOMERS >= FULL_CUSTOMERS else None
    return [
        Figure("events", float(events), "rows", how_measured=how),
        Figure("build", seconds, "s", target=limit, is_up_good=False, how_measured=how),
        Figure("largest memory", watch.peak_mib, "MiB", target=LIMIT_MIB, is_up_good=False, how_measured=how),
    ]


def count_events(out: Path) -> int:
    files = str(out / "shop" / "events" / "*" / "*.parquet")
    with in_memory() as connection:
        footers = "select sum(num_rows) from parquet_file_metadata($files)"
        return int(connection.execute(footers, {"files": files}).fetchall()[0][0])
