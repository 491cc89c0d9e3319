"""How far forecasts are from what came: MSE, RMSE, MAE, WAPE, MASE, RMSSE, WRMSSE, pinball loss and coverage.

Arrays of N series by H periods; smaller is better except for coverage, which should equal what the range promises.
"""

import numpy as np

from ml.learning.metrics import FloatArray


def mse(actual: FloatArray, forecast: FloatArray) -> float:
    """Mean squared error in squared units.

    >>> mse(np.array([[1.0, 3.0]]), np.array([[2.0, 1.0]]))
    2.5
    """
    return float(np.mean(np.square(actual - forecast)))


def rmse(actual: FloatArray, forecast: FloatArray) -> float:
    """Root of the mean squared error in units.

    >>> rmse(np.array([[0.0, 0.0]]), np.array([[3.0, 3.0]]))
    3.0
    """
    return float(np.sqrt(mse(actual, forecast)))


def mae(actual: FloatArray, forecast: FloatArray) -> float:
    """Mean absolute error in units.

    >>> mae(np.array([[1.0, 3.0]]), np.array([[2.0, 1.0]]))
    1.5
    """
    return float(np.mean(np.abs(actual - forecast)))


def wape(actual: FloatArray, forecast: FloatArray) -> float:
    """Sum of absolute errors as a share of the sum of what came; NaN where nothing came.

    >>> wape(np.array([[1.0, 3.0]]), np.array([[2.0, 1.0]]))
    0.75
    """
    total = float(np.abs(actual).sum())
    return float(np.abs(actual - forecast).sum()) / total if total > 0 else float("nan")


def since_first_sale(history: FloatArray, season: int = 1) -> FloatArray:
    """Differences over `season` periods of N × T, NaN where the series had not sold anything yet."""
    has_begun = np.cumsum(history > 0, axis=1)[:, :-season] > 0
    return np.where(has_begun, history[:, season:] - history[:, :-season], np.nan)


def nan_mean(values: FloatArray) -> FloatArray:
    """Means over periods, NaN without any known."""
    count = np.isfinite(values).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def mase(actual: FloatArray, forecast: FloatArray, history: FloatArray, season: int = 1) -> float:
    """Mean over series of absolute error over the in-sample error of the (seasonal) naive forecast.

    Source: Hyndman and Koehler (2006), Another look at measures of forecast accuracy, eq. 6. Series without a change in
    their history have no scale and are left out.

    >>> mase(np.array([[5.0]]), np.array([[4.0]]), np.array([[1.0, 3.0, 5.0]]))
    0.5
    """
    scale = nan_mean(np.abs(since_first_sale(history, season)))
    usable = scale > 0
    error = np.abs(actual - forecast).mean(axis=1)
    return float(np.mean(error[usable] / scale[usable])) if usable.any() else float("nan")


def rmsse(actual: FloatArray, forecast: FloatArray, history: FloatArray) -> FloatArray:
    """Root mean squared scaled error of each series (N,): 1 is the naive forecast's in-sample error of one period.

    Source: Makridakis, Spiliotis and Assimakopoulos (2022), M5 accuracy competition, eq. 1; the scale counts from
    the first sale on. NaN where the history does not change.

    >>> rmsse(np.array([[5.0]]), np.array([[4.0]]), np.array([[1.0, 3.0, 5.0]]))
    array([0.5])
    """
    scale = nan_mean(np.square(since_first_sale(history)))
    error = np.square(actual - forecast).mean(axis=1)
    return np.sqrt(np.divide(error, scale, out=np.full(len(error), np.nan), where=scale > 0))


def wrmsse(actual: FloatArray, forecast: FloatArray, history: FloatArray, weight: FloatArray) -> float:
    """RMSSE averaged over series by `weight` (N,): what each sold in the last four weeks of the history, in currency.

    >>> history = np.array([[1.0, 3.0, 5.0], [0.0, 1.0, 2.0]])
    >>> wrmsse(np.array([[5.0], [2.0]]), np.array([[4.0], [2.0]]), history, np.array([3.0, 1.0]))
    0.375
    """
    error = rmsse(actual, forecast, history)
    usable = np.isfinite(error) & (weight > 0)
    return float(np.average(error[usable], weights=weight[usable])) if usable.any() else float("nan")


def pinball(actual: FloatArray, quantile: FloatArray, level: float) -> float:
    """Mean quantile loss in units: least where `level` of what came lies below the quantile.

    >>> pinball(np.array([[2.0, 6.0]]), np.array([[4.0, 4.0]]), 0.9)
    1.0
    """
    error = actual - quantile
    return float(np.mean(np.maximum(level * error, (level - 1) * error)))


def coverage(actual: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """Share of what came within low and high, ends included.

    >>> coverage(np.array([[1.0, 5.0]]), np.array([[0.0, 0.0]]), np.array([[2.0, 2.0]]))
    0.5
    """
    return float(np.mean((low <= actual) & (actual <= high)))
