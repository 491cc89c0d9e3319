"""How well effects rank and fit the rows they were not learned from, arm by arm."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ml.experimenting.checks import conditional_chance, pair
from ml.experimenting.contest import Choice
from ml.experimenting.prepared import Prepared
from ml.learning.metrics import FloatArray
from ml.learning.uplift_metrics import Calibration, Curve, HeldOut, calibrate, qini_curve, uplift_curve, with_intervals
from ml.measuring.intervals import Estimate, quantile_of


@dataclass(frozen=True, eq=False)
class ArmRanking:
    """metrics: by name, each with its interval; curve: extra outcome per row over the share treated, best first;
    calibration: of the effects as predicted, its slope of the differences between rows."""

    arm: str
    metrics: Mapping[str, Estimate]
    curve: Curve
    qini: Curve
    calibration: Calibration

    @property
    def is_shown(self) -> bool:
        """Whether rows foreseen to gain more did gain more, beyond chance."""
        return bool(self.calibration.slope.low > 0)


def judge_arm(prepared: Prepared, arm: int, choice: Choice, effects: FloatArray, limits: SimpleNamespace) -> ArmRanking:
    """effects: n unbiased, noisy effects of the arm, from the doubly robust scores."""
    ranked = against_control(prepared, arm, choice.ranking[:, arm - 1])
    everybody = as_held_out(prepared, arm, choice.predicted[:, arm - 1])
    sizes = calibrate(everybody, effects, limits.bins)
    slope = calibrate(everybody.ranked_by(choice.ranking[:, arm - 1]), effects, limits.bins).slope
    return ArmRanking(
        arm=prepared.arms[arm],
        metrics=with_intervals(ranked, limits.replicates, limits.seed),
        curve=uplift_curve(ranked),
        qini=qini_curve(ranked),
        calibration=Calibration(sizes.bins, sizes.error, slope),
    )


def against_control(prepared: Prepared, arm: int, score: FloatArray) -> HeldOut:
    """Rows of the arm and of the control, weighted to stand for everybody."""
    rows, log = pair(prepared, arm), prepared.log
    weight = 1 / (log.probability[:, arm] + log.probability[:, 0])
    return HeldOut.of(
        score[rows],
        log.arm[rows] == arm,
        log.outcome[rows],
        conditional_chance(prepared, arm)[rows],
        cost=log.cost[rows],
        unit=log.unit[rows],
        weight=weight[rows],
    )


def as_held_out(prepared: Prepared, arm: int, score: FloatArray) -> HeldOut:
    """All rows, as calibration against given effects wants them: the scores of other arms' rows count too."""
    log = prepared.log
    return HeldOut.of(score, log.arm == arm, log.outcome, log.probability[:, arm], unit=log.unit)


def row_effects(ranking: FloatArray, effects: FloatArray, unit: np.ndarray, confidence: float) -> FloatArray:
    """n×3: effect, low and high of each row: what rows of its rank gained on average, on rows not learned from.

    The best linear predictor of the effect by the ranking: average effect + slope × (rank's own score). A slope below 0
    is noise and counts as 0: then every row has the average effect. Source: Chernozhukov et al. 2018, NBER 24678.

    >>> row_effects(np.array([-1.0, 1, -1, 1]), np.array([0.0, 2, 0, 2]), np.arange(4), 0.95)[:, 0].tolist()
    [0.0, 2.0, 0.0, 2.0]
    """
    design = np.column_stack([np.ones(len(ranking)), ranking - ranking.mean()])
    if np.ptp(ranking) == 0 or np.polyfit(ranking, effects, 1)[0] < 0:
        design = design[:, :1]
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ effects
    influence = design * (effects - design @ fitted)[:, None]
    by_unit = np.column_stack([np.bincount(unit, column) for column in influence.T])
    covariance = inverse @ (by_unit.T @ by_unit) @ inverse
    error = np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design)) * quantile_of(confidence)
    middle = design @ fitted
    return np.column_stack([middle, middle - error, middle + error])
