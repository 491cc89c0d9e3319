"""Folds by unit, and predictions that no row had a part in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.learning.metrics import FloatArray

Positions = npt.NDArray[np.intp]
Learn = Callable[[Positions, Positions], FloatArray]


@dataclass(frozen=True, eq=False)
class Folds:
    """`fold` of each of n rows, 0 … count − 1; all rows of a unit share one."""

    fold: npt.NDArray[np.intp]
    count: int

    @classmethod
    def of(cls, unit: npt.ArrayLike, count: int, seed: int) -> "Folds":
        """Units drawn evenly into folds.

        >>> folds = Folds.of([7, 7, 8, 9], count=2, seed=1)
        >>> bool(folds.fold[0] == folds.fold[1]), sorted(set(folds.fold.tolist()))
        (True, [0, 1])
        """
        known, place = np.unique(np.asarray(unit), return_inverse=True)
        drawn = np.random.default_rng(seed).permutation(len(known)) % count
        return cls(drawn[place], count)

    def __iter__(self) -> Iterator[tuple[Positions, Positions]]:
        """Rows to learn from and the rows left out, by position."""
        for one in range(self.count):
            yield np.flatnonzero(self.fold != one), np.flatnonzero(self.fold == one)

    def predict(self, learn: Learn) -> FloatArray:
        """What `learn(rows, others)` says of the other rows, shape (n,): nobody is judged by what they taught."""
        return predict_left_out(self, len(self.fold), learn)


@dataclass(frozen=True, eq=False)
class NewestRows:
    """One part: `known` rows teach, `judged` rows (positions among n) are newer than every label of theirs."""

    known: Positions
    judged: Positions
    rows: int

    @classmethod
    def of(cls, day: npt.ArrayLike, rate: float, horizon_days: int) -> "NewestRows | None":
        """The newest days that hold at least `rate` of the rows judge; None where no label closed before they begin.

        >>> days = np.array(["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-22"], dtype="datetime64[D]")
        >>> split = NewestRows.of(days, rate=0.25, horizon_days=14)
        >>> split.known.tolist(), split.judged.tolist()
        ([0, 1], [3])
        """
        days = np.asarray(day).astype("datetime64[D]")
        known, count = np.unique(days, return_counts=True)
        share = count[::-1].cumsum() / len(days)
        first = known[::-1][int(np.argmax(share >= rate - 1e-12))]
        learned = np.flatnonzero(days + np.timedelta64(horizon_days, "D") <= first)
        return cls(learned, np.flatnonzero(days >= first), len(days)) if len(learned) else None

    def __iter__(self) -> Iterator[tuple[Positions, Positions]]:
        yield self.known, self.judged

    def predict(self, learn: Learn) -> FloatArray:
        return predict_left_out(self, self.rows, learn)


Parts = Folds | NewestRows


def predict_left_out(parts: Iterable[tuple[Positions, Positions]], n: int, learn: Learn) -> FloatArray:
    """Predictions for every row that some part leaves out, shape (n,); not a number for rows that only teach."""
    predicted = np.full(n, np.nan)
    for rows, others in parts:
        predicted[others] = learn(rows, others)
    return predicted
