"""Effects where nobody drew lots: weaker methods that always say so, in their type, their method and their caveat."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import f as fisher
from scipy.stats import t as student

from ml.measuring.adjustment import BoolArray, FloatArray
from ml.measuring.lift import estimate_lift

NOT_DRAWN = "Nobody drew lots over who was treated; this is weaker than a comparison with a control group."
PARALLEL = "It holds only if both groups would have moved alike without treatment, which the data cannot prove."
PRE_TREND = "They did not move alike before: the pre-trend test rejects at {p_value:.3g}."
NO_PRE_TREND = "Whether they moved alike before was not tested."
NOTHING_ELSE = "It holds only if nothing else changed in the meantime: season, prices and weather count as effect."


@dataclass(frozen=True)
class ObservationalLift:
    """An effect that was not randomised. Another type than Lift, so that it cannot take its place in silence."""

    value: float
    low: float
    high: float
    treated_count: int
    control_count: int
    method: str
    caveat: str


@dataclass(frozen=True)
class PreTrend:
    """`slope` of the gap between the groups per period before treatment, and the p-value of no change of the gap."""

    slope: float
    p_value: float


def difference_in_differences(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    treated: npt.ArrayLike,
    pre_periods: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> ObservationalLift:
    """Change of the treated minus change of the others, of n units seen in two periods.

    `before` and `after` (n each, the outcome in either period), `pre_periods` (n × k, k >= 2 periods before, oldest
    first) for the test of trends. The interval is Welch's on each unit's change, so a unit's periods may hang together.
    Source: Angrist and Pischke 2009, eq. 5.2.3.

    >>> difference_in_differences([1.0, 2.0, 1.0, 2.0], [4.0, 5.0, 2.0, 3.0], [True, True, False, False]).value
    2.0
    """
    arms = np.asarray(treated, dtype=bool)
    lift = estimate_lift(np.asarray(after, dtype=float) - np.asarray(before, dtype=float), arms, confidence=confidence)
    caveats = [NOT_DRAWN, PARALLEL, *trend_caveat(pre_periods, arms, 1 - confidence)]
    counts = lift.treated_count, lift.control_count
    return ObservationalLift(
        lift.value, lift.low, lift.high, *counts, "observational: difference in differences", " ".join(caveats)
    )


def trend_caveat(pre_periods: npt.ArrayLike | None, treated: BoolArray, error_rate: float) -> list[str]:
    if pre_periods is None:
        return [NO_PRE_TREND]
    p_value = compare_pre_trends(pre_periods, treated).p_value
    return [PRE_TREND.format(p_value=p_value)] if p_value < error_rate else []


def compare_pre_trends(pre_periods: npt.ArrayLike, treated: npt.ArrayLike) -> PreTrend:
    """Whether the gap between the groups moved in the k >= 2 periods before treatment (n × k, oldest first).

    Hotelling's T² on the k - 1 steps from period to period, with unequal covariances by the smaller group's degrees of
    freedom. Passing is no proof: a short past tells little (Roth 2022). Raises ValueError for fewer than two periods.

    >>> steady = np.array([[1.0, 2.0], [2.0, 3.5], [5.0, 6.0], [4.0, 5.5]])
    >>> compare_pre_trends(steady, [True, True, False, False]).slope
    0.0
    """
    periods, arms = np.asarray(pre_periods, dtype=float), np.asarray(treated, dtype=bool)
    if periods.ndim != 2 or periods.shape[1] < 2:
        raise ValueError("a trend needs at least two periods before")
    steps = np.diff(periods, axis=1)
    groups = steps[arms], steps[~arms]
    gap = groups[0].mean(axis=0) - groups[1].mean(axis=0)
    least, width = min(map(len, groups)), steps.shape[1]
    if least <= width + 1:
        return PreTrend(float(gap.mean()), 1.0)
    covariance = sum(np.atleast_2d(np.cov(group.T)) / len(group) for group in groups)
    squared = float(gap @ np.linalg.pinv(covariance, hermitian=True) @ gap)
    freedom = least - 1
    p_value = fisher.sf(squared * (freedom - width + 1) / (freedom * width), width, freedom - width + 1)
    return PreTrend(float(gap.mean()), float(p_value))


def before_after(before: npt.ArrayLike, after: npt.ArrayLike, confidence: float = 0.95) -> ObservationalLift:
    """Mean change of n treated units from before to after, with Student's interval of the paired differences.

    >>> before_after([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]).value
    2.0
    """
    change: FloatArray = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    method, caveat = "observational: before and after", f"{NOT_DRAWN} {NOTHING_ELSE}"
    if len(change) < 2:
        return ObservationalLift(np.nan, -np.inf, np.inf, len(change), 0, method, caveat)
    value = float(change.mean())
    margin = float(student.ppf(0.5 + confidence / 2, len(change) - 1) * change.std(ddof=1) / np.sqrt(len(change)))
    return ObservationalLift(value, value - margin, value + margin, len(change), 0, method, caveat)
