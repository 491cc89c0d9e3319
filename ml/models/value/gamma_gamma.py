"""What a purchase is worth: the gamma-gamma model of Fader & Hardie (2013), brucehardie.com/notes/025.

Amounts of a customer scatter around a mean of his own; the fewer purchases are known, the more the shop's mean counts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from ml.learning.metrics import FloatArray
from warehouse.errors import NotAvailable

BOUND = 12.0


@dataclass(frozen=True)
class GammaGamma:
    """p and q without unit, gamma in currency."""

    p: float
    q: float
    gamma: float


def log_likelihood(model: GammaGamma, amount: FloatArray, count: FloatArray) -> FloatArray:
    """Log-likelihood (n) of the mean `amount` (n, currency, above 0) of `count` (n) purchases: equation 1."""
    p, q, gamma = model.p, model.q, model.gamma
    shape = p * count
    constant = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    return np.asarray(
        constant + (shape - 1) * np.log(amount) + shape * np.log(count) - (shape + q) * np.log(gamma + count * amount),
        dtype=float,
    )


def fit(amount: FloatArray, count: FloatArray) -> GammaGamma:
    """The parameters of the largest likelihood over customers who paid something; NotAvailable without any."""
    paid = (amount > 0) & (count > 0)
    if not paid.any():
        raise NotAvailable("nobody paid anything: what a purchase is worth cannot be learned")
    amount, count = amount[paid], count[paid]
    scale = float(np.median(amount))

    def loss(logs: FloatArray) -> float:
        return float(-log_likelihood(GammaGamma(*np.exp(logs)), amount / scale, count).mean())

    start = np.log([2.0, 3.0, 1.0])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 3, options={"ftol": 1e-12})
    p, q, gamma = (float(one) for one in np.exp(found.x))
    return GammaGamma(p, q, gamma * scale)


def expected_amount(model: GammaGamma, amount: FloatArray, count: FloatArray) -> FloatArray:
    """Currency (n) per purchase to come: the own mean and the shop's, weighted by what is known; equation 5.

    Where q is not above 1 the shop has no mean, and a customer without a purchase gets not-a-number.

    >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> expected_amount(model, np.array([50.0, 0.0]), np.array([10.0, 0.0])).round(2).tolist()
    [49.38, 35.22]
    """
    weight = model.p * count
    top, bottom = model.p * (model.gamma + count * amount), weight + model.q - 1
    return np.divide(top, bottom, out=np.full(len(weight), np.nan), where=bottom > 0)
