"""How far an effect can be trusted: rows with like estimates, and what the experiment says of them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.learning.metrics import FloatArray
from ml.learning.policy_value import mean_and_error, quantile


@dataclass(frozen=True)
class EffectBins:
    """k bins of the estimated effect: `edges` between them (k − 1), and the interval of each bin's average effect.

    The interval says: among rows estimated alike, the average true effect lies in it with the stated confidence. It is
    not an interval of one customer's effect, which no experiment can show.
    """

    edges: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def fit(
        cls, effect: FloatArray, scores: FloatArray, unit: npt.ArrayLike, count: int, confidence: float = 0.95
    ) -> "EffectBins":
        """From n estimates by models that did not see the row, the row's doubly robust scores and its unit.

        Bins hold about as many rows each; estimates alike fall in one bin. Source: the sorted group average effects of
        Chernozhukov, Demirer, Duflo and Fernández-Val 2018, NBER 24678, sec. 3.

        >>> bins = EffectBins.fit(np.array([0.0, 0, 1, 1]), np.array([-1.0, 1, 2, 4]), np.arange(4), count=2)
        >>> bins.edges, bins.mean
        ((1.0,), (0.0, 3.0))
        """
        cuts = np.unique(np.quantile(effect, np.arange(1, count) / count, method="higher"))
        edges = cuts[cuts > effect.min()]
        place = np.searchsorted(edges, effect, side="right")
        units = np.asarray(unit)
        told = []
        for one in range(len(edges) + 1):
            rows = place == one
            mean, error = mean_and_error(scores[rows], units[rows], np.ones(int(rows.sum())))
            reach = quantile(units[rows], confidence) * error if len(np.unique(units[rows])) > 1 else np.inf
            told.append((mean, mean - reach, mean + reach))
        return cls(tuple(edges.tolist()), *(tuple(map(float, column)) for column in zip(*told, strict=True)))

    def interval(self, effect: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high of n estimates: the bin's interval, stretched to the estimate where that lies outside."""
        place = np.searchsorted(np.array(self.edges), effect, side="right")
        return np.minimum(np.array(self.low)[place], effect), np.maximum(np.array(self.high)[place], effect)

    def as_json(self) -> dict[str, Any]:
        return {name: list(getattr(self, name)) for name in ("edges", "mean", "low", "high")}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "EffectBins":
        return cls(**{name: tuple(content[name]) for name in ("edges", "mean", "low", "high")})
