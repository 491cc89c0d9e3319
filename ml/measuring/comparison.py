"""Two arms that chance drew, compared: what effects, ratios of effects and intervals are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from ml.measuring.adjustment import Arm, BoolArray, FloatArray, IntArray, complete_covariates, fit_arm, pooled_slopes
from ml.measuring.rerandomisation import draw_statistics, gather_lots

UNITS_PER_COVARIATE = 100  # at 50 regression with interactions found effects in A/A worlds a little oftener
ADJUSTMENTS = {
    "none": "difference in means",
    "cuped": "difference in means, CUPED, covariates: {}",
    "regression": "regression with interactions, covariates: {}",
}
STUDENT, REDRAWN = "Student's interval", "interval by re-randomisation"


@dataclass(frozen=True)
class Choices:
    """How to estimate: `adjustment` is auto or one of ADJUSTMENTS, `winsor_rate` the share of outcomes cut at the top.

    `redraws`: whether the lottery may be repeated where outcomes are too skewed for Student's interval.
    """

    adjustment: str = "auto"
    winsor_rate: float = 0.0
    redraws: bool = True


DEFAULT = Choices()


@dataclass(frozen=True)
class Comparison:
    """Both arms of one outcome, and what each of n rows contributes to the error of their difference.

    `chance` is every row's of being treated, None where it is the same for all.
    """

    treated: Arm
    control: Arm
    is_treated: BoolArray
    influence: FloatArray
    units: IntArray
    chance: FloatArray | None
    freedom: float
    words: tuple[str, ...]

    @property
    def value(self) -> float:
        return self.treated.mean - self.control.mean

    @property
    def error(self) -> float:
        return float(np.sqrt(unit_square(self.influence, self.units)))

    @property
    def is_known(self) -> bool:
        return min(self.treated.unit_count, self.control.unit_count) >= 2


@dataclass(frozen=True)
class Reach:
    """How many standard errors the statistic may stray below and above 0, and to either side alike."""

    below: float
    above: float
    either: float
    word: str


def compare_arms(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    probability: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    choices: Choices = DEFAULT,
) -> Comparison:
    """Fit both arms; arguments and errors as of `ml.measuring.lift.estimate_lift`."""
    amount, is_treated = np.asarray(outcome, dtype=float), np.asarray(treated, dtype=bool)
    check(amount, is_treated, choices)
    chance = differing_chance(probability, is_treated)
    weight = np.ones(len(amount)) if chance is None else 1 / np.where(is_treated, chance, 1 - chance)
    units = unit_codes(cluster, len(amount))
    amount, cut = winsorise(amount, choices.winsor_rate)
    table = complete_covariates(covariates, len(amount))
    adjustment = choose_adjustment(table, is_treated, units, choices.adjustment)
    if adjustment == "cuped":
        amount = amount - table @ pooled_slopes(amount, table, is_treated, weight)
    within = table if adjustment == "regression" else table[:, :0]
    arms = [fit_arm(amount, within, weight, units, member) for member in (is_treated, ~is_treated)]
    weighting = () if chance is None else ("weighted by inverse probability (Hájek)",)
    clustering = () if cluster is None else ("clustered by unit",)
    words = (ADJUSTMENTS[adjustment].format(table.shape[1]), *weighting, *clustering, *cut)
    influence = arms[0].influence - arms[1].influence + drift(within, arms[0], arms[1])
    return Comparison(arms[0], arms[1], is_treated, influence, units, chance, freedom(arms, within, units), words)


def drift(covariates: FloatArray, treated: Arm, control: Arm) -> FloatArray:
    """What slopes that differ between the arms add: the covariates' own mean errs too (Negi and Wooldridge 2021)."""
    return np.asarray(covariates @ (treated.slopes - control.slopes) / len(covariates), dtype=float)


def freedom(arms: list[Arm], covariates: FloatArray, units: IntArray) -> float:
    """Degrees of freedom of the difference (Satterthwaite 1946), on effective units less what was fitted."""
    variances = np.array([unit_square(arm.influence, units) for arm in arms])
    own = np.array([max(arm.effective_count - 1 - covariates.shape[1], 1) for arm in arms])
    return float(variances.sum() ** 2 / (variances**2 / own).sum()) if variances.any() else np.inf


def reach(comparison: Comparison, confidence: float, redraws: bool = True) -> Reach:
    """Quantiles of the statistic: re-randomised where units are few for the outcomes' skewness, else Student's."""
    usual = float(student.ppf(0.5 + confidence / 2, comparison.freedom))
    residual = comparison.treated.residual + comparison.control.residual
    lots = gather_lots(residual, comparison.is_treated, comparison.units, comparison.chance) if redraws else None
    statistics = draw_statistics(lots) if lots is not None and lots.needs_drawing else None
    if statistics is None or not len(statistics):
        return Reach(-usual, usual, usual, STUDENT)
    below, above = np.quantile(statistics, [(1 - confidence) / 2, (1 + confidence) / 2])
    either = float(np.quantile(np.abs(statistics), confidence))
    return Reach(float(below), float(above), either, REDRAWN)


def unit_square(influence: FloatArray, units: IntArray) -> float:
    """Sum over units of the squared sum of their rows' influences: the variance of an estimate by its influences."""
    return float((np.bincount(units, influence) ** 2).sum())


def differing_chance(probability: npt.ArrayLike | None, treated: BoolArray) -> FloatArray | None:
    """Chances of being treated per row; None where all are the same and weights would cancel."""
    if probability is None:
        return None
    chance = np.broadcast_to(np.asarray(probability, dtype=float), treated.shape)
    if not ((chance > 0) & (chance < 1)).all():
        raise ValueError("a probability of being treated must lie within (0, 1)")
    return None if len(chance) == 0 or np.ptp(chance) == 0 else chance


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
    if choices.adjustment not in {"auto", *ADJUSTMENTS}:
        raise ValueError(f"adjustment is auto or one of {', '.join(ADJUSTMENTS)}, not {choices.adjustment}")
