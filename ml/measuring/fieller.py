"""The interval of a ratio of two estimates that err together."""

import numpy as np

from ml.measuring.adjustment import FloatArray, IntArray


def fieller_interval(
    values: tuple[float, float], influences: tuple[FloatArray, FloatArray], units: IntArray, quantile: float
) -> tuple[float, float]:
    """All ratios r for which numerator - r × denominator lies within `quantile` of its standard errors of 0.

    `values` are numerator and denominator, `influences` (n each) what every row contributes to their errors. Infinite
    on both sides where the denominator itself cannot be told from 0. Unlike the delta method it needs no denominator
    far from 0. Source: Fieller 1954, JRSS B 16(2).

    >>> sure = np.array([0.0, 0.0])
    >>> fieller_interval((6.0, 2.0), (sure, sure), np.array([0, 1]), 1.96)
    (3.0, 3.0)
    """
    top, bottom = (np.bincount(units, influence) for influence in influences)
    numerator, denominator = values
    a = denominator**2 - quantile**2 * float(bottom @ bottom)
    b = numerator * denominator - quantile**2 * float(top @ bottom)
    c = numerator**2 - quantile**2 * float(top @ top)
    if a <= 0:
        return -np.inf, np.inf
    root = np.sqrt(max(b**2 - a * c, 0.0))
    return float((b - root) / a), float((b + root) / a)
