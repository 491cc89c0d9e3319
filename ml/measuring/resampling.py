"""How far the mean of weighted scores strays, where a few large weights meet rewards that are mostly nothing.

A handful of explored decisions may carry most of the weight, and hardly one of them earned something: their own spread
tells too little. Chances do not depend on rewards, so a row's residual may be any other row's: drawing weights and
residuals apart borrows the residuals' tail from the whole log, as ml/measuring/rerandomisation.py does between arms.
"""

from dataclasses import dataclass

import numpy as np

from ml.measuring.adjustment import FloatArray, IntArray

DRAWS = 400
SEED = 20171127
MOST_WORK = 100_000_000  # rows drawn in all: a few seconds
CHUNK = 1_000_000


@dataclass(frozen=True)
class Scores:
    """n scores `base + weight × residual` whose mean is `value`; residuals are of mean 0 over the whole log."""

    value: float
    base: FloatArray
    weight: FloatArray
    residual: FloatArray

    def __len__(self) -> int:
        return len(self.base)

    def __sub__(self, other: "Scores") -> "Scores":
        """Scores of the difference of two policies on the same rows."""
        return Scores(self.value - other.value, self.base - other.base, self.weight - other.weight, self.residual)

    @property
    def scores(self) -> FloatArray:
        return self.base + self.weight * self.residual

    def by_unit(self, units: IntArray) -> "Scores":
        """Summed by unit, each with the mean of its rows' residuals."""
        counts = np.bincount(units)
        factor = len(counts) / len(units)
        base, weight = (np.bincount(units, part * factor).astype(float) for part in (self.base, self.weight))
        return Scores(self.value, base, weight, np.bincount(units, self.residual).astype(float) / counts)


def draw_statistics(scores: Scores, draws: int = DRAWS, seed: int = SEED) -> FloatArray | None:
    """Student's statistic of the mean of scores drawn anew, residuals apart from weights; None where too much work.

    Sorted first, so that the order of rows changes nothing.

    >>> rare = Scores(0.0, np.zeros(200), np.ones(200), np.tile([9.0, *[-1.0] * 9], 20))
    >>> draw_statistics(rare).shape
    (400,)
    """
    count = len(scores)
    if count * draws > MOST_WORK:
        return None
    random = np.random.default_rng(seed)
    order = np.lexsort((scores.weight, scores.base))
    base, weight, residual = scores.base[order], scores.weight[order], np.sort(scores.residual)
    residual = residual - residual.mean()
    at_once = max(CHUNK // count, 1)
    found: list[FloatArray] = []
    for start in range(0, draws, at_once):
        shape = (min(at_once, draws - start), count)
        rows = random.integers(0, count, shape)
        drawn = base[rows] + weight[rows] * residual[random.integers(0, count, shape)]
        away = drawn.mean(axis=1) - base.mean()
        found.append(away / np.maximum(drawn.std(axis=1, ddof=1) / np.sqrt(count), 1e-300))
    return np.concatenate(found)
