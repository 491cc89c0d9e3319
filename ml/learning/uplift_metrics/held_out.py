"""Rows of a test that a score never saw, and their sums over rows of equal score."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from warehouse.errors import BadInput

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class HeldOut:
    """n rows of a test, each with the score to be judged.

    score: any number, higher is treated sooner; treated: whether the row was; outcome: any number; probability: chance
    of being treated, in (0, 1); cost: what was spent on the row, 0 where nothing was; unit: rows of one unit are
    resampled together; weight: how many rows of the population it stands for.
    """

    score: FloatArray
    treated: BoolArray
    outcome: FloatArray
    probability: FloatArray
    cost: FloatArray
    unit: Codes
    weight: FloatArray

    @classmethod
    def of(
        cls,
        score: npt.ArrayLike,
        treated: npt.ArrayLike,
        outcome: npt.ArrayLike,
        probability: npt.ArrayLike | None = None,
        **others: npt.ArrayLike | None,
    ) -> "HeldOut":
        """Checked rows; one probability holds for all, and without one the share of the treated does.

        others: cost, unit (any labels) and weight, each of length n. BadInput where lengths differ, a number is
        missing, a probability is not within (0, 1) or nobody was treated or left alone.

        >>> HeldOut.of([2, 1], [1, 0], [5, 3]).probability.tolist()
        [0.5, 0.5]
        """
        was_treated = np.asarray(treated).astype(bool)
        size = len(was_treated)
        if not 0 < was_treated.sum() < size:
            raise BadInput("a test needs rows that were treated and rows that were not")
        weight = as_column("weight", given_or(others.get("weight"), 1.0), size)
        chance = given_or(probability, float(np.average(was_treated, weights=weight)))
        unit = others.get("unit")
        rows = cls(
            score=as_column("score", score, size),
            treated=was_treated,
            outcome=as_column("outcome", outcome, size),
            probability=as_column("probability", chance, size),
            cost=as_column("cost", given_or(others.get("cost"), 0.0), size),
            unit=np.arange(size) if unit is None else np.unique(np.asarray(unit), return_inverse=True)[1].reshape(-1),
            weight=weight,
        )
        return checked(rows)

    def __len__(self) -> int:
        return len(self.score)

    @property
    def treated_weight(self) -> FloatArray:
        """1/e where treated, 0 elsewhere: the treated stand for everybody."""
        return self.weight * self.treated / self.probability

    @property
    def control_weight(self) -> FloatArray:
        """1/(1-e) where not treated, 0 elsewhere."""
        return self.weight * ~self.treated / (1 - self.probability)

    def ranked_by(self, score: npt.ArrayLike) -> "HeldOut":
        """The same rows under another score."""
        return replace(self, score=as_column("score", score, len(self)))


@dataclass(frozen=True)
class Sums:
    """Weighted sums of each block of rows with equal scores, highest score first.

    The last axis counts the blocks; an axis before it, where there is one, the resamples.
    """

    rows: FloatArray
    treated: FloatArray
    control: FloatArray
    treated_outcome: FloatArray
    control_outcome: FloatArray
    treated_cost: FloatArray
    control_cost: FloatArray

    def running(self) -> "Sums":
        """Sums of the best block, the best two blocks and so on, with nothing first."""
        return Sums(*(running_sum(getattr(self, field.name)) for field in fields(self)))


def sum_blocks(rows: HeldOut) -> Sums:
    """Ties stand in one block, so that the order of the rows cannot matter."""
    distinct, place = np.unique(-rows.score, return_inverse=True)
    return Sums(*(add_by_place(place, amount, len(distinct)) for amount in amounts(rows)))


def amounts(rows: HeldOut) -> tuple[FloatArray, ...]:
    """What each row adds to every sum, in the order of `Sums`."""
    treated, control = rows.treated_weight, rows.control_weight
    outcomes = (treated * rows.outcome, control * rows.outcome)
    return (rows.weight, treated, control, *outcomes, treated * rows.cost, control * rows.cost)


def add_by_place(place: Codes, amount: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(place, amount, size), dtype=float)


def running_sum(amount: FloatArray) -> FloatArray:
    return np.concatenate([np.zeros((*amount.shape[:-1], 1)), np.cumsum(amount, axis=-1)], axis=-1)


def given_or(values: npt.ArrayLike | None, otherwise: float) -> npt.ArrayLike:
    return otherwise if values is None else values


def as_column(name: str, values: npt.ArrayLike, size: int) -> FloatArray:
    column = np.asarray(values, dtype=float)
    if column.ndim == 0:
        column = np.full(size, float(column))
    if column.shape != (size,):
        raise BadInput(f"{name} has {column.size} values for {size} rows")
    if not np.isfinite(column).all():
        raise BadInput(f"{name} has {int((~np.isfinite(column)).sum())} missing or infinite values")
    return column


def checked(rows: HeldOut) -> HeldOut:
    if not ((rows.probability > 0) & (rows.probability < 1)).all():
        raise BadInput("every probability of being treated must lie between 0 and 1, both excluded")
    if (rows.weight < 0).any():
        raise BadInput("a weight is negative")
    if len(rows.unit) != len(rows):
        raise BadInput(f"unit has {len(rows.unit)} values for {len(rows)} rows")
    return rows
