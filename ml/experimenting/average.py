"""What each arm changes on average."""

from dataclasses import dataclass

import numpy as np

from ml.experimenting.checks import conditional_chance, pair
from ml.experimenting.prepared import Prepared
from ml.learning.metrics import FloatArray
from ml.learning.policy_value import mean_and_error, quantile
from ml.measuring.intervals import Estimate
from ml.measuring.lift import Choices, Lift, estimate_lift

ROWS_PER_COVARIATE = 20


@dataclass(frozen=True)
class ArmEffect:
    """effect: change of the outcome per row with an interval that holds for all arms together; net: what it earns per
    row, margin and cost counted; control_mean: the outcome without."""

    arm: str
    units: int
    effect: Estimate
    net: Estimate
    control_mean: float
    cost: float
    method: str

    @property
    def is_shown(self) -> bool:
        return not self.effect.low <= 0 <= self.effect.high


def average_effects(
    prepared: Prepared, outcome_scores: FloatArray, net_scores: FloatArray, confidence: float
) -> tuple[ArmEffect, ...]:
    """Each arm against the control, at a confidence that is shared between the arms (Bonferroni).

    Drawn by lot: difference of means, adjusted for the features where rows suffice for it. Else (`needs_scores`) the
    mean of the doubly robust scores, n×(K+1).
    """
    shared = 1 - (1 - confidence) / len(prepared.treatments)
    return tuple(arm_effect(prepared, arm, outcome_scores, net_scores, shared) for arm in prepared.treatments)


def arm_effect(
    prepared: Prepared, arm: int, outcome_scores: FloatArray, net_scores: FloatArray, confidence: float
) -> ArmEffect:
    log = prepared.log
    effect, net = (
        mean_of(scores[:, arm] - scores[:, 0], log.unit, confidence) for scores in (outcome_scores, net_scores)
    )
    known = "estimated" if log.is_observational else "known"
    method, control = f"doubly robust, chances {known}", float(outcome_scores[:, 0].mean())
    if not needs_scores(prepared):
        lift = compare(prepared, arm, log.outcome, confidence)
        effect, method, control = Estimate(lift.value, lift.low, lift.high), lift.method, lift.control_mean
        earned = compare(prepared, arm, prepared.net, confidence)
        net = Estimate(earned.value, earned.low, earned.high)
    units = len(np.unique(log.unit[log.arm == arm]))
    return ArmEffect(prepared.arms[arm], units, effect, net, control, float(prepared.cost[:, arm].mean()), method)


def needs_scores(prepared: Prepared) -> bool:
    """Where chances are estimated; and where they differ between rows of several arms, for then the rows of one arm and
    of the control are not a fair sample of everybody."""
    differs = np.ptp(prepared.log.probability, axis=0).max() > 1e-12
    return prepared.log.is_observational or bool(differs and len(prepared.treatments) > 1)


def compare(prepared: Prepared, arm: int, outcome: FloatArray, confidence: float) -> Lift:
    rows, features = pair(prepared, arm), prepared.encoded.to_numpy(dtype=float)
    treated, unit = prepared.log.arm[rows] == arm, prepared.log.unit[rows]
    smaller = min(len(np.unique(unit[treated])), len(np.unique(unit[~treated])))
    fits = 0 < ROWS_PER_COVARIATE * features.shape[1] <= smaller
    covariates = features[rows] if fits else None
    clusters = unit if len(np.unique(unit)) < len(unit) else None
    chance = conditional_chance(prepared, arm)[rows]
    return estimate_lift(outcome[rows], treated, covariates, chance, clusters, confidence, Choices())


def mean_of(amount: FloatArray, unit: np.ndarray, confidence: float) -> Estimate:
    """Mean of n amounts with an interval that allows for rows of one unit."""
    mean, error = mean_and_error(amount, unit, np.ones(len(amount)))
    margin = quantile(unit, confidence) * error
    return Estimate(mean, mean - margin, mean + margin)
