"""What honest customers look like: how often scores as high come about by chance.

Accounts of a family share a device and an address, and some customers love offers; only together is it abuse. So the
behaviour is dealt out anew among customers with about as many orders, while who shares what stays: in that shop sharing
and living on offers have nothing to do with each other (a permutation null). Accounts that share with nobody are held
against the tail of their like, extrapolated by a generalised Pareto distribution (Hosking & Wallis 1987, probability-
weighted moments; peaks over threshold as in Siffer et al. 2017).
"""

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.abuse.activity import IntArray

STRATA = (0.5, 2.5, 5.5, 10.5)  # edges of orders within which behaviour is dealt out
NEVER = float("inf")


def deal_out(orders: FloatArray, chance: np.random.Generator) -> IntArray:
    """A permutation of n customers that moves each only among customers with about as many orders.

    >>> deal_out(np.array([0.0, 7.0, 0.0, 8.0]), np.random.default_rng(0)).tolist() in (
    ...     [[0, 1, 2, 3], [2, 1, 0, 3], [0, 3, 2, 1], [2, 3, 0, 1]])
    True
    """
    stratum = np.searchsorted(STRATA, orders)
    dealt = np.arange(len(orders))
    for one in np.unique(stratum):
        inside = np.flatnonzero(stratum == one)
        dealt[inside] = chance.permutation(inside)
    return dealt


def level_of_groups(null: FloatArray, rate: float, customers: int, linked: int, most: float = 0.05) -> float:
    """The score that chance gives to at most `rate` of all customers, looked for among the linked ones' null scores.

    Never more than `most` of the linked ones are flagged by chance, however few they are.
    """
    if not linked or not len(null):
        return NEVER
    share = min(most, rate * customers / linked)
    return float(np.quantile(null, 1 - share, method="higher"))


def level_of_singles(scores: FloatArray, rate: float, start: float = 0.98) -> float:
    """The score that a share `rate` of customers like these exceeds, by the tail above their quantile `start`.

    >>> scores = np.random.default_rng(1).exponential(size=20_000)
    >>> bool(abs(level_of_singles(scores, 1e-3) - np.log(1000)) < 0.5)
    True
    """
    if len(scores) < 100:
        return NEVER
    edge = float(np.quantile(scores, start))
    over = np.sort(scores[scores > edge] - edge)
    if len(over) < 10 or over[-1] <= 0:
        return NEVER
    first, second = over.mean(), float(np.mean(over * (1 - (np.arange(1, len(over) + 1) - 0.35) / len(over))))
    shape = min(max(2 - first / (first - 2 * second), -0.5), 0.5)
    scale = max(2 * first * second / (first - 2 * second), 1e-12)
    ratio = len(over) / len(scores) / rate
    if ratio <= 1:
        return edge
    stretch = np.log(ratio) if abs(shape) < 1e-9 else (ratio**shape - 1) / shape
    return edge + scale * float(stretch)


def upper_share(reference: FloatArray, scores: FloatArray) -> FloatArray:
    """The share of sorted reference scores at least as high, never 0: (1 + how many) / (1 + all).

    >>> upper_share(np.array([1.0, 2.0, 3.0]), np.array([2.0, 9.0])).tolist()
    [0.75, 0.25]
    """
    above = len(reference) - np.searchsorted(reference, scores, side="left")
    return np.asarray((1 + above) / (1 + len(reference)))
