"""How long ingest takes for many events against DuckDB reading and writing the same Parquet once.

Both run in processes of their own, one after the other, with the same limits; PROMOLIFT_BENCHMARK_EVENTS sets how many.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.runtime import watching
from warehouse import settings
from warehouse.connection import in_memory
from warehouse.errors import NotAvailable

EVENTS = 20_000_000
EVENTS_OF_A_DAY = 500_000
FIRST_DAY = date(2024, 1, 1)
LARGEST_RATIO = 3.0
MEMORY_LIMIT_MIB = 4096.0
SOURCE = """
title: Events made for a benchmark
terms: Made up.
time_zone: UTC
first_day: {first}
last_day: {last}
replay: true
files: {{path: {files}}}
"""
MAPPING = """
select * exclude (filename, file_row_number), filename as file, file_row_number + 1 as line
from read_parquet(
    $folder || '/day=*/*.parquet',
    filename = true, file_row_number = true, hive_partitioning = true, hive_types = {'day': date}
)
where day between $first_day and $last_day
"""
# A twentieth of the customers and products make most of the events, as in a shop; a thousandth of the rows is bad.
DAY = """
    select
        concat('e', $number, '-', i) as event_id,
        concat('c', (1e6 * pow((h % 1000003) / 1000003, 3))::bigint) as customer_id,
        concat('s', $number, '-', i // 8) as session_id,
        if(h % 1999 = 0, 'stare', ['visit', 'view', 'view', 'view', 'search', 'cart_add', 'login'][1 + h // 7 % 7])
            as event_type,
        $day::timestamp + to_microseconds(i * 86_400_000_000 // $rows) as occurred_at,
        $day as event_date,
        concat('p', (2e4 * pow((h // 11 % 20011) / 20011, 3))::bigint) as product_id,
        if(h // 7 % 7 = 4, concat('red shoe ', h // 13 % 5000), null) as query,
        ['web', 'app', 'social', 'crm', 'store'][1 + h // 17 % 5] as channel,
        if(h % 2003 = 0, -1, (h // 19 % 30000) / 100)::double as dwell_seconds,
        concat('d', (1.2e6 * pow((h // 23 % 1000003) / 1000003, 3))::bigint) as device_id
    from (select i, (hash(i + $number * $rows) >> 1)::bigint as h from range($rows) as numbers (i))
"""
COPY = """
import sys
from warehouse.connection import open_database
source, target, spill = sys.argv[1:]
with open_database(spill, read_only=False) as connection:
    connection.execute("set enable_progress_bar = false")
    rows = f"read_parquet('{source}/day=*/*.parquet', hive_partitioning = true)"
    connection.execute(f"copy (from {rows}) to '{target}' (format parquet, partition_by (day), compression zstd)")
"""


def events_wanted() -> int:
    return int(os.environ.get("PROMOLIFT_BENCHMARK_EVENTS") or EVENTS)


def make_events(folder: Path, count: int) -> int:
    """Write a file of events a day; gives the number of days."""
    days = max(1, count // EVENTS_OF_A_DAY)
    with in_memory() as connection:
        for number in range(days):
            day = FIRST_DAY + timedelta(days=number)
            file = folder / f"day={day}" / "events.parquet"
            file.parent.mkdir(parents=True)
            values = {"number": number, "day": day, "rows": count // days}
            connection.execute(f"copy ({DAY}) to '{settings.quoted(file)}' (format parquet, compression zstd)", values)
    return days


def make_source(folder: Path, files: Path, days: int) -> None:
    folder.mkdir(parents=True)
    last = FIRST_DAY + timedelta(days=days - 1)
    (folder / "source.yml").write_text(SOURCE.format(first=FIRST_DAY, last=last, files=files))
    (folder / "events.sql").write_text(MAPPING)


@dataclass(frozen=True)
class Cost:
    seconds: float
    processor_seconds: float  # does not grow with what else the machine is doing
    peak_mib: float


def measure(words: list[str], environment: dict[str, str]) -> Cost:
    """What a Python process costs."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, *words], cwd=settings.ROOT, env=os.environ | environment)
    with watching(process.pid) as watch:
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise NotAvailable(f"{words[:3]} ended with exit code {process.returncode}; nothing to measure")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, watch.peak_mib)


def run() -> list[Figure]:
    """Seconds and memory of ingest and of one plain copy, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="promolift-ingest-") as name:
        folder = Path(name)
        days = make_events(folder / "events", events_wanted())
        make_source(folder / "sources" / "events", folder / "events", days)
        environment = {
            "PROMOLIFT_DATA": str(folder / "data"),
            "PROMOLIFT_SOURCES": str(folder / "sources"),
            "PROMOLIFT_SOURCE": "events",
        }
        plain = ["-c", COPY, str(folder / "events"), str(folder / "copied"), str(folder / "spill.duckdb")]
        copied = measure(plain, environment)
        shutil.rmtree(folder / "copied")
        day = FIRST_DAY + timedelta(days=days)
        ingested = measure(["-m", "warehouse", "ingest", "--day", day.isoformat()], environment)
    return figures_of(ingested, copied)


def figures_of(ingested: Cost, copied: Cost) -> list[Figure]:
    what = f"{events_wanted():,} events, {settings.load().threads} threads, {settings.load().memory_limit}"
    plain = "peer: DuckDB's plain copy by day"
    seconds = Figure(
        "ingest", round(ingested.seconds, 1), "s", peer=round(copied.seconds, 1), is_up_good=False,
        how_measured=f"wall clock of a process; {what}; {plain}",
    )  # fmt: skip
    ratio = Figure(
        "ingest against a plain copy", round(ingested.seconds / copied.seconds, 2), "times", is_up_good=False,
        target=LARGEST_RATIO, how_measured=f"wall clock; {what}",
    )  # fmt: skip
    work = Figure(
        "the same in processor time", round(ingested.processor_seconds / copied.processor_seconds, 2), "times",
        is_up_good=False, how_measured="user and system time; tells more where the machine does other work too",
    )  # fmt: skip
    memory = Figure(
        "ingest: memory", round(ingested.peak_mib), "MiB", peer=round(copied.peak_mib), is_up_good=False,
        target=MEMORY_LIMIT_MIB, how_measured=f"largest proportional set size; {plain}",
    )  # fmt: skip
    return [seconds, ratio, work, memory]
