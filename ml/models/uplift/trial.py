"""The one input of every effect learner: rows that were or were not treated with something, with a known chance."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_] | npt.NDArray[np.intp]
CLUSTER = "unit"


@dataclass(frozen=True, eq=False)
class Trial:
    """n rows of units that were or were not treated.

    `features` n×p (numbers with NaN for missing, or words), `treated` bool, `outcome` and `cost` in one currency (cost
    is 0 where nothing was given), `probability` the chance of being treated given the row, `unit` an integer (rows of a
    unit stay in one fold), `kind` the code of the arm or offer type, `depth` of the offer or None, `weight` of a row.

    >>> one = pd.DataFrame({"x": [1.0, 2.0]})
    >>> len(Trial.of(one, treated=[True, False], outcome=[3.0, 1.0], probability=0.5))
    2
    """

    features: pd.DataFrame
    treated: npt.NDArray[np.bool_]
    outcome: FloatArray
    probability: FloatArray
    cost: FloatArray
    unit: Ints
    kind: Ints
    depth: FloatArray | None = None
    is_observational: bool = False
    weight: FloatArray | None = None

    @classmethod
    def of(cls, features: pd.DataFrame, treated: npt.ArrayLike, outcome: npt.ArrayLike, **others: Any) -> "Trial":
        """A trial with what is not said filled in: cost 0, every row a unit of its own, one kind.

        BadInput where the chance of treatment is not said; a number stands for all rows.
        """
        n = len(features)
        if others.get("probability") is None:
            raise BadInput("a trial needs the chance with which each row was treated; estimate it where it is unknown")
        given = {"cost": 0.0, "unit": np.arange(n), "kind": 0, **others}
        columns = {name: spread(value, n) for name, value in given.items() if name not in {"is_observational"}}
        columns["unit"], columns["kind"] = codes(columns["unit"]), codes(columns["kind"])
        treated = np.asarray(treated, dtype=bool)
        outcome = np.asarray(outcome, dtype=float)
        return cls(features, treated, outcome, **columns, is_observational=bool(others.get("is_observational")))

    def __post_init__(self) -> None:
        check_lengths(self)
        check_numbers(self)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def weights(self) -> FloatArray:
        return np.ones(len(self)) if self.weight is None else self.weight

    def take(self, rows: Rows) -> "Trial":
        """Some of the rows, by a mask or by position."""
        at = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows)
        parts: dict[str, Any] = {name: value[at] for name, value in columns_of(self).items()}
        return replace(self, features=self.features.iloc[at].reset_index(drop=True), **parts)

    def with_outcome(self, outcome: npt.ArrayLike) -> "Trial":
        """The same experiment judged by another outcome."""
        return replace(self, outcome=np.asarray(outcome, dtype=float))


@dataclass(frozen=True, eq=False)
class Baseline:
    """Rows that were never treated and only tell outcomes: features n×p of the same names, outcome of length n."""

    features: pd.DataFrame
    outcome: FloatArray


def columns_of(trial: Trial) -> dict[str, np.ndarray]:
    held = {one.name: getattr(trial, one.name) for one in fields(trial)}
    return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}


def spread(value: Any, n: int) -> Any:
    """An array of n, a single number standing for every row; nothing stays nothing.

    >>> spread(0.5, 2).tolist()
    [0.5, 0.5]
    """
    if value is None:
        return None
    return np.full(n, value) if np.ndim(value) == 0 else np.asarray(value)


def codes(values: npt.ArrayLike) -> Ints:
    """Whole numbers as they are, anything else by the order of its values.

    >>> codes(["b", "a", "b"]).tolist()
    [1, 0, 1]
    """
    values = np.asarray(values)
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.int64)
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def check_lengths(trial: Trial) -> None:
    n = len(trial.features)
    wrong = [name for name, value in columns_of(trial).items() if value.shape != (n,)]
    if wrong:
        raise BadInput(f"the trial has {n} rows of features, but {wrong[0]} has shape {getattr(trial, wrong[0]).shape}")
    if n == 0:
        raise BadInput("the trial has no rows")


def check_numbers(trial: Trial) -> None:
    for name in ("outcome", "cost", "weight"):
        value = getattr(trial, name)
        if value is not None and not np.isfinite(value).all():
            count = int((~np.isfinite(value)).sum())
            raise BadInput(f"{count} rows of the trial have no finite {name}; leave them out or fill them in")
    if not ((trial.probability > 0) & (trial.probability < 1)).all():
        raise BadInput(
            "every chance of being treated must lie strictly between 0 and 1: a row that is always or never treated "
            "says nothing about the effect"
        )
    if trial.treated.all() or not trial.treated.any():
        raise BadInput("the trial needs treated rows and rows that were not treated")
