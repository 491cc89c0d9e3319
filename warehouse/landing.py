"""The landed files: one folder per table and day, a manifest per day as the mark that the day is complete."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb

from warehouse import contract, settings
from warehouse.errors import BadInput

KINDS = ("landing", "quarantine")
QUARANTINE_COLUMNS = {"reason_code": "varchar", "reason": "varchar", "file": "varchar", "line": "bigint"}
MANY_FILES = 100  # above it one flush of the whole disk is faster than one per file


@dataclass(frozen=True)
class Part:
    """What landed of one table on one day; the fingerprint does not depend on the order of rows."""

    rows: int
    quarantined: int
    fingerprint: str


Manifest = dict[str, Part]  # by table; a table without rows is not in it


def manifests_folder() -> Path:
    return settings.load().landing / "_days"


def incoming() -> Path:
    return settings.load().data / "incoming"


def committed() -> dict[date, Manifest]:
    """The manifest of every day that has landed, oldest first."""
    files = sorted(manifests_folder().glob("*.json"))
    return {date.fromisoformat(file.stem): read_manifest(file) for file in files}


def read_manifest(file: Path) -> Manifest:
    try:
        return {table: Part(**part) for table, part in json.loads(file.read_text()).items()}
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"the manifest {file} cannot be read; land that day again with --replace after deleting it"
        ) from error


def fingerprint(before: date) -> str:
    """Fingerprint of everything delivered before a day."""
    digest = sha256()
    for day, manifest in committed().items():
        if day < before:
            parts = {table: asdict(part) for table, part in sorted(manifest.items())}
            digest.update(f"{day} {json.dumps(parts, sort_keys=True)}\n".encode())
    return digest.hexdigest()[:12]


def count_before(day: date) -> int:
    """Rows delivered before a day that met the contract."""
    return sum(part.rows for landed, manifest in committed().items() if landed < day for part in manifest.values())


def clean() -> None:
    """Remove what an ended run left behind: unfinished deliveries, and folders of days without a manifest."""
    shutil.rmtree(incoming(), ignore_errors=True)
    complete = {f"day={file.stem}" for file in manifests_folder().glob("*.json")}
    for kind in KINDS:
        for folder in (settings.load().data / kind).glob("*/day=*"):
            if folder.name not in complete:
                shutil.rmtree(folder)


@contextmanager
def cleaned_up() -> Iterator[None]:
    """Nothing unfinished is there before the body, nor after it: a full disk must not stay full."""
    clean()
    try:
        yield
    finally:
        shutil.rmtree(incoming(), ignore_errors=True)


def commit(manifests: dict[date, Manifest]) -> None:
    """Move days from the incoming folder to their place, oldest first; a day counts once its manifest is there."""
    marks = incoming() / "_days"
    marks.mkdir(parents=True, exist_ok=True)
    for day, manifest in manifests.items():
        parts = {table: asdict(part) for table, part in sorted(manifest.items())}
        (marks / f"{day}.json").write_text(json.dumps(parts, indent=1) + "\n")
    flush([file for file in incoming().rglob("*") if file.is_file()])
    manifests_folder().mkdir(parents=True, exist_ok=True)
    data = settings.load().data
    for day in sorted(manifests):
        commit_day(data, day)
    for folder in (settings.load().landing, manifests_folder()):
        sync(folder)


def commit_day(data: Path, day: date) -> None:
    mark = data / "landing" / "_days" / f"{day}.json"
    mark.unlink(missing_ok=True)
    for table in contract.load():
        for kind in KINDS:
            place = Path(kind, table, f"day={day}")
            move_folder(data / "incoming" / place, data / place)
    (data / "incoming" / "_days" / mark.name).rename(mark)


def flush(files: list[Path]) -> None:
    """Bring files to the disk: one by one, or all there is where a year of files would take minutes that way."""
    if len(files) > MANY_FILES:
        os.sync()
    else:
        for file in files:
            sync(file)


def move_folder(source: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


def write_whole(file: Path, text: str) -> None:
    """Readers see the old file or the new one, also after a crash."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(text)
    sync(unfinished)
    unfinished.replace(file)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Views `landing.<table>` and `quarantine.<table>` over the files; typed and empty where there are none."""
    for table in contract.load().values():
        columns = {column.name: column.sql_type for column in table.landed}
        create_view(connection, "landing", table.name, columns)
        as_delivered = QUARANTINE_COLUMNS | dict.fromkeys(columns, "varchar")
        create_view(connection, "quarantine", table.name, as_delivered)


def create_view(connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: dict[str, str]) -> None:
    """A column that the contract got after the files were written is empty until they are landed anew."""
    folder = settings.load().data / schema / table
    if any(folder.glob("day=*/*.parquet")):
        files = settings.quoted(folder / "day=*" / "*.parquet")
        rows = f"read_parquet('{files}', hive_partitioning = true, hive_types = {{'day': date}})"
        written = {name for name, *_ in connection.execute(f"describe from {rows}").fetchall()}
        names = (name if name in written else f"null::{kind} as {name}" for name, kind in columns.items())
        select = f"select {', '.join(names)}, day from {rows}"
    else:
        nothing = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
        select = f"select {nothing}, null::date as day where false"
    connection.execute(f"create or replace view {schema}.{table} as {select}")


def check_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Landed files must be readable and hold as many rows as their manifests say."""
    landed = committed()
    for table in contract.load():
        expected = {day: manifest[table].rows for day, manifest in landed.items() if table in manifest}
        found = count_rows(connection, settings.load().landing / table)
        for day, rows in expected.items():
            if found.get(day, 0) != rows:
                raise BadInput(
                    f"the landed files of {table} of {day} hold {found.get(day, 0)} rows instead of {rows}; "
                    f"remove {manifests_folder() / f'{day}.json'} to land that day again"
                )


def count_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[date, int]:
    """Rows by day as the footers of the files tell."""
    if not any(folder.glob("day=*/*.parquet")):
        return {}
    footers = "select file_name, num_rows from parquet_file_metadata($files)"
    rows = connection.execute(footers, {"files": str(folder / "day=*" / "*.parquet")}).fetchall()
    counts: dict[date, int] = {}
    for name, count in rows:
        day = date.fromisoformat(Path(name).parent.name.removeprefix("day="))
        counts[day] = counts.get(day, 0) + count
    return counts
