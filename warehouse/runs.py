"""What a run was and how long its stages took (tables ml.runs and ml.run_stages)."""

import hashlib
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from warehouse import settings, tables
from warehouse.connection import writing

CODE_FOLDERS = ("warehouse", "sources", "dbt_project", "expectations", "ml", "dags")
CODE_SUFFIXES = {".py", ".sql", ".yml", ".html", ".css", ".js"}
MIB = 1 if sys.platform == "darwin" else 1024


@dataclass
class Stage:
    name: str
    day: date
    rows: int = 0


def run_id(day: date) -> str:
    return f"{settings.load().source}-{day}"


@contextmanager
def stage(name: str, day: date) -> Iterator[Stage]:
    """Time a stage; it is recorded only when its body ends without an error."""
    running = Stage(name, day)
    started = time.monotonic()
    yield running
    record_stage(running, time.monotonic() - started)


def record_stage(finished: Stage, seconds: float) -> None:
    row = {
        "day": finished.day,
        "stage": finished.name,
        "seconds": round(seconds, 3),
        "rows": finished.rows,
        "peak_memory_mib": peak_memory_mib(),
        "run_id": run_id(finished.day),
    }
    tables.replace_day("ml.run_stages", finished.day, pa.Table.from_pylist([row]), keys={"stage": finished.name})


def peak_memory_mib() -> float:
    """Largest resident memory of this process or of any of its finished children."""
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(own, children) / MIB, 1)


def code_files() -> Iterable[Path]:
    for folder in CODE_FOLDERS:
        files = (settings.ROOT / folder).rglob("*")
        yield from sorted(file for file in files if file.suffix in CODE_SUFFIXES and "target" not in file.parts)


def fingerprint_files(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def record_run(day: date, data_fingerprint: str) -> None:
    """Note what a run works with; what an earlier run of the day recorded after its ingest is forgotten."""
    row = {
        "day": day,
        "source": settings.load().source,
        "run_id": run_id(day),
        "code_version": fingerprint_files(code_files()),
        "parameters_fingerprint": fingerprint_files([settings.ROOT / "ml" / "params.yml"]),
        "data_fingerprint": data_fingerprint,
    }
    tables.replace_day("ml.runs", day, pa.Table.from_pylist([row]))
    with writing() as connection:
        connection.execute("delete from ml.run_stages where day = $day and stage <> 'ingest'", {"day": day})
