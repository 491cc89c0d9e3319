"""Features brought to one scale for linear parts: signed logarithm, filled, standardised, gaps flagged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.linear import FAR, LEAST_MISSING_RATE, squash


@dataclass(frozen=True, eq=False)
class Scaling:
    """`median`, `mean` and `spread` of each of p squashed columns; `flagged` columns have gaps worth a column."""

    median: FloatArray
    mean: FloatArray
    spread: FloatArray
    flagged: npt.NDArray[np.intp]

    @classmethod
    def fit(cls, X: pd.DataFrame) -> "Scaling":
        raw = squash(X)
        is_missing = np.isnan(raw)
        rate = is_missing.mean(axis=0) if len(raw) else np.zeros(raw.shape[1])
        median = np.nanmedian(np.where(is_missing.all(axis=0), 0, raw), axis=0)
        filled = np.where(is_missing, median, raw)
        spread = filled.std(axis=0, dtype=float)
        flagged = np.flatnonzero((rate >= LEAST_MISSING_RATE) & (rate <= 1 - LEAST_MISSING_RATE))
        return cls(median, filled.mean(axis=0, dtype=float), np.where(spread > 0, spread, 1), flagged)

    def apply(self, X: pd.DataFrame) -> FloatArray:
        """n×(p + flagged): standardised columns cut at ±5, then one 0/1 column per flagged one, centred by nothing.

        >>> X = pd.DataFrame({"x": [0.0, 3.0]})
        >>> Scaling.fit(X).apply(X).ravel().tolist()
        [-1.0, 1.0]
        """
        raw = squash(X)
        is_missing = np.isnan(raw)
        scaled = (np.where(is_missing, self.median, raw) - self.mean) / self.spread
        return np.hstack([np.clip(scaled, -FAR, FAR), is_missing[:, self.flagged]])

    def fold_back(self, amounts: FloatArray) -> FloatArray:
        """Amounts per design column, n×(p + flagged), as amounts per feature n×p."""
        p = len(self.median)
        folded = amounts[:, :p].copy()
        folded[:, self.flagged] += amounts[:, p:]
        return folded

    def state(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in ("median", "mean", "spread", "flagged")}

    @classmethod
    def from_state(cls, state: Mapping[str, np.ndarray]) -> "Scaling":
        return cls(state["median"], state["mean"], state["spread"], state["flagged"])
