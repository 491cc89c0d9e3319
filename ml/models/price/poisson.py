"""Poisson pseudo-maximum likelihood with an effect per product, profiled out, and cluster-robust errors.

E[units] = exp(a_product + X b). A regression of log(units) cannot hold weeks without a sale, and one of log(units + 1)
is biased by them; this one is consistent for b whatever the scatter of units. Sources: Gourieroux, Monfort and Trognon
(1984); Santos Silva and Tenreyro (2006), The Log of Gravity.
"""

from dataclasses import dataclass

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.price.weeks import IntArray

STEPS, ENOUGH, LEAST = 50, 1e-9, 1e-10


@dataclass(frozen=True)
class Slopes:
    """Slopes (d), their covariance (d × d) if units were Poisson and independent, and by how much the first one's
    variance is larger with clusters; expected units (n) and centred columns (n × d) at the solution.
    """

    value: FloatArray
    covariance: FloatArray
    inflation: float
    expected: FloatArray
    centred: FloatArray
    dispersion: float


def expect(eta: FloatArray, units: FloatArray, product: IntArray) -> FloatArray:
    """Expected units (n) for linear predictors without product effects: each product's sum is as it was.

    >>> expect(np.log([1.0, 3.0]), np.array([2.0, 2.0]), np.array([0, 0])).tolist()
    [1.0, 3.0]
    """
    top = np.full(product.max() + 1, -np.inf)
    np.maximum.at(top, product, eta)
    pull = np.exp(eta - top[product])
    level = np.bincount(product, weights=units) / np.maximum(np.bincount(product, weights=pull), 1e-300)
    return np.asarray(level[product] * pull, dtype=float)


def centre(columns: FloatArray, expected: FloatArray, product: IntArray) -> FloatArray:
    """Columns (n × d) less each product's mean weighted by expected units."""
    total = np.maximum(np.bincount(product, weights=expected), 1e-300)
    means = [np.bincount(product, weights=expected * column) / total for column in columns.T]
    return columns - np.column_stack(means)[product]


def fit(units: FloatArray, columns: FloatArray, product: IntArray, week: IntArray) -> Slopes:
    """Slopes of n rows and d columns by Newton's method; a column that does not vary within products gets 0.

    >>> units, log_price = np.array([8.0, 2, 8, 2]), np.log([1.0, 2, 1, 2])
    >>> fit(units, log_price[:, None], np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).value.round(3).tolist()
    [-2.0]
    """
    slopes = np.zeros(columns.shape[1])
    expected = expect(np.zeros(len(units)), units, product)
    loss = deviance(units, expected)
    for _ in range(STEPS):
        centred = centre(columns, expected, product)
        step = np.linalg.pinv(information(centred, expected), rcond=LEAST, hermitian=True) @ (
            centred.T @ (units - expected)
        )
        slopes, expected, reached = walk(slopes, step, loss, units, columns, product)
        if loss - reached <= ENOUGH * max(1.0, loss):
            break
        loss = reached
    centred = centre(columns, expected, product)
    return conclude(slopes, units, expected, centred, information(centred, expected), product, week)


def walk(
    slopes: FloatArray, step: FloatArray, loss: float, units: FloatArray, columns: FloatArray, product: IntArray
) -> tuple[FloatArray, FloatArray, float]:
    """The longest of the halved steps that does not raise the deviance, with what is then expected."""
    for halving in range(12):
        there = slopes + step * 0.5**halving
        expected = expect(columns @ there, units, product)
        reached = deviance(units, expected)
        if reached <= loss + 1e-12:
            return there, expected, reached
    return slopes, expect(columns @ slopes, units, product), loss


def information(centred: FloatArray, expected: FloatArray) -> FloatArray:
    return np.asarray(centred.T @ (centred * expected[:, None]), dtype=float)


def conclude(
    slopes: FloatArray, units: FloatArray, expected: FloatArray, centred: FloatArray, jacobian: FloatArray,
    product: IntArray, week: IntArray,
) -> Slopes:  # fmt: skip
    """Slopes with what they are uncertain by: clusters are products or weeks, whichever leave more doubt.

    The jacobian (d × d) is how the moments move with the slopes. The first slope's variance under clusters over that of
    independent Poisson units is the inflation; a number per fit, because of few clusters more cannot be told.
    """
    turned = np.linalg.pinv(jacobian, rcond=LEAST)
    covariance = turned @ information(centred, expected) @ turned.T
    scores = centred * (units - expected)[:, None]
    meats = (scores.T @ scores, meat(scores, product), meat(scores, week))
    robust = max(float((turned @ one @ turned.T)[0, 0]) for one in meats)
    inflation = robust / covariance[0, 0] if covariance[0, 0] > 0 else 1.0
    return Slopes(
        slopes, covariance, max(1.0, inflation), expected, centred, dispersion(units, expected, product, len(slopes))
    )


def meat(scores: FloatArray, group: IntArray) -> FloatArray:
    """Sum over clusters of the outer products of their scores, with the correction for few clusters."""
    sums = np.column_stack([np.bincount(group, weights=column) for column in scores.T])
    count = len(np.unique(group))
    return np.asarray(sums.T @ sums * (count / max(1, count - 1)), dtype=float)


def deviance(units: FloatArray, expected: FloatArray) -> float:
    return float(deviances(units, expected).sum())


def deviances(units: FloatArray, expected: FloatArray) -> FloatArray:
    """Poisson deviance (n): 2 (y log(y / m) - y + m).

    >>> deviances(np.array([0.0, 2.0]), np.array([1.0, 2.0])).tolist()
    [2.0, 0.0]
    """
    safe = np.maximum(expected, 1e-12)
    ratio = np.where(units > 0, units / safe, 1.0)
    return np.asarray(2 * (units * np.log(ratio) - units + safe), dtype=float)


def dispersion(units: FloatArray, expected: FloatArray, product: IntArray, slopes: int) -> float:
    """Pearson's chi-square over its degrees of freedom, at least 1: how far units scatter beyond Poisson."""
    free = max(1, len(units) - int(product.max()) - 1 - slopes)
    return max(1.0, float(np.sum((units - expected) ** 2 / np.maximum(expected, 1e-9)) / free))
