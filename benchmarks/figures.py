"""What a benchmark gives: figures that say what they stand against and how they were measured."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured number; `floor` is the simple rule's, `peer` one measured elsewhere on the same data."""

    name: str
    value: float | None
    unit: str
    floor: float | None = None
    peer: float | None = None
    how_measured: str = ""
    target: float | None = None
    is_up_good: bool = True

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is met; None without a target or a value.

        >>> Figure("AUC", 0.83, "score", target=0.82).is_reached
        True
        >>> Figure("time", 200.0, "s", target=150.0, is_up_good=False).is_reached
        False
        """
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target if self.is_up_good else self.value <= self.target


def as_table(title: str, figures: Iterable[Figure]) -> Table:
    table = Table(title=title)
    for heading in ("figure", "value", "unit", "floor", "peer", "target", "reached", "how measured"):
        table.add_column(heading, justify="right" if heading in {"value", "floor", "peer", "target"} else "left")
    for figure in figures:
        numbers = [number(figure.value), figure.unit, *map(number, (figure.floor, figure.peer, figure.target))]
        reached = {True: "yes", False: "no", None: ""}[figure.is_reached]
        table.add_row(figure.name, *numbers, reached, figure.how_measured)
    return table


def number(value: float | None) -> str:
    """
    >>> [number(None), number(0.82345), number(131.4), number(1469307)]
    ['', '0.823', '131', '1,469,307']
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def write(file: Path, figures: Sequence[Figure]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
