"""How long a day takes through Airflow and how much memory: the first one, which trains, and the next one."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread

import psutil

from benchmarks.figures import Figure
from orchestration.replay import default_day
from warehouse import settings, sources
from warehouse.connection import in_memory, open_database
from warehouse.errors import NotAvailable

FIRST_LIMIT_SECONDS = 360.0
LATER_LIMIT_SECONDS = 150.0
MEMORY_LIMIT_MIB = 4096.0
SAMPLE_SECONDS = 1.0
MIB = 2**20
STAGES = "select stage, seconds, peak_memory_mib from ml.run_stages where day = $day order by stage"


@dataclass
class Watch:
    """Largest memory of a process and everything it started; shared pages are counted once."""

    peak_mib: float = 0.0
    stop: Event = field(default_factory=Event)

    def follow(self, pid: int) -> None:
        while not self.stop.wait(SAMPLE_SECONDS):
            self.peak_mib = max(self.peak_mib, sum(map(share_of_memory, family(pid))))


@dataclass(frozen=True)
class Run:
    name: str
    seconds: float
    peak_mib: float
    stages: list[tuple[str, float, float]]


def family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def share_of_memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / MIB
    except (psutil.Error, AttributeError):
        return 0.0


@contextmanager
def watching(pid: int) -> Iterator[Watch]:
    watch = Watch()
    thread = Thread(target=watch.follow, args=(pid,))
    thread.start()
    try:
        yield watch
    finally:
        watch.stop.set()
        thread.join()


def measure(name: str, day: date, data: Path) -> Run:
    """Run a day as `make run` does, into a data folder of its own."""
    words = [sys.executable, "-m", "orchestration", "run", "--day", day.isoformat()]
    environment = os.environ | {"PROMOLIFT_DATA": str(data)}
    started = time.monotonic()
    process = subprocess.Popen(words, cwd=settings.ROOT, env=environment)
    with watching(process.pid) as watch:
        exit_code = process.wait()
    seconds = time.monotonic() - started
    if exit_code:
        raise NotAvailable(f"the {name} ended with exit code {exit_code}; nothing to measure")
    return Run(name, seconds, watch.peak_mib, read_stages(data, day))


def read_stages(data: Path, day: date) -> list[tuple[str, float, float]]:
    with open_database(data / "warehouse" / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.execute(STAGES, {"day": day}).fetchall()


def scan_seconds(data: Path) -> float:
    """Peer: every value of every landed file read once, by the same engine with the same limits."""
    started = time.monotonic()
    with in_memory() as connection:
        for folder in sorted(path for path in (data / "landing").iterdir() if any(path.glob("day=*/*.parquet"))):
            connection.execute(f"select sum(hash(columns(*))) from '{folder}/day=*/*.parquet'").fetchall()
    return time.monotonic() - started


def figures_of(run: Run, limit: float, scan: float) -> list[Figure]:
    whole = Figure(
        name=run.name,
        value=round(run.seconds, 1),
        unit="s",
        peer=round(scan, 2),
        how_measured="wall clock of `make run` after set-up; peer: one scan of the landed files",
        target=limit,
        is_up_good=False,
    )
    memory = Figure(
        name=f"{run.name}: memory",
        value=round(run.peak_mib),
        unit="MiB",
        how_measured="largest proportional set size of Airflow and its stages together",
        target=MEMORY_LIMIT_MIB,
        is_up_good=False,
    )
    return [whole, memory, *(figure_of_stage(run, *stage) for stage in run.stages)]


def figure_of_stage(run: Run, stage: str, seconds: float, peak_mib: float) -> Figure:
    how = f"ml.run_stages; largest process {peak_mib:,.0f} MiB"
    return Figure(f"{run.name}: {stage}", round(seconds, 1), "s", how_measured=how, is_up_good=False)


def run() -> list[Figure]:
    """Seconds and memory of the first run and of the day after it, in all and by stage."""
    day = default_day(sources.load())
    with tempfile.TemporaryDirectory(prefix="promolift-runtime-") as folder:
        data = Path(folder)
        first = measure("first run", day, data)
        later = measure("later day", day + timedelta(days=1), data)
        scan = scan_seconds(data)
    return [*figures_of(first, FIRST_LIMIT_SECONDS, scan), *figures_of(later, LATER_LIMIT_SECONDS, scan)]
