"""How often customers buy until they leave unseen: BG/NBD of Fader, Hardie & Lee (2005), Marketing Science 24(2).

While with the shop a customer buys at random at a rate of his own (gamma with shape r, rate alpha over customers), and
after each purchase leaves for good with a probability of his own (beta with a, b over customers).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, hyp2f1

from ml.learning.metrics import FloatArray
from warehouse.errors import NotAvailable

START = (1.0, 5.0, 1.0, 2.0)
BOUND = 12.0  # of the logarithms: beyond it the likelihood is flat
NEAR_ONE = 1e-6


@dataclass(frozen=True)
class BgNbd:
    """r, a and b without unit, alpha in the unit of recency and age (weeks)."""

    r: float
    alpha: float
    a: float
    b: float


def log_likelihood(model: BgNbd, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
    """Log-likelihood (n) of customers with `frequency` (n) repeat purchases, the last `recency` (n) after the first.

    Equation 6 of the paper; the two ways to have bought no more since (gone, or not due yet) are added as logarithms.

    >>> alone = log_likelihood(BgNbd(0.243, 4.414, 0.793, 2.426), np.array([0.0]), np.array([0.0]), np.array([39.0]))
    >>> bool(np.isclose(alone[0], 0.243 * np.log(4.414 / (4.414 + 39))))
    True
    """
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    rate = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + frequency) - betaln(a, b) - (r + frequency) * np.log(alpha + age)
    repeats = frequency > 0
    more = np.where(repeats, frequency, 1.0)
    leaves = betaln(a + 1, b + more - 1) - betaln(a, b) - (r + more) * np.log(alpha + recency)
    return np.asarray(rate + np.where(repeats, np.logaddexp(stays, leaves), stays), dtype=float)


def fit(frequency: FloatArray, recency: FloatArray, age: FloatArray, penalty: float = 0.0) -> BgNbd:
    """The parameters of the largest likelihood, each log-parameter pulled to zero by `penalty` per customer.

    NotAvailable where nobody bought twice: then neither how often nor whether customers leave can be told.
    """
    if not (frequency > 0).any():
        raise NotAvailable("nobody bought twice: how often customers come back cannot be learned")
    groups, count = np.unique(np.column_stack([frequency, recency, age]), axis=0, return_counts=True)

    def loss(logs: FloatArray) -> float:
        found = log_likelihood(BgNbd(*np.exp(logs)), *groups.T)
        return float(-(found @ count) / count.sum() + penalty * np.square(logs).sum())

    bounds = [(-BOUND, BOUND)] * 4
    starts = (np.log(START), np.log([0.5, groups[:, 2].mean() / max(groups[:, 0].mean(), 0.1), 0.5, 5.0]))
    tries = [minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12}) for start in starts]
    best = min(tries, key=lambda one: float(one.fun))
    return BgNbd(*(float(one) for one in np.exp(best.x)))


def alive(model: BgNbd, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
    """Probability (n) of still being with the shop; 1 for who bought once, as leaving follows a repeat purchase only.

    >>> model = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> alive(model, np.array([0.0, 2, 2]), np.array([0, 5.0, 30]), np.array([39.0] * 3)).round(2).tolist()
    [1.0, 0.12, 0.72]
    >>> round(1 / (1 + 0.793 / (2.426 + 1) * ((4.414 + 39) / (4.414 + 5)) ** (0.243 + 2)), 2)
    0.12
    """
    more = np.where(frequency > 0, frequency, 1.0)
    odds = np.log(model.a / (model.b + more - 1)) + (model.r + more) * np.log(
        (model.alpha + age) / (model.alpha + recency)
    )
    return np.where(frequency > 0, expit(-odds), 1.0)


def expected_orders(
    model: BgNbd, frequency: FloatArray, recency: FloatArray, age: FloatArray, ahead: float
) -> FloatArray:
    """Purchases (n) expected in the next `ahead` (the unit of age).

    Equation 10 of the paper with Euler's transformation of the hypergeometric function (Abramowitz & Stegun 15.3.3),
    which takes the two factors that overflow and underflow for frequent customers out of it.

    >>> model = BgNbd(0.243, 4.414, 0.793, 2.426)
    >>> round(float(expected_orders(model, np.array([2.0]), np.array([30.43]), np.array([38.86]), 39.0)[0]), 3)
    1.226
    """
    a = model.a if abs(model.a - 1) > NEAR_ONE else 1 + NEAR_ONE
    z = ahead / (model.alpha + age + ahead)
    whole = a + model.b + frequency - 1
    series = hyp2f1(a + model.b - 1 - model.r, a - 1, whole, z)
    bought = whole / (a - 1) * -np.expm1((a - 1) * np.log1p(-z) + np.log(series))
    return np.asarray(bought * alive(model, frequency, recency, age), dtype=float)
