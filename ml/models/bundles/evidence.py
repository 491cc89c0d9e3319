"""How sure it is that two products belong together: lift with an interval, and significance among many pairs."""

import numpy as np
import pandas as pd
from scipy import special, stats

from ml.learning.metrics import FloatArray
from ml.models.bundles.associations import shrunk_lift
from ml.models.bundles.baskets import Baskets


def weigh(
    pairs: pd.DataFrame, baskets: Baskets, products: int, shrinkage: float = 20, confidence: float = 0.95
) -> pd.DataFrame:
    """The pairs with buyers (customers with both in a basket), lift, lift_low, lift_high, p_value and q_value.

    `pairs` has the columns of Association.score. What one customer repeats is no further evidence: baskets with both
    and those expected are divided by the baskets per buyer. Lift and its interval are those of a gamma posterior drawn
    to 1; p is the upper tail of a Poisson distribution, wider than the hypergeometric one; q is p after the correction
    of Benjamini and Hochberg (1995) for all pairs of the `products` that were looked at.
    """
    buyers = np.array([baskets.buyers(*pair) for pair in zip(pairs["product_id"], pairs["partner_id"], strict=True)])
    both, expected = pairs["both"].to_numpy(float), pairs["expected"].to_numpy(float)
    repeats = np.maximum(both / np.maximum(buyers, 1), 1)
    p = upper_tail(both / repeats, expected / repeats)
    ends = stats.gamma.ppf(
        np.array([[(1 - confidence) / 2], [(1 + confidence) / 2]]),
        both / repeats + shrinkage,
        scale=1 / (expected / repeats + shrinkage),
    )
    return pairs.assign(
        buyers=buyers,
        lift=shrunk_lift(both / repeats, expected / repeats, shrinkage),
        lift_low=ends[0],
        lift_high=ends[1],
        p_value=p,
        q_value=false_discovery(p, products * (products - 1) // 2),
    )


def upper_tail(found: FloatArray, expected: FloatArray) -> FloatArray:
    """P(X >= found) of Poisson counts with the means expected (P,).

    >>> upper_tail(np.array([0.0, 3.0]), np.array([1.0, 1.0])).round(4).tolist()
    [1.0, 0.0803]
    """
    return np.asarray(np.where(found > 0, special.gammainc(np.maximum(found, 1e-9), expected), 1.0))


def false_discovery(p: FloatArray, tests: int) -> FloatArray:
    """q values of the P smallest p values of so many tests, by Benjamini and Hochberg (1995).

    >>> false_discovery(np.array([0.01, 0.002, 0.9]), 5).round(3).tolist()
    [0.025, 0.01, 1.0]
    """
    order = np.argsort(p)
    raw = p[order] * max(tests, len(p)) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1)
    return q
