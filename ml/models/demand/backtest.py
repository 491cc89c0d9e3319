"""What candidates would have forecast at past origins, and how far off they would have been."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.learning.forecast_metrics import rmsse
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.forecaster import Forecaster
from ml.models.demand.series import MONTH, Panel, recent_value
from warehouse.errors import NotAvailable

Make = Callable[[Recipe], Forecaster]
LEAST_PERIODS = 8  # an origin with a shorter history behind it has nothing to learn from


@dataclass(frozen=True)
class Backtest:
    """Means (origins × N × H) of a candidate at `origins` (known periods), learned before each of them alone."""

    origins: tuple[int, ...]
    means: FloatArray


def past_origins(panel: Panel, horizon: int, most: int) -> tuple[int, ...]:
    """At most so many origins, oldest first, whose horizons are over and do not overlap; NotAvailable without any.

    >>> past_origins(Panel(np.array(["a"]), np.arange(20), np.ones((1, 20)), "W"), 4, 3)
    (8, 12, 16)
    """
    found = [panel.known - horizon * step for step in range(most, 0, -1)]
    usable = tuple(one for one in found if one >= LEAST_PERIODS)
    if not usable:
        raise NotAvailable(f"{panel.known} periods of sales are too few to judge forecasts of {horizon} by")
    return usable


def backtest(make: Make, recipe: Recipe, panel: Panel, origins: Sequence[int], horizon: int) -> Backtest:
    """Learn and forecast at each origin as if it were today."""
    views = [panel.cut(origin, horizon) for origin in origins]
    means = [make(recipe).learn(view, horizon).forecast(view) for view in views]
    return Backtest(tuple(origins), np.stack(means))


def actuals(panel: Panel, origins: Sequence[int], horizon: int) -> FloatArray:
    """What came after each origin (origins × N × H)."""
    return np.stack([panel.y[:, origin : origin + horizon] for origin in origins])


def losses(panel: Panel, found: Backtest) -> FloatArray:
    """Mean RMSSE of each series over origins (N,); NaN where a history never changed before any origin."""
    horizon = found.means.shape[2]
    came = actuals(panel, found.origins, horizon)
    each = [rmsse(came[k], found.means[k], panel.y[:, :origin]) for k, origin in enumerate(found.origins)]
    known = np.isfinite(each)
    return np.where(known.any(axis=0), np.nansum(each, axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)


def weights(panel: Panel, origins: Sequence[int]) -> FloatArray:
    """What each series sold (currency) in the four weeks before the origins, summed."""
    return np.sum([recent_value(panel.cut(origin, 0)) for origin in origins], axis=0)


def biggest(panel: Panel, most: int) -> np.ndarray:
    """Places of the series that sold most for the longest part of the panel, at most so many, in their order."""
    value = recent_value(panel.cut(max(1, panel.known - 2 * MONTH[panel.freq]), 0))
    return np.sort(np.argsort(-value, kind="stable")[:most])


def stacked(came: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Origins laid over one another: (origins·N × H) each."""
    horizon = came.shape[2]
    return came.reshape(-1, horizon), means.reshape(-1, horizon)
