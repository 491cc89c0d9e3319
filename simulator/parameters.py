"""The world's numbers from parameters.yml, by section and name."""

import math
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from warehouse.errors import BadInput

FILE = Path(__file__).with_name("parameters.yml")
FIELDS = {"value", "unit", "reason"}
# Lists that may be longer or shorter than the default's, with their fewest entries.
ANY_LENGTH = {("prices", "promotion_depths"): 1, ("prices", "competitors"): 1, ("seasons", "festivals"): 0}
WHOLES = (("people", "shares"), ("people", "channels"), ("people", "message_channels"), ("offers", "campaign_shares"))
MAY_BE_NONE = (("prices", "fixed_categories"), ("prices", "placement_count"), ("seasons", "festival_ramp"))
KINDS = {int: "a whole number", float: "a number", str: "text", date: "a date", list: "a list"}
Sections = dict[str, dict[str, Any]]


def load(file: Path = FILE) -> SimpleNamespace:
    """All sections; a file that is not built like the default, or holds what cannot be, is refused."""
    sections, default = read(file), read(FILE)
    check_names(file, "", sections, default)
    for section, entries in default.items():
        check_names(file, f"{section}.", sections[section], entries)
        for name, entry in entries.items():
            check(file, section, name, sections[section][name], entry)
    return SimpleNamespace(
        **{
            section: SimpleNamespace(**{name: entry["value"] for name, entry in entries.items()})
            for section, entries in sections.items()
        }
    )


def read(file: Path) -> Sections:
    try:
        sections = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInput(f"{file} is no YAML{f': see line {mark.line + 1}' if mark else ''}") from error
    if not isinstance(sections, dict):
        raise BadInput(f"{file} holds no sections of parameters; take a copy of {FILE.name} and change it")
    return sections


def check_names(file: Path, of: str, found: Any, default: dict[str, Any]) -> None:
    """The same sections as the default, or the same names in one of them."""
    if not isinstance(found, dict):
        raise BadInput(f"{file}: {of[:-1]} must be a section of parameters")
    for name in default:
        if name not in found:
            raise BadInput(f"{file}: {of}{name} is missing; {FILE.name} has it")
    for name in found:
        if name not in default:
            raise BadInput(f"{file}: there is no parameter {of}{name}; {FILE.name} lists them")


def check(file: Path, section: str, name: str, entry: Any, default: dict[str, Any]) -> None:
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        raise BadInput(f"{file}: {section}.{name} must be there with exactly value, unit and reason")
    for fault in faults(section, name, entry["value"], default):
        raise BadInput(f"{file}: {section}.{name} {fault}, not {entry['value']}")


def faults(section: str, name: str, value: Any, default: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a value, worst first."""
    fewest = ANY_LENGTH.get((section, name))
    yield from misfits(value, default["value"], fewest)
    numbers = [one for one in flatten(value) if isinstance(one, int | float)]
    if default["unit"].startswith(("share ", "shares ")) and not all(0 <= one <= 1 for one in numbers):
        yield "must lie between 0 and 1"
    if (
        all(one >= 0 for one in flatten(default["value"]) if isinstance(one, int | float))
        and min(numbers, default=0) < 0
    ):
        yield "must not be negative"
    if type(default["value"]) is int and value < 1 and (section, name) not in MAY_BE_NONE and name != "time_zone_hours":
        yield "must be at least 1"
    if (section, name) in WHOLES and not math.isclose(sum(numbers), 1):
        yield "must sum to 1"
    if name == "festivals" and not all(is_day_of_year(one) for one in value):
        yield "must be days of the year like 06-18"


def misfits(value: Any, default: Any, fewest: int | None = None) -> Iterator[str]:
    """Where a value is of another kind than the default."""
    kind = type(default)
    fits = isinstance(value, int | float) and math.isfinite(value) if kind is float else isinstance(value, kind)
    if isinstance(value, bool | datetime) or not fits:
        yield f"must be {KINDS[kind]}"
    elif kind is list and fewest is None and len(value) != len(default):
        yield f"must have {len(default)} entries"
    elif kind is list and fewest is not None and len(value) < fewest:
        yield f"must have at least {fewest} entries"
    elif kind is list:
        for place, one in enumerate(value):
            for fault in misfits(one, default[min(place, len(default) - 1)]):
                yield f"{fault} in every place"


def flatten(value: Any) -> Iterator[Any]:
    for one in value if isinstance(value, list) else [value]:
        yield from flatten(one) if isinstance(one, list) else [one]


def is_day_of_year(text: str) -> bool:
    try:
        date.fromisoformat(f"2025-{text}")
    except ValueError:
        return False
    return True
