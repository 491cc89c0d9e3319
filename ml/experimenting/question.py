"""What is asked of a test: which columns say what, and the money behind it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from warehouse.errors import BadInput

PerArm = float | str | Mapping[str, float | str] | None
CONTROL_NAMES = frozenset({"0", "control", "none", "holdout", "placebo", "false", "no", "no e-mail", "off"})


@dataclass(frozen=True)
class Question:
    """Columns by name. `probability`, `cost` and `margin` are a number, a column, or either of them by arm.

    probability: with one arm the chance of being treated; by arm the chance of each (the rest is the control's).
    cost: currency spent on a row that got the arm; a column holds what was spent on the row. margin: currency that one
    unit of the outcome earns. budget: currency that the policy may spend on the rows of the frame. candidates: names of
    ml/models/uplift/catalogue.py, those of ml/params.yml where none is named.
    """

    treatment: str
    outcome: str
    control: str | None = None
    probability: PerArm = None
    unit: str | None = None
    cost: PerArm = None
    margin: PerArm = None
    budget: float | None = None
    ignore: tuple[str, ...] = ()
    observational: bool = False
    candidates: tuple[str, ...] = ()
    seed: int = 0
    confidence: float = 0.95

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Every column that is not a feature."""
        given = [self.treatment, self.outcome, self.unit, *self.ignore]
        given += [word for values in (self.probability, self.cost, self.margin) for word in words_of(values)]
        return tuple(name for name in given if name is not None)

    def check_columns(self, frame: pd.DataFrame) -> None:
        """BadInput that names the first column that is not there, and those that are."""
        for name in self.named_columns:
            if name not in frame.columns:
                raise BadInput(f"there is no column {name}; there are {shortened(list(frame.columns))}")
        if self.treatment == self.outcome:
            raise BadInput(f"{self.treatment} cannot be both the treatment and the outcome")


def words_of(values: PerArm) -> list[str]:
    """The columns among what was said."""
    said = values.values() if isinstance(values, Mapping) else (values,)
    return [one for one in said if isinstance(one, str)]


def parse_per_arm(text: str | None) -> PerArm:
    """A number, a column, or either of them by arm, as typed on the command line.

    >>> parse_per_arm("0.5"), parse_per_arm("spent"), parse_per_arm("mail=1.2, call=call_cost")
    (0.5, 'spent', {'mail': 1.2, 'call': 'call_cost'})
    """
    if text is None:
        return None
    if "=" not in text:
        return number_or_word(text)
    pairs = [pair.partition("=") for pair in text.split(",")]
    return {arm.strip(): number_or_word(said.strip()) for arm, _, said in pairs}


def number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def control_of(names: list[str], said: str | None) -> str:
    """The arm that got nothing: the one named, or the only one whose name says so.

    >>> control_of(["mail", "Control"], None)
    'Control'
    """
    if said is not None:
        if said not in names:
            raise BadInput(f"no row has the control {said}; the arms are {shortened(names)}")
        return said
    known = [name for name in names if name.strip().lower() in CONTROL_NAMES]
    if len(known) != 1:
        raise BadInput(f"which arm is the control? Name one of {shortened(names)} with --control")
    return known[0]


def shortened(names: list[str], most: int = 12) -> str:
    """
    >>> shortened(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
