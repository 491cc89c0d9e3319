"""Folds by unit, and predictions that no row had a part in."""

from collections.abc import Callable, Iterator
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
        predicted = np.empty(len(self.fold))
        for rows, others in self:
            predicted[others] = learn(rows, others)
        return predicted
