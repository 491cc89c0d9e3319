"""What another policy would have earned, read from the log of the one that ran, where every decision's chance is known.

With w the target's probability of the logged action by the logging policy's, r the reward, q a model's expected reward
and q̄ its mean over the target's actions:

    ips        mean of w r                               Horvitz and Thompson 1952
    snips      sum of w r by sum of w                    Swaminathan and Joachims 2015, eq. 9
    dm         mean of q̄                                 as wrong as the model
    dr         mean of q̄ + w (r - q)                     Dudík et al. 2014, eq. 3
    switch_dr  the same where w is at most a limit, q̄ elsewhere     Wang et al. 2017, eq. 8; its interval
               reaches further by as much as the rows left out find the model wrong

Where the log cannot answer it says so instead of giving a number (`refuse`).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from ml.measuring.adjustment import FloatArray
from ml.measuring.decision_log import Log
from ml.measuring.resampling import Scores, draw_statistics

ESTIMATORS = ("ips", "snips", "dm", "dr", "switch_dr")
MODELLED = ("dm", "dr", "switch_dr")
MODEL_ONLY = "rests on the reward model alone; its interval knows nothing of the model's error"
SWITCH_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.0)
CLIPPED = "weights above {limit:g} were cut, which makes the value too small where rewards are positive"
SWITCHED = "{share:.1%} of what the target would do rests on the reward model alone"


@dataclass(frozen=True)
class Limits:
    """When the log is no answer, and how weights are tamed.

    `effective_count` is the least number of equally weighted units (Kish 1965), `weight_share` the most that one unit
    may weigh, `sure` the confidence at which a mean weight other than 1 is called a violation of support;
    `clip` cuts weights (ips, snips, dr), `switch` is where switch_dr goes over to the model (None: chosen by the data).
    """

    effective_count: float = 100.0
    weight_share: float = 0.1
    sure: float = 0.999
    clip: float = np.inf
    switch: float | None = None


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Evaluation:
    """Mean reward per decision under the target policy; not a number, with the reason in `refusal`, where refused."""

    estimator: str
    value: float
    low: float
    high: float
    effective_count: float
    largest_weight_share: float
    mean_weight: float
    row_count: int
    unit_count: int
    caveat: str = ""
    refusal: str = ""

    @property
    def is_reported(self) -> bool:
        return not self.refusal


def evaluate(log: Log, estimator: str, limits: Limits = DEFAULT_LIMITS, confidence: float = 0.95) -> Evaluation:
    """Value of the target policy by one of ESTIMATORS, or a refusal.

    The interval comes from drawing weights and rewards anew (ml/measuring/resampling.py), over units, and is nowhere
    narrower than Student's on as many degrees of freedom as there are effective units. Raises ValueError for an unknown
    estimator, or one that needs a reward model the log does not have.

    >>> from ml.measuring.decision_log import make_log
    >>> log = make_log(np.tile([1.0, 0.0], 500), np.full(1000, 0.5), np.tile([1.0, 0.0], 500))
    >>> evaluate(log, "ips").value
    1.0
    """
    scores = score(log, estimator, limits)
    empty = Evaluation(estimator, np.nan, np.nan, np.nan, *describe(log, limits), caveat_of(log, estimator, limits))
    if refusal := refuse(log, estimator, empty, limits):
        return replace(empty, refusal=refusal)
    bias = switched_bias(log, limits) if estimator == "switch_dr" else 0.0
    low, high = interval(scores.by_unit(log.units), empty.effective_count, confidence, bias)
    return replace(empty, value=scores.value, low=low, high=high)


def compare_policies(
    first: Log, second: Log, estimator: str, limits: Limits = DEFAULT_LIMITS, confidence: float = 0.95
) -> Evaluation:
    """Value of the first target minus that of the second, paired on the same logged rows.

    Much surer than two intervals where the policies mostly agree. Refused where either is; raises ValueError where the
    logs are of other rows or the estimator is switch_dr, whose biases do not cancel.
    """
    if not (np.array_equal(first.reward, second.reward) and np.array_equal(first.logged, second.logged)):
        raise ValueError("policies are compared on the same logged rows")
    if estimator == "switch_dr":
        raise ValueError("switch_dr leaves out other rows for every policy; compare by dr or snips")
    scores = score(first, estimator, limits) - score(second, estimator, limits)
    both = [evaluate(log, estimator, limits, confidence) for log in (first, second)]
    weaker = min(both, key=lambda found: (found.is_reported, found.effective_count))
    if not weaker.is_reported:
        return weaker
    low, high = interval(scores.by_unit(first.units), weaker.effective_count, confidence)
    return replace(weaker, value=scores.value, low=low, high=high)


def score(log: Log, estimator: str, limits: Limits) -> Scores:
    """What every row says of the target's value; their mean is the estimate."""
    if estimator not in ESTIMATORS:
        raise ValueError(f"an estimator is one of {', '.join(ESTIMATORS)}, not {estimator}")
    if estimator in MODELLED:
        return score_by_model(log, estimator, limits)
    weight, mean = np.minimum(log.weight, limits.clip), float(log.reward.mean())
    residual = log.reward - mean
    if estimator == "ips":
        return Scores(float((weight * log.reward).mean()), weight * mean, weight, residual)
    share = weight / weight.mean() if weight.any() else weight
    value = float((share * log.reward).mean()) if weight.any() else np.nan
    return Scores(value, share * (mean - value) + value, share, residual)


def score_by_model(log: Log, estimator: str, limits: Limits) -> Scores:
    if log.predicted is None or log.predicted_target is None:
        raise ValueError(f"{estimator} needs predictions of a reward model for every action")
    weights = {
        "dm": np.zeros(len(log.reward)),
        "dr": np.minimum(log.weight, limits.clip),
        "switch_dr": np.where(log.weight <= switch_of(log, limits), log.weight, 0.0),
    }
    weight, wrong = weights[estimator], log.reward - log.predicted
    base = log.predicted_target + weight * wrong.mean()
    return Scores(float((log.predicted_target + weight * wrong).mean()), base, weight, wrong - wrong.mean())


def switch_of(log: Log, limits: Limits) -> float:
    """The weight above which switch_dr trusts the model: as given, else where variance plus squared bias is least.

    The bias is what the left-out rows say of the model's error, whose noise counts against leaving them out (Wang et
    al. 2017, section 4, bound it by the range of rewards instead, which heavy tails do not have).
    """
    if limits.switch is not None:
        return limits.switch
    weights = log.weight[log.weight > 0]
    candidates = np.unique(np.quantile(weights, SWITCH_QUANTILES)) if len(weights) else np.array([np.inf])
    return float(candidates[np.argmin([expected_loss(log, float(limit)) for limit in candidates])])


def expected_loss(log: Log, switch: float) -> float:
    variance = score(log, "switch_dr", Limits(switch=switch)).scores.var() / len(log.reward)
    return float(variance + left_out_error(log, switch).mean() ** 2)


def left_out_error(log: Log, switch: float) -> FloatArray:
    assert log.predicted is not None
    return np.where(log.weight > switch, log.weight, 0.0) * (log.reward - log.predicted)


def switched_bias(log: Log, limits: Limits) -> float:
    """How far the model may be off where switch_dr trusts it: what the left-out rows say, and its standard error."""
    error = left_out_error(log, switch_of(log, limits))
    return float(abs(error.mean()) + error.std() / np.sqrt(len(error)))


def interval(scores: Scores, effective_count: float, confidence: float, bias: float = 0.0) -> tuple[float, float]:
    """The wider, on each side, of Student's interval and that of weights and rewards drawn anew; plus a known bias.

    The second borrows the spread of the whole log, which is too little where the target's rewards vary more; the first
    knows only the few rows the target would have chosen, too little where these hardly earned anything.
    """
    error = float(scores.scores.std(ddof=1) / np.sqrt(len(scores)))
    far = float(student.ppf(0.5 + confidence / 2, max(effective_count - 1, 1.0)))
    statistics = draw_statistics(scores)
    ends = (-far, far) if statistics is None else np.quantile(statistics, [(1 - confidence) / 2, (1 + confidence) / 2])
    below, above = max(far, -float(ends[0])), max(far, float(ends[1]))
    return scores.value - above * error - bias, scores.value + below * error + bias


def describe(log: Log, limits: Limits) -> tuple[float, float, float, int, int]:
    """Effective units, largest share of one, mean weight, rows and units; all but the mean of clipped weights."""
    by_unit = np.bincount(log.units, np.minimum(log.weight, limits.clip))
    total = float(by_unit.sum())
    effective = total**2 / float(by_unit @ by_unit) if total else 0.0
    share = float(by_unit.max()) / total if total else 1.0
    return effective, share, float(log.weight.mean()), len(log.reward), len(by_unit)


def refuse(log: Log, estimator: str, found: Evaluation, limits: Limits) -> str:
    """Why no value is given, or nothing: no support, too few effective units, or one unit that decides all."""
    if estimator == "dm":
        return ""
    if not has_support(log, limits.sure):
        return (
            f"the mean weight is {found.mean_weight:.3f} instead of 1: the target takes actions that the log never "
            "takes, or a probability is wrong"
        )
    if found.effective_count < limits.effective_count:
        return f"{found.effective_count:.0f} effective units are fewer than {limits.effective_count:.0f}"
    if found.largest_weight_share > limits.weight_share:
        return f"one unit carries {found.largest_weight_share:.0%} of the weight, more than {limits.weight_share:.0%}"
    return ""


def has_support(log: Log, sure: float) -> bool:
    """Whether the mean weight may be 1, as it is if the logging policy can take every action of the target."""
    weight = log.weight
    away = np.bincount(log.units, weight - weight.mean()) / len(weight)
    error = float(np.sqrt(away @ away))
    return abs(float(weight.mean()) - 1) <= norm.ppf(0.5 + sure / 2) * error + 1e-6


def caveat_of(log: Log, estimator: str, limits: Limits) -> str:
    if estimator == "dm":
        return MODEL_ONLY
    if estimator == "switch_dr":
        untrusted = float(log.weight[log.weight > switch_of(log, limits)].sum())
        return SWITCHED.format(share=untrusted / max(float(log.weight.sum()), 1e-300))
    return CLIPPED.format(limit=limits.clip) if log.weight.max() > limits.clip else ""
