"""From scores to probabilities that mean what they say, learned on rows the model never saw.

Every calibrator is a rising, piecewise linear map from log odds to log odds, so that it keeps the order of the scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from ml.learning.metrics import FloatArray, as_rows, bin_places

LEAST = 1e-6
LEAST_SLOPE = 0.01
ROWS_PER_BIN = 50
MOST_BINS = 50


def logit(probability: npt.ArrayLike) -> FloatArray:
    """Log odds, finite also for 0 and 1.

    >>> logit([0.5]).tolist()
    [0.0]
    """
    clipped = np.clip(np.asarray(probability, dtype=float), LEAST, 1 - LEAST)
    return np.log(clipped) - np.log1p(-clipped)


def expit(log_odds: npt.ArrayLike) -> FloatArray:
    """The probability of log odds.

    >>> expit([0.0]).tolist()
    [0.5]
    """
    return 1 / (1 + np.exp(-np.clip(np.asarray(log_odds, dtype=float), -30, 30)))


@dataclass(frozen=True)
class Calibrator:
    """Rising map through (raw, mended) log odds; straight lines between the knots and `slope` outside them."""

    method: str
    raw: tuple[float, ...]
    mended: tuple[float, ...]
    slope: float

    def apply(self, probability: npt.ArrayLike) -> FloatArray:
        """Calibrated probabilities, shape (n,), of raw ones.

        >>> Calibrator("platt", (0.0,), (0.0,), 1.0).apply([0.2]).round(6).tolist()
        [0.2]
        """
        odds = logit(probability)
        inside = np.interp(odds, self.raw, self.mended)
        beyond = np.minimum(odds - self.raw[0], 0) + np.maximum(odds - self.raw[-1], 0)
        return expit(inside + self.slope * beyond)

    def as_json(self) -> dict[str, Any]:
        return {"method": self.method, "raw": self.raw, "mended": self.mended, "slope": self.slope}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibrator":
        return cls(content["method"], tuple(content["raw"]), tuple(content["mended"]), content["slope"])


def calibrate(
    outcome: npt.ArrayLike,
    probability: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    isotonic_positives: int = 1000,
) -> Calibrator:
    """Isotonic where at least `isotonic_positives` rows are positive, else Platt's two numbers.

    >>> calibrate([0, 1] * 50, [0.5] * 100).method
    'platt'
    """
    happened, _ = as_rows(outcome, weight)
    enough = isotonic_positives <= happened.sum() <= len(happened) - isotonic_positives
    return (fit_isotonic if enough else fit_platt)(outcome, probability, weight)


def fit_platt(outcome: npt.ArrayLike, probability: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Calibrator:
    """A logistic regression on the log odds, with Platt's smoothed targets against overconfidence in few rows.

    Source: Platt 1999, Probabilistic outputs for support vector machines, equations 8-10. The slope is kept positive.
    """
    happened, rows = as_rows(outcome, weight)
    odds = logit(probability)
    positive, negative = float(happened @ rows), float((1 - happened) @ rows)
    # weights may stand for many rows of the population; smoothing counts the rows really seen
    scale = len(rows) / rows.sum()
    high, low = (positive * scale + 1) / (positive * scale + 2), 1 / (negative * scale + 2)
    target = np.where(happened > 0, high, low)
    center = float(np.average(odds, weights=rows))

    def loss(numbers: FloatArray) -> tuple[float, FloatArray]:
        shift, log_slope = numbers
        line = shift + np.exp(log_slope) * (odds - center)
        value = np.logaddexp(0, line) - target * line
        pull = (expit(line) - target) * rows
        gradient = np.array([pull.sum(), (pull * (odds - center)).sum() * np.exp(log_slope)])
        return float(value @ rows / rows.sum()), gradient / rows.sum()

    rate = (positive * scale + 1) / (len(rows) + 2)
    bounds = [(-20.0, 20.0), (np.log(LEAST_SLOPE), np.log(20.0))]
    found = minimize(loss, np.array([logit([rate])[0], 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibrator("platt", (center,), (float(found.x[0]),), float(np.exp(found.x[1])))


def fit_isotonic(outcome: npt.ArrayLike, probability: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Calibrator:
    """Rates of bins of about equal weight, made rising by pooling neighbours; straight lines between the bins.

    Source: Zadrozny and Elkan 2002, KDD; pooling: Ayer et al. 1955. A least slope keeps the order of the scores.
    """
    happened, rows = as_rows(outcome, weight)
    odds = logit(probability)
    bins = int(np.clip(happened.sum() // ROWS_PER_BIN, 2, MOST_BINS))
    place = bin_places(odds, rows, bins)
    mass = np.bincount(place, rows, bins)
    used = mass > 0
    center = (np.bincount(place, rows * odds, bins)[used]) / mass[used]
    seen = np.bincount(place, minlength=bins)[used]
    rate: FloatArray = np.bincount(place, rows * happened, bins)[used] / mass[used]
    smoothed = (rate * seen + rate.mean()) / (seen + 1)
    mended = logit(pool_neighbours(np.asarray(smoothed, dtype=float), np.asarray(mass[used], dtype=float)))
    rising = np.maximum.accumulate(mended + LEAST_SLOPE * (center - center[0]))
    return Calibrator("isotonic", tuple(center.tolist()), tuple(rising.tolist()), 1.0)


def pool_neighbours(value: FloatArray, weight: FloatArray) -> FloatArray:
    """The rising sequence nearest to `value` in weighted squares (pool adjacent violators).

    >>> pool_neighbours(np.array([1.0, 3.0, 2.0]), np.ones(3)).tolist()
    [1.0, 2.5, 2.5]
    """
    pools: list[tuple[float, float, int]] = []
    for one, mass in zip(value.tolist(), weight.tolist(), strict=True):
        pools.append((one, mass, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (left, left_mass, left_size), (right, right_mass, right_size) = pools[-2:]
            total = left_mass + right_mass
            pools[-2:] = [((left * left_mass + right * right_mass) / total, total, left_size + right_size)]
    return np.concatenate([np.full(size, mean) for mean, _, size in pools])
