"""Whether effects have the size they are said to have: predicted against estimated, by bins of the prediction."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.learning.metrics import bin_places
from ml.learning.uplift_metrics.held_out import Codes, FloatArray, HeldOut
from ml.measuring.intervals import Estimate, quantile_of


@dataclass(frozen=True)
class EffectBin:
    """Rows of similar predicted effect: mean prediction, estimated mean effect with its interval, rows (weighted)."""

    predicted: float
    estimated: float
    low: float
    high: float
    rows: float


@dataclass(frozen=True)
class Calibration:
    """bins: lowest predictions first; error: root mean square distance of prediction and truth over the bins after the
    noise of the estimates is taken off, in the outcome's unit; slope: what one unit more of prediction is worth (1
    right, 0 no difference found, below 0 the wrong way round; not a number where all predictions are equal)."""

    bins: tuple[EffectBin, ...]
    error: float
    slope: Estimate


def effect_scores(
    rows: HeldOut, if_treated: npt.ArrayLike | None = None, if_control: npt.ArrayLike | None = None
) -> FloatArray:
    """One unbiased, noisy effect per row: its mean over any rows chosen by their features is their average effect.

    if_treated, if_control: outcomes a model foresees for each row (a number or n numbers); it must not have seen the
    row. Without them the mean outcome of each arm serves. With known chances any prediction leaves the scores unbiased.
    Source: Robins, Rotnitzky and Zhao 1994, JASA 89, doubly robust form.

    >>> effect_scores(HeldOut.of([0] * 4, [1, 1, 0, 0], [3, 1, 1, 1])).tolist()
    [3.0, -1.0, 1.0, 1.0]
    """
    treated, control = rows.treated / rows.probability, ~rows.treated / (1 - rows.probability)
    said_treated = arm_mean(rows, rows.treated_weight) if if_treated is None else np.asarray(if_treated, dtype=float)
    said_control = arm_mean(rows, rows.control_weight) if if_control is None else np.asarray(if_control, dtype=float)
    surprise = treated * (rows.outcome - said_treated) - control * (rows.outcome - said_control)
    return np.asarray(said_treated - said_control + surprise, dtype=float)


def arm_mean(rows: HeldOut, weight: FloatArray) -> float:
    return float(np.average(rows.outcome, weights=weight))


def calibrate(
    rows: HeldOut, effects: FloatArray | None = None, bins: int = 10, confidence: float = 0.95
) -> Calibration:
    """Compare the score, read as an effect in the outcome's unit, with the effects estimated from the test.

    effects: one unbiased effect per row (`effect_scores`, which serves where none is given). Bins hold about as many
    rows each, equal scores share one; intervals and slope allow for rows of one unit.
    Source: the error is the debiased one of Xu and Yadlowsky 2022, AISTATS, with bins; the slope is the best linear
    predictor of Chernozhukov, Demirer, Duflo and Fernández-Val 2018, NBER 24678, section 3.

    >>> found = calibrate(HeldOut.of([1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0]), bins=2)
    >>> [(one.predicted, one.estimated) for one in found.bins], found.slope.value
    ([(0.0, 0.0), (1.0, 1.0)], 1.0)
    """
    single = effect_scores(rows) if effects is None else effects
    place = bin_places(rows.score, rows.weight, bins)
    table = tuple(make_bin(rows, single, place == one, quantile_of(confidence)) for one in np.unique(place))
    return Calibration(table, debiased_error(table, confidence), slope_of(rows, single, quantile_of(confidence)))


def make_bin(rows: HeldOut, effects: FloatArray, chosen: npt.NDArray[np.bool_], z: float) -> EffectBin:
    weight = rows.weight[chosen]
    mean = float(np.average(effects[chosen], weights=weight))
    error = standard_error((effects[chosen] - mean) * weight, rows.unit[chosen], float(weight.sum()))
    predicted = float(np.average(rows.score[chosen], weights=weight))
    return EffectBin(predicted, mean, mean - z * error, mean + z * error, float(weight.sum()))


def standard_error(influence: FloatArray, unit: Codes, total: float) -> float:
    """Of a sum of influences over `total`, with rows of one unit added up first; not a number with a single unit."""
    _, code = np.unique(unit, return_inverse=True)
    summed = np.bincount(code, influence)
    count = len(summed)
    return float(np.sqrt((summed**2).sum() * count / (count - 1)) / total) if count > 1 else float("nan")


def debiased_error(table: tuple[EffectBin, ...], confidence: float) -> float:
    """Squared distances less the squared standard errors, which are what noise alone adds to them on average."""
    noise = np.array([(one.high - one.low) / 2 for one in table]) / quantile_of(confidence)
    apart = np.array([one.predicted - one.estimated for one in table])
    share = np.array([one.rows for one in table])
    return float(np.sqrt(max(0.0, np.average(apart**2 - noise**2, weights=share))))


def slope_of(rows: HeldOut, effects: FloatArray, z: float) -> Estimate:
    """Weighted least squares of the effects on the score, with a standard error that allows for units."""
    away = rows.score - np.average(rows.score, weights=rows.weight)
    spread = float((rows.weight * away**2).sum())
    if spread <= 0:
        return Estimate(np.nan, np.nan, np.nan)
    slope = float((rows.weight * away * effects).sum() / spread)
    residual = effects - np.average(effects, weights=rows.weight) - slope * away
    error = standard_error(rows.weight * away * residual, rows.unit, spread)
    return Estimate(slope, slope - z * error, slope + z * error)
