"""A value with its interval, and the interval of a share that was counted."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ml.allocation import FloatArray


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


def quantile_of(confidence: float) -> float:
    """Standard normal quantile of a two-sided interval."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def estimate_share(
    successes: FloatArray, trials: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share with its score interval (Wilson 1927), elementwise; not a number where there was no trial.

    Unlike the interval around the share itself it stays within 0–1 and has a width where nothing happened.

    >>> share, low, high = estimate_share(np.array([0.0, 5.0]), np.array([10.0, 10.0]), 0.95)
    >>> share.tolist(), low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.5], [0.0, 0.2366], [0.2775, 0.7634])
    """
    z = quantile_of(confidence)
    count = np.where(trials > 0, trials, np.nan)
    share = successes / count
    centre = share + z**2 / (2 * count)
    spread = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    scale = 1 + z**2 / count
    low = np.where(successes == 0, 0.0, (centre - spread) / scale)
    high = np.where(successes == count, 1.0, (centre + spread) / scale)
    return share, np.where(np.isnan(share), np.nan, low), high
