"""Survival without an order: curves over the days ahead, and what is read off them."""

import numpy as np

from ml.learning.metrics import FloatArray

LEAST = 1e-6


def survival(hazards: FloatArray) -> FloatArray:
    """Probability (n × k) of no order until the end of each period, of hazards (n × k): the product of 1 - hazard.

    >>> survival(np.array([[0.5, 0.5]])).tolist()
    [[0.5, 0.25]]
    """
    return np.asarray(np.cumprod(1 - np.clip(hazards, LEAST, 1 - LEAST), axis=1), dtype=float)


def bend(curves: FloatArray, ends: FloatArray) -> FloatArray:
    """Curves (n × k) whose last point is `ends` (n) and whose hazards stay in proportion.

    >>> bend(np.array([[0.5, 0.25]]), np.array([0.0625])).tolist()
    [[0.25, 0.0625]]
    """
    power = np.log(np.clip(ends, LEAST, 1 - LEAST)) / np.log(curves[:, -1])
    return np.asarray(curves ** power[:, None], dtype=float)


def days_until(curves: FloatArray, borders: FloatArray, chance: float) -> FloatArray:
    """Days (n) by which an order has come with a probability of `chance`; not a number beyond the last border.

    Within a period the hazard is taken as constant.

    >>> days_until(np.array([[0.5, 0.25], [0.9, 0.8]]), np.array([0, 7, 14]), 0.5).tolist()
    [7.0, nan]
    """
    logs = np.log(np.hstack([np.ones((len(curves), 1)), np.clip(curves, LEAST, 1)]))
    target = np.log(1 - chance)
    after = (logs[:, 1:] <= target + 1e-12).argmax(axis=1)
    rows = np.arange(len(curves))
    before, end = logs[rows, after], logs[rows, after + 1]
    share = np.divide(target - before, end - before, out=np.zeros(len(rows)), where=end < before)
    days = borders[after] + share * (borders[after + 1] - borders[after])
    return np.where(logs[:, -1] <= target + 1e-12, days, np.nan)


def curve_loss(curves: FloatArray, borders: FloatArray, waited: FloatArray) -> FloatArray:
    """Negative log-likelihood (n) of the period in which the next order came, or of none until the last border.

    `waited` (n) is the days to it, not a number where none came.

    >>> curve_loss(np.array([[0.5, 0.25]] * 2), np.array([0, 7, 14]), np.array([3.0, np.nan])).round(2).tolist()
    [0.69, 1.39]
    """
    whole = np.hstack([np.ones((len(curves), 1)), curves])
    period = np.searchsorted(borders, np.nan_to_num(waited, nan=np.inf), side="right") - 1
    rows, came = np.arange(len(curves)), period < len(borders) - 1
    inside = np.where(came, period, 0)
    fell = whole[rows, inside] - whole[rows, inside + 1]
    return np.asarray(-np.log(np.clip(np.where(came, fell, whole[:, -1]), LEAST, 1)), dtype=float)
