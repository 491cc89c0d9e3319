"""Partial pooling: estimates of many groups borrow from each other as much as they scatter no more than chance does.

Model: estimate_g ~ N(truth_g, V_g), truth_g ~ N(mean, T) with T diagonal. Sources: Morris (1983), Parametric empirical
Bayes; Paule and Mandel (1982) for the variance between groups.
"""

from dataclasses import dataclass

import numpy as np

from ml.learning.metrics import FloatArray


@dataclass(frozen=True)
class Pooled:
    """Means (G × k) and covariances (G × k × k) after pooling, with the mean (k) and variance (k) between groups."""

    value: FloatArray
    covariance: FloatArray
    mean: FloatArray
    between: FloatArray


def between_variance(value: FloatArray, variance: FloatArray) -> float:
    """Variance between groups by Paule and Mandel: the one at which the weighted squares are as many as free numbers.

    >>> round(between_variance(np.array([1.0, 3.0, 5.0]), np.array([0.0, 0.0, 0.0])), 2)
    4.0
    >>> between_variance(np.array([1.0, 1.1, 0.9]), np.array([1.0, 1.0, 1.0]))
    0.0
    """
    if len(value) < 2:
        return 0.0

    def excess(between: float) -> float:
        weight = 1 / np.maximum(variance + between, 1e-12)
        return float(np.sum(weight * (value - np.average(value, weights=weight)) ** 2)) - (len(value) - 1)

    low, high = 0.0, max(float(np.var(value, ddof=1)), 1e-9) * 4
    if excess(low) <= 0:
        return 0.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def pool(value: FloatArray, covariance: FloatArray) -> Pooled:
    """Shrink G estimates of k numbers (G × k, G × k × k) towards their common mean.

    The uncertainty of the common mean is part of each covariance; one group alone keeps its own estimate.

    >>> pool(np.array([[1.0], [3.0]]), np.array([[[1.0]], [[1.0]]])).value.round(2).ravel().tolist()
    [1.5, 2.5]
    """
    groups, size = value.shape
    between = np.array([between_variance(value[:, one], covariance[:, one, one]) for one in range(size)])
    if groups == 1:
        return Pooled(value, covariance, value[0], between)
    prior = np.diag(np.maximum(between, 1e-9))
    weights = np.linalg.inv(covariance + prior)
    spread = np.linalg.inv(weights.sum(axis=0))
    mean = spread @ np.einsum("gij,gj->i", weights, value)
    kept = prior @ weights  # share of the estimate's own distance from the mean that is kept
    pooled = mean + np.einsum("gij,gj->gi", kept, value - mean)
    left = np.eye(size) - kept
    own = left @ prior
    shared = left @ spread @ np.swapaxes(left, 1, 2)
    total = own + shared
    return Pooled(pooled, (total + np.swapaxes(total, 1, 2)) / 2, mean, between)
