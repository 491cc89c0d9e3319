"""Whether a source still delivers what has landed: cheap while its files are untouched, day by day when not."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse import contract, landing, pii, reach, settings, sources
from warehouse.bucket import Listed
from warehouse.errors import BadInput
from warehouse.landing import Manifest
from warehouse.sources import Source
from warehouse.spans import read_span, spans
from warehouse.text_files import day_of


@dataclass(frozen=True)
class File:
    size: int
    modified: int
    sha256: str


def state_file() -> Path:
    return settings.load().data / settings.OWNER


def files_of(source: Source) -> dict[str, Path]:
    """The files a delivery depends on, by a name that does not change with where they lie."""
    names = {source.mapping: "mapping"} | ({source.folder: "data"} if source.folder else {})
    inside = {
        f"{word}/{file.relative_to(folder)}": file
        for folder, word in names.items()
        for file in sources.data_files(source)
        if file.is_relative_to(folder)
    }
    return inside | {"contract.yml": contract.FILE}


def known_state() -> dict[str, Any]:
    return json.loads(state_file().read_text()) if state_file().exists() else {}


def look(source: Source, known: dict[str, Any]) -> dict[str, File]:
    """Every file of the source; one of the same size and time as before is not read again."""
    before = {name: File(**file) for name, file in known.get("files", {}).items()}
    local = {name: look_at(file, before.get(name)) for name, file in sorted(files_of(source).items())}
    return local | {f"data/{name}": look_from_afar(file) for name, file in reach.remote_files(source).items()}


def look_at(file: Path, before: File | None) -> File:
    state = file.stat()
    if before and (before.size, before.modified) == (state.st_size, state.st_mtime_ns):
        return before
    return File(state.st_size, state.st_mtime_ns, sources.fingerprint(file))


def look_from_afar(file: Listed) -> File:
    """A file in a bucket is not fetched for a fingerprint: size and time of its listing stand for its content."""
    return File(file.size, int(file.modified.timestamp()), f"{file.size} bytes of {file.modified:%Y-%m-%d %H:%M:%S}")


def remember(source: Source) -> None:
    """Note what the source looked like when everything in the landing was taken from it."""
    files = {name: vars(file) for name, file in look(source, known_state()).items()}
    key = pii.key_name(pii.key())
    state = {"source": source.name, "pii_key": key, "duckdb": duckdb.__version__, "files": files}
    state_file().parent.mkdir(parents=True, exist_ok=True)
    landing.write_whole(state_file(), json.dumps(state, indent=1) + "\n")


def check_owner(source: Source, known: dict[str, Any]) -> None:
    if known and known["source"] != source.name:
        raise BadInput(
            f"{settings.load().data} holds the source {known['source']}, not {source.name}: "
            f"set PROMOLIFT_DATA to a folder of its own"
        )
    check_key(known)


def check_key(known: dict[str, Any]) -> None:
    if known and known["pii_key"] != pii.key_name(pii.key()):
        raise BadInput(
            "PROMOLIFT_PII_KEY is not the key this data folder was filled with: the same person would get two names"
        )


def changed_files(source: Source, known: dict[str, Any]) -> set[str]:
    """Files that are new, gone, or have another content than when the landing was filled."""
    before = {name: file["sha256"] for name, file in known.get("files", {}).items()}
    now = {name: file.sha256 for name, file in look(source, known).items()}
    return {name for name in {*before, *now} if before.get(name) != now.get(name)}


def concerned_days(files: Iterable[str], landed: Collection[date]) -> list[date]:
    """Landed days on which files may have a say: those of their folders, or all where one lies in no day's folder.

    >>> concerned_days(["data/orders/day=2024-05-02/orders.csv"], [date(2024, 5, 1), date(2024, 5, 2)])
    [datetime.date(2024, 5, 2)]
    >>> len(concerned_days(["mapping/orders.sql"], [date(2024, 5, 1), date(2024, 5, 2)]))
    2
    """
    days = {day_of(file) for file in files}
    return sorted(day for day in landed if None in days or day in days)


def find_changed_days(connection: duckdb.DuckDBPyConnection, source: Source, replace: bool) -> list[date]:
    """Landed days that the source now delivers differently; without `replace` one of them ends the run."""
    known = known_state()
    check_owner(source, known)
    if replace and not source.can_be_read_again:
        raise BadInput(f"{source.name} is a database, which overwrites its rows: a landed day stays as it is")
    landed = landing.committed()
    if not landed or not source.can_be_read_again:
        return []
    suspects = concerned_days(changed_files(source, known), landed)
    if not suspects:
        return []
    print(
        f"the files of {source.name} have changed: comparing what they deliver with what has landed of "
        f"{len(suspects)} days",
        flush=True,
    )
    changed: dict[date, list[str]] = {}
    for span in spans(suspects):
        for day, manifest in read_span(connection, source, span, write=False).items():
            tables = differing(landed[day], manifest)
            if tables:
                changed[day] = tables
    if changed and not replace:
        raise BadInput(refusal(source, changed) + doubt(known))
    return sorted(changed)


def differing(landed: Manifest, delivered: Manifest) -> list[str]:
    return sorted(name for name in {*landed, *delivered} if landed.get(name) != delivered.get(name))


def refusal(source: Source, changed: dict[date, list[str]]) -> str:
    first = min(changed)
    days = f"{len(changed)} days, first {first}" if len(changed) > 1 else str(first)
    return (
        f"{source.name} delivers {', '.join(changed[first])} of {days} differently from what has landed; "
        f"add --replace to land it again on purpose"
    )


def doubt(known: dict[str, Any]) -> str:
    """Fingerprints rest on DuckDB's hash function, which another version may change."""
    version = known.get("duckdb", duckdb.__version__)
    same = version == duckdb.__version__
    return "" if same else f" (or the fingerprints of DuckDB {duckdb.__version__} differ from those of {version})"
