"""What treating changed: treated minus control, with an interval that says how far chance alone may have moved it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from ml.measuring.adjustment import (
    Arm,
    BoolArray,
    FloatArray,
    IntArray,
    complete_covariates,
    fit_arm,
    pooled_slopes,
)
from ml.measuring.fieller import fieller_interval

UNITS_PER_COVARIATE = 20
ADJUSTMENTS = ("auto", "none", "cuped", "regression")


@dataclass(frozen=True)
class Lift:
    """Mean effect per row with its interval; counts are of units; `method` says in words how it was found.

    `control_mean` is what would have happened without, `relative` the effect as a share of it; `error` the standard
    error. Not a number (interval from minus to plus infinity) where an arm has fewer than two units.
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


@dataclass(frozen=True)
class Choices:
    """How to estimate: `adjustment` one of ADJUSTMENTS, `winsor_rate` the share of outcomes cut at the upper end."""

    adjustment: str = "auto"
    winsor_rate: float = 0.0


DEFAULT = Choices()


@dataclass(frozen=True)
class Comparison:
    """Both arms of one outcome, and what each row contributes to the error of their difference."""

    treated: Arm
    control: Arm
    influence: FloatArray
    units: IntArray
    freedom: float
    words: tuple[str, ...]

    @property
    def value(self) -> float:
        return self.treated.mean - self.control.mean

    @property
    def variance(self) -> float:
        return unit_square(self.influence, self.units)

    @property
    def is_known(self) -> bool:
        return min(self.treated.unit_count, self.control.unit_count) >= 2


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
    et al. 2013; regression with interactions of Lin 2013, eq. 3.
    Raises ValueError where lengths differ, an outcome is not a number or a probability is not within (0, 1).

    >>> lift = estimate_lift([4.0, 6.0, 5.0, 1.0, 3.0, 2.0], [True, True, True, False, False, False])
    >>> lift.value, lift.treated_count, lift.control_count, lift.method
    (3.0, 3, 3, 'difference in means')
    """
    comparison = compare_arms(outcome, treated, covariates, probability, cluster, choices)
    return as_lift(comparison, confidence)


def compare_arms(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    probability: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    choices: Choices = DEFAULT,
) -> Comparison:
    """Both arms with their influences: what an effect, a ratio of effects or a sequential interval is made of."""
    amount, is_treated = np.asarray(outcome, dtype=float), np.asarray(treated, dtype=bool)
    check(amount, is_treated, choices)
    weight, weighting = weigh(probability, is_treated)
    units = unit_codes(cluster, len(amount))
    amount, cut = winsorise(amount, choices.winsor_rate)
    table = complete_covariates(covariates, len(amount))
    adjustment = choose_adjustment(table, is_treated, units, choices.adjustment)
    if adjustment == "cuped":
        amount = amount - table @ pooled_slopes(amount, table, is_treated, weight)
    within = table if adjustment == "regression" else table[:, :0]
    arms = [fit_arm(amount, within, weight, units, member) for member in (is_treated, ~is_treated)]
    clustering = (f"clustered by {len(np.unique(units))} units",) if cluster is not None else ()
    words = (METHODS[adjustment].format(table.shape[1]), *weighting, *clustering, *cut)
    return join(arms[0], arms[1], within, units, words)


METHODS = {
    "none": "difference in means",
    "cuped": "difference in means, CUPED with {} covariates",
    "regression": "regression with interactions, {} covariates",
}


def join(treated: Arm, control: Arm, covariates: FloatArray, units: IntArray, words: tuple[str, ...]) -> Comparison:
    """The difference of two arms, with degrees of freedom by Satterthwaite 1946.

    Slopes that differ between the arms add the error of the covariates' own mean (Negi and Wooldridge 2021).
    """
    drift = covariates @ (treated.slopes - control.slopes) / len(units)
    influence = treated.influence - control.influence + drift
    parts = [(unit_square(arm.influence, units), arm) for arm in (treated, control)]
    lost = 1 + covariates.shape[1]
    squares = sum(variance**2 / max(arm.effective_count - lost, 1) for variance, arm in parts)
    total = sum(variance for variance, _ in parts)
    freedom = total**2 / squares if squares > 0 else np.inf
    return Comparison(treated, control, influence, units, freedom, words)


def as_lift(comparison: Comparison, confidence: float) -> Lift:
    method = ", ".join(comparison.words)
    counts = comparison.treated.unit_count, comparison.control.unit_count
    if not comparison.is_known:
        return Lift(np.nan, -np.inf, np.inf, *counts, f"{method}: not available, an arm has fewer than two units")
    error = float(np.sqrt(comparison.variance))
    margin = float(student.ppf(0.5 + confidence / 2, comparison.freedom)) * error
    value = comparison.value
    lift = Lift(value, value - margin, value + margin, *counts, method, error, comparison.control.mean)
    return with_relative(lift, comparison, margin / error if error else 0.0)


def with_relative(lift: Lift, comparison: Comparison, quantile: float) -> Lift:
    """The lift with its share of what the control did, and Fieller's interval of that share."""
    if lift.control_mean == 0:
        return lift
    influences = comparison.influence, comparison.control.influence
    low, high = fieller_interval((lift.value, lift.control_mean), influences, comparison.units, quantile)
    return replace(lift, relative=lift.value / lift.control_mean, relative_low=low, relative_high=high)


def unit_square(influence: FloatArray, units: IntArray) -> float:
    """Sum over units of the squared sum of their rows' influences: the variance of an estimate by its influences."""
    return float((np.bincount(units, influence) ** 2).sum())


def weigh(probability: npt.ArrayLike | None, treated: BoolArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Inverse of the chance of the arm each row is in; 1 where the chances do not differ."""
    if probability is None:
        return np.ones(len(treated)), ()
    chance = np.broadcast_to(np.asarray(probability, dtype=float), treated.shape)
    if not ((chance > 0) & (chance < 1)).all():
        raise ValueError("a probability of being treated must lie within (0, 1)")
    if np.ptp(chance) == 0:
        return np.ones(len(treated)), ()
    return 1 / np.where(treated, chance, 1 - chance), ("weighted by inverse probability (Hájek)",)


def winsorise(amount: FloatArray, rate: float) -> tuple[FloatArray, tuple[str, ...]]:
    """The `rate` largest amounts cut to the next smaller, over both arms together; said in words where it is done.

    >>> winsorise(np.array([1.0, 2.0, 3.0, 90.0]), 0.25)
    (array([1., 2., 3., 3.]), ('largest 25% of outcomes cut',))
    """
    if not rate:
        return amount, ()
    limit = np.sort(amount)[max(int(np.ceil(len(amount) * (1 - rate))) - 1, 0)]
    return np.minimum(amount, limit), (f"largest {rate * 100:g}% of outcomes cut",)


def choose_adjustment(covariates: FloatArray, treated: BoolArray, units: IntArray, wanted: str) -> str:
    """Regression where the smaller arm can carry its own slopes, else CUPED's common ones."""
    if not covariates.shape[1] or wanted == "none":
        return "none"
    if wanted != "auto":
        return wanted
    smaller = min(len(np.unique(units[treated])), len(np.unique(units[~treated])))
    return "regression" if smaller >= UNITS_PER_COVARIATE * covariates.shape[1] else "cuped"


def unit_codes(cluster: npt.ArrayLike | None, rows: int) -> IntArray:
    if cluster is None:
        return np.arange(rows)
    _, codes = np.unique(np.asarray(cluster), return_inverse=True)
    if len(codes) != rows:
        raise ValueError(f"{len(codes)} clusters for {rows} outcomes")
    return codes.astype(np.int64)


def check(outcome: FloatArray, treated: BoolArray, choices: Choices) -> None:
    if outcome.shape != treated.shape or outcome.ndim != 1:
        raise ValueError(f"outcome and treated must be of one length, not {outcome.shape} and {treated.shape}")
    if not np.isfinite(outcome).all():
        raise ValueError("an outcome is not a number")
    if choices.adjustment not in ADJUSTMENTS:
        raise ValueError(f"adjustment is one of {', '.join(ADJUSTMENTS)}, not {choices.adjustment}")
