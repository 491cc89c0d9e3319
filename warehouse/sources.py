"""A source: a folder with source.yml and one SQL file per contract table it can fill."""

import hashlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from warehouse import settings
from warehouse.errors import BadInput, NotAvailable


@dataclass(frozen=True)
class Source:
    name: str
    mapping: Path
    folder: Path
    title: str
    terms: str
    time_zone: str
    first_day: date
    last_day: date | None
    default_day: date | None
    is_replay: bool
    assumptions: dict[str, Any]

    def query(self, table: str) -> str | None:
        """The SQL that fills a contract table; None where the source does not have it."""
        file = self.mapping / f"{table}.sql"
        return file.read_text() if file.exists() else None

    def parameters(self, first_day: date, last_day: date) -> dict[str, Any]:
        """What a SQL file may use by name, e.g. `$folder`, `$first_day` or an assumption."""
        return self.assumptions | {
            "folder": str(self.folder),
            "mapping": str(self.mapping),
            "time_zone": self.time_zone,
            "data_first_day": self.first_day,
            "first_day": first_day,
            "last_day": last_day,
        }


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
        folder=find_folder(mapping, entry["files"]),
        title=entry["title"],
        terms=entry["terms"],
        time_zone=entry["time_zone"],
        first_day=entry["first_day"],
        last_day=entry.get("last_day"),
        default_day=entry.get("default_day"),
        is_replay=bool(entry.get("replay", False)),
        assumptions={key: assumption["value"] for key, assumption in (entry.get("assumptions") or {}).items()},
    )


def find_folder(mapping: Path, files: dict[str, str]) -> Path:
    """Where the data lie: in an installed package, in a folder the environment names, or beside the SQL."""
    finders: dict[str, Callable[[Path, dict[str, str]], Path]] = {
        "package": folder_of_package,
        "environment": folder_of_environment,
        "path": lambda mapping, files: mapping / files["path"],
    }
    kind = next((kind for kind in finders if kind in files), None)
    if kind is None:
        raise BadInput(f"{mapping / 'source.yml'}: `files` needs one of {', '.join(finders)}")
    folder = finders[kind](mapping, files)
    if not folder.is_dir():
        raise NotAvailable(f"the data folder {folder} of the source {mapping.name} is not there")
    return folder.resolve()


def folder_of_package(mapping: Path, files: dict[str, str]) -> Path:
    found = importlib.util.find_spec(files["package"])
    if found is None or found.origin is None:
        how = f"pip install -r {files['install']}" if "install" in files else f"pip install {files['package']}"
        raise NotAvailable(
            f"the source {mapping.name} needs the package {files['package']}, which is not installed; "
            f"run `{how}` (or `make run`, which does it)"
        )
    return Path(found.origin).parent / files.get("path", "")


def folder_of_environment(mapping: Path, files: dict[str, str]) -> Path:
    value = os.environ.get(files["environment"])
    if not value:
        raise NotAvailable(
            f"the source {mapping.name} reads the folder that {files['environment']} names; it is not set"
        )
    return Path(value)


def fingerprint(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def data_files(source: Source) -> list[Path]:
    """Files whose change may change a delivery: the data and the mapping."""
    data = [file for file in source.folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    mapping = [file for file in source.mapping.glob("*") if file.suffix in {".sql", ".yml", ".csv"}]
    return sorted({*data, *mapping})
