"""What treating changed: treated minus control, with an interval that says how far chance alone may have moved it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml.measuring.comparison import DEFAULT, Choices, Comparison, Reach, compare_arms, reach
from ml.measuring.fieller import fieller_interval


@dataclass(frozen=True)
class Lift:
    """Mean effect per row with its interval; counts are of units; `method` says in words how it was found.

    `error` is the standard error, `control_mean` what would have happened without, `relative` the effect as a share of
    it with Fieller's interval. Not a number, between infinite ends, where an arm has fewer than two units.
    """

    value: float
    low: float
    high: float
    treated_count: int
    control_count: int
    method: str
    error: float = np.nan
    control_mean: float = np.nan
    relative: float = np.nan
    relative_low: float = -np.inf
    relative_high: float = np.inf

    @property
    def is_known(self) -> bool:
        return bool(np.isfinite(self.value))

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.is_known and not self.low <= 0 <= self.high


def estimate_lift(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    probability: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    choices: Choices = DEFAULT,
) -> Lift:
    """Effect of being treated on the mean outcome, for n rows in arms that chance drew.

    `outcome` (n, any unit), `treated` (n, boolean), `covariates` (n × p, known before the arms were drawn, NaN where
    missing), `probability` (n, chance of being treated, in (0, 1); where it differs rows are weighted by its inverse),
    `cluster` (n, the unit that was drawn, where a unit has many rows). Sources: Welch 1938; Hájek 1971; CUPED of Deng
    et al. 2013; regression with interactions of Lin 2013, eq. 3; docs/decisions/0021 for the choice among them.
    Raises ValueError where lengths differ, an outcome is not a number or a probability is not within (0, 1).

    >>> lift = estimate_lift([4.0, 6.0, 5.0, 1.0, 3.0, 2.0], [True, True, True, False, False, False])
    >>> lift.value, lift.treated_count, lift.control_count, lift.method
    (3.0, 3, 3, "difference in means, Student's interval")
    """
    comparison = compare_arms(outcome, treated, covariates, probability, cluster, choices)
    return as_lift(comparison, confidence, choices.redraws)


def as_lift(comparison: Comparison, confidence: float, redraws: bool = True) -> Lift:
    counts = comparison.treated.unit_count, comparison.control.unit_count
    method = ", ".join(comparison.words)
    if not comparison.is_known:
        return Lift(np.nan, -np.inf, np.inf, *counts, f"{method}: not available, an arm has fewer than two units")
    far, value, error = reach(comparison, confidence, redraws), comparison.value, comparison.error
    low, high = value - far.above * error, value - far.below * error
    lift = Lift(value, low, high, *counts, f"{method}, {far.word}", error, comparison.control.mean)
    return with_relative(lift, comparison, far)


def with_relative(lift: Lift, comparison: Comparison, far: Reach) -> Lift:
    """The lift with its share of what the control did."""
    if lift.control_mean == 0:
        return lift
    influences = comparison.influence, comparison.control.influence
    low, high = fieller_interval((lift.value, lift.control_mean), influences, comparison.units, far.either)
    return replace(lift, relative=lift.value / lift.control_mean, relative_low=low, relative_high=high)
