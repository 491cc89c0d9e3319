"""The tunable numbers of `ml/params.yml`, read once into small frozen objects."""

import os
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

FILE = Path(__file__).with_name("params.yml")
FIELDS = {"value", "unit", "reason"}


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


def chosen_file() -> Path:
    """The parameter file, unless PROMOLIFT_PARAMS names another."""
    return Path(os.environ.get("PROMOLIFT_PARAMS") or FILE)


def load(file: Path | None = None) -> Section:
    """All sections of the parameter file, e.g. `load().decide.holdout_rate`."""
    return read_file(file or chosen_file())


@lru_cache
def read_file(file: Path) -> Section:
    sections = Section()
    for name, entries in yaml.safe_load(file.read_text()).items():
        sections.__dict__[name] = read_section(name, entries)
    return sections
