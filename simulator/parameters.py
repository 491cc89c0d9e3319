"""The world's numbers from parameters.yml, by section and name."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from warehouse.errors import BadInput

FILE = Path(__file__).with_name("parameters.yml")
FIELDS = {"value", "unit", "reason"}


def load(file: Path = FILE) -> SimpleNamespace:
    """All sections; one that is not the default's or lacks a number is refused."""
    sections = yaml.safe_load(file.read_text())
    known = yaml.safe_load(FILE.read_text())
    for section, entries in known.items():
        for name in entries:
            check(file, section, name, sections.get(section, {}).get(name))
    return SimpleNamespace(
        **{
            section: SimpleNamespace(**{name: entry["value"] for name, entry in entries.items()})
            for section, entries in sections.items()
        }
    )


def check(file: Path, section: str, name: str, entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        raise BadInput(f"{file.name}: {section}.{name} must be there with exactly value, unit and reason")
