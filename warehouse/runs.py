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
from typing import Any

import pyarrow as pa

from ml import parameters
from warehouse import settings, tables
from warehouse.connection import writing

CODE_FOLDERS = ("warehouse", "dbt_project", "expectations", "ml", "dags")
CODE_SUFFIXES = {".py", ".sql", ".yml", ".html", ".css", ".js"}
NOT_YET_OVER = ("marts", "publish", "report")  # stages that the marts of their own day cannot tell of
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
    """What decides how data become decisions: the project's own files and the mappings of the sources in use."""
    for folder in (*(settings.ROOT / name for name in CODE_FOLDERS), settings.load().sources):
        files = (file for file in folder.rglob("*") if file.suffix in CODE_SUFFIXES)
        yield from sorted(file for file in files if "target" not in file.relative_to(folder).parts)


def fingerprint_parameters() -> str:
    """Of the contents alone: the same numbers in another place are the same."""
    contents = (file.read_bytes() for file in parameters.chosen_files())
    return hashlib.sha256(b"".join(contents)).hexdigest()[:12]


def fingerprint_files(files: Iterable[Path]) -> str:
    """Of names and contents: a file moved to another folder counts as a change, a project moved as a whole does not."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(name_inside(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def name_inside(file: Path) -> str:
    """The path below the project or the folder of sources, wherever these lie."""
    places = {settings.load().sources: "sources", settings.ROOT: ""}
    found = file.resolve()
    inside = (Path(word, found.relative_to(place)) for place, word in places.items() if found.is_relative_to(place))
    return next(inside, Path(file.name)).as_posix()


def record_run(day: date, data_fingerprint: str) -> None:
    """Note what a run works with.

    Stages that an earlier run of the day recorded stay while code, parameters and data are the same, so that learning
    on the same day leaves what the daily run recorded; after a change they are forgotten: they tell of other work.
    """
    row = {
        "day": day,
        "source": settings.load().source,
        "run_id": run_id(day),
        "code_version": fingerprint_files(code_files()),
        "parameters_fingerprint": fingerprint_parameters(),
        "data_fingerprint": data_fingerprint,
    }
    before = find_run(day)
    tables.replace_day("ml.runs", day, pa.Table.from_pylist([row]))
    if before != row:
        with writing() as connection:
            connection.execute("delete from ml.run_stages where day = $day and stage <> 'ingest'", {"day": day})


def find_run(day: date) -> dict[str, Any] | None:
    """What the newest run of a day worked with."""
    with writing() as connection:  # creates the table where nothing has run yet
        rows = connection.execute("select * from ml.runs where day = $day", {"day": day}).to_arrow_table().to_pylist()
    return rows[0] if rows else None


def forget(day: date, stages: Iterable[str]) -> None:
    """Remove what an earlier run of the day recorded of some stages."""
    with writing() as connection:
        connection.execute(
            "delete from ml.run_stages where day = $day and list_contains($stages, stage)",
            {"day": day, "stages": list(stages)},
        )
