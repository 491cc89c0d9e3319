"""How far off forecasts may be: quantiles of past errors, by periods ahead and how much a series sells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ml.learning.metrics import FloatArray

TIERS, FEW = 5, 10
POWER = 0.75


@dataclass(frozen=True)
class Ranges:
    """`edges` (tiers - 1) part forecasts by units; `shift` (tiers × H × Q) are errors over `spread` of the forecast."""

    levels: tuple[float, ...]
    edges: FloatArray
    shift: FloatArray

    def quantiles(self, mean: FloatArray) -> FloatArray:
        """Quantiles (N × H × Q) in units about means (N × H), never below 0 nor crossing."""
        tier = np.searchsorted(self.edges, mean)
        ahead = np.minimum(np.arange(mean.shape[1]), self.shift.shape[1] - 1)
        found = mean[:, :, None] + self.shift[tier, ahead[None, :]] * spread(mean)[:, :, None]
        return np.maximum(np.sort(found, axis=2), 0)


def spread(mean: FloatArray) -> FloatArray:
    """The size of a usual error, up to a factor: between the root (counts) and the mean itself (shares)."""
    return np.asarray(np.maximum(mean, 0.05) ** POWER)


def conformal(errors: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Quantiles of errors as a new one like them would have to be held: rank (n + 1)·level, outwards, ends at the ends.

    >>> conformal(np.arange(1.0, 10), [0.1, 0.5, 0.9])
    array([1., 5., 9.])
    """
    ordered, rank = np.sort(errors), (len(errors) + 1) * np.asarray(levels)
    outwards = np.where(np.asarray(levels) < 0.5, np.floor(rank + 1e-9), np.ceil(rank - 1e-9)).astype(int)
    return np.asarray(ordered[np.clip(outwards - 1, 0, len(ordered) - 1)])


def learn_ranges(actual: FloatArray, forecast: FloatArray, levels: Sequence[float], origins: int = 1) -> Ranges:
    """Ranges from forecasts (R × H) and what came: errors are pooled over rows of a tier, periods ahead apart.

    Errors are those of forecasts that had not seen what came, `origins` of them per series; pooled over many series
    their quantiles are split-conformal ones (Vovk, Gammerman and Shafer 2005) for a series like the others, not for
    each by itself. Of fewer than FEW series (the total) errors come together, origin by origin: their size is
    Student's.

    >>> steps = np.arange(100.0)[:, None]
    >>> learn_ranges(100 + steps - 49.5, np.full((100, 1), 100.0), [0.1, 0.9]).quantiles(np.array([[100.0]])).round()
    array([[[ 60., 140.]]])
    """
    if len(forecast) < FEW * origins:
        return few_ranges(actual, forecast, levels, origins)
    edges = np.unique(np.quantile(forecast, np.arange(1, TIERS) / TIERS)) if len(forecast) >= 100 else np.zeros(0)
    tier = np.searchsorted(edges, forecast)
    error = (actual - forecast) / spread(forecast)
    shift = np.zeros((len(edges) + 1, forecast.shape[1], len(levels)))
    for place in range(len(edges) + 1):
        for ahead in range(forecast.shape[1]):
            own = error[tier[:, ahead] == place, ahead]
            pool = own if len(own) >= 30 else error[tier == place]
            shift[place, ahead] = conformal(pool if len(pool) else error.ravel(), levels)
    return Ranges(tuple(levels), edges, shift)


def few_ranges(actual: FloatArray, forecast: FloatArray, levels: Sequence[float], origins: int) -> Ranges:
    """Ranges about the mean by Student's quantiles of the mean squared error, with a degree of freedom per origin.

    >>> few_ranges(np.array([[110.0], [90], [110]]), np.full((3, 1), 100.0), [0.5], 3).shift
    array([[[0.]]])
    """
    error = (actual - forecast) / spread(forecast)
    size = np.sqrt(np.mean(np.square(error)))
    shift = np.tile(size * stats.t.ppf(levels, origins), (1, forecast.shape[1], 1))
    return Ranges(tuple(levels), np.zeros(0), shift)
