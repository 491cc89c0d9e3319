"""The tunable numbers of `ml/params.yml`, read once into small frozen objects.

A source may bring a `params.yml` of its own: the entries in which its shop differs, laid over those of `ml/params.yml`.
"""

import os
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from warehouse import settings
from warehouse.errors import BadInput

FILE = Path(__file__).with_name("params.yml")
FIELDS = {"value", "unit", "reason"}
Entries = dict[str, dict[str, dict[str, Any]]]


class Section(SimpleNamespace):
    """Parameters of one stage by name."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"parameters are read-only: change {name} in {FILE.name}")


def read_section(name: str, entries: dict[str, dict[str, Any]]) -> Section:
    section = Section()
    for key, entry in entries.items():
        if set(entry) != FIELDS:
            raise ValueError(f"{FILE.name}: {name}.{key} must have exactly value, unit and reason")
        section.__dict__[key] = entry["value"]
    return section


def chosen_files() -> tuple[Path, ...]:
    """The parameter file and what the source sets for its shop; or the one file that PROMOLIFT_PARAMS names."""
    given = os.environ.get("PROMOLIFT_PARAMS")
    if given:
        return (Path(given),)
    installation = settings.load()
    own = installation.sources / installation.source / FILE.name
    return (FILE, own) if own.exists() else (FILE,)


def read_entries(*files: Path) -> Entries:
    """Value, unit and reason of every parameter by section and name; a later file replaces entries of the first."""
    first, *others = (yaml.safe_load(file.read_text()) for file in files)
    for own, file in zip(others, files[1:], strict=True):
        for section, entries in own.items():
            unknown = set(entries) - set(first.get(section, {}))
            if unknown:
                raise BadInput(f"{file}: there is no parameter {section}.{min(unknown)}; {FILE.name} lists them")
            first[section] |= entries
    return dict(first)


def load(file: Path | None = None) -> Section:
    """All sections of the parameter files in use, e.g. `load().decide.holdout_rate`."""
    return read_files((file,) if file else chosen_files())


@lru_cache
def read_files(files: tuple[Path, ...]) -> Section:
    sections = Section()
    for name, entries in read_entries(*files).items():
        sections.__dict__[name] = read_section(name, entries)
    return sections
