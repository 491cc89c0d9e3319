"""How far what came lay from what was expected, learned on a window after everything the expectation knew."""

from dataclasses import dataclass

import numpy as np

from ml.learning.metrics import FloatArray

LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Spread:
    """Quantiles of what came over what was expected (k) by size of the expectation, whose k - 1 borders are `edges`."""

    edges: FloatArray
    low: FloatArray
    high: FloatArray
    least: float

    def interval(self, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Ends (n) of the interval of each expectation (n), in its unit."""
        place = np.searchsorted(self.edges, expected, side="right")
        held = np.maximum(expected, self.least)
        return self.low[place] * held, self.high[place] * held


def unknown() -> Spread:
    return Spread(np.array([]), np.array([np.nan]), np.array([np.nan]), 0.0)


def learn(expected: FloatArray, actual: FloatArray, confidence: float, bins: int = 10) -> Spread:
    """The spread of `actual` (n) around `expected` (n), in bins of equal size with at least 50 rows.

    Split conformal prediction with a ratio as the score, by groups of the expectation (Vovk 2012, PMLR 25): of
    customers to come a share `confidence` lies inside where they are drawn as these were.

    >>> spread = learn(np.full(100, 10.0), np.arange(100.0) / 5, confidence=0.8)
    >>> [round(float(end[0]), 1) for end in spread.interval(np.array([10.0]))]
    [1.8, 18.0]
    """
    if not len(expected):
        return unknown()
    count = max(1, min(bins, len(expected) // 50))
    edges = np.unique(np.quantile(expected, np.arange(1, count) / count)) if count > 1 else np.array([])
    least = LEAST_SHARE * float(expected.mean())
    ratio = actual / np.maximum(expected, max(least, 1e-9))
    place = np.searchsorted(edges, expected, side="right")
    groups = [ratio[place == one] for one in range(len(edges) + 1)]
    tail = (1 - confidence) / 2
    low = [quantile(one, tail, "lower") for one in groups]
    high = [quantile(one, 1 - tail, "higher") for one in groups]
    return Spread(edges, np.array(low), np.array(high), least)


def quantile(values: FloatArray, level: float, method: str) -> float:
    """With room for one value more, as conformal prediction asks."""
    if not len(values):
        return np.nan
    room = level * (len(values) + 1) / len(values) if method == "higher" else level - (1 - level) / len(values)
    return float(np.quantile(values, min(1.0, max(0.0, room)), method=method))  # type: ignore[call-overload]
