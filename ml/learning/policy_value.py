"""What a policy of treating within a budget would have been worth, from a trial: cross-fitted and doubly robust.

Value is the outcome changed minus the cost of treating, against treating nobody. Each row has a doubly robust score
whose mean over any group is an unbiased estimate of the group's average effect, whether or not the expected outcomes in
it are right, as long as the chances of treatment are. Sources: Robins, Rotnitzky and Zhao 1994, JASA 89; Dudík, Erhan,
Langford and Li 2014, Statistical Science 29(4), eq. 3.2; Athey and Wager 2021, Econometrica 89(1), eq. 8.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from ml.learning.metrics import FloatArray
from ml.models.uplift.nuisances import Outcomes
from ml.models.uplift.trial import Trial
from warehouse.errors import BadInput

STEPS = 80


@dataclass(frozen=True)
class PolicyValue:
    """`value` per row with its interval, `total` over the rows, both in the outcome's unit and net of cost.

    `treated_rate` is the share of rows treated, `planned_cost` what they were expected to cost per row of all rows.
    """

    value: float
    low: float
    high: float
    total: float
    error: float
    treated_rate: float
    planned_cost: float


def doubly_robust_scores(trial: Trial, untreated: FloatArray, treated: FloatArray) -> FloatArray:
    """Γ of n rows in the outcome's unit, before any cost: see Outcomes.scores.

    `untreated` and `treated` are the expected outcomes μ₀ and μ₁ by models that did not see the row.

    >>> import pandas as pd
    >>> trial = Trial.of(pd.DataFrame({"x": [0.0, 1]}), [True, False], [3.0, 1.0], probability=0.5)
    >>> doubly_robust_scores(trial, np.array([1.0, 1.0]), np.array([2.0, 2.0])).tolist()
    [3.0, 1.0]
    """
    return Outcomes(untreated, treated).scores(trial)


def net_scores(trial: Trial, gross: FloatArray, planned_cost: FloatArray) -> FloatArray:
    """Scores of the effect on the outcome minus those of the cost, ĉ + w (c − ĉ) / e; untreated rows pay nothing."""
    paid = planned_cost + np.where(trial.treated, (trial.cost - planned_cost) / trial.probability, 0)
    return gross - paid


def treat_within_budget(
    gain: FloatArray, cost: FloatArray, budget_per_row: float | None, weight: FloatArray | None = None
) -> FloatArray:
    """The share of each of n rows to treat, 0-1: best gain per unit of cost first, until the budget is planned.

    `gain` is the effect's worth minus `cost`, both per row in one currency; a row whose gain is not positive is not
    treated. `budget_per_row` times the rows is what may be planned, None for no limit. Rows alike in gain per cost
    share what is left alike, so the order of rows does not matter. BadInput where a cost is negative.

    >>> treat_within_budget(np.array([3.0, 1.0, -1.0]), np.array([2.0, 1.0, 1.0]), budget_per_row=0.8).round(3).tolist()
    [1.0, 0.4, 0.0]
    """
    if (cost < 0).any():
        raise BadInput("a cost of treating is negative; what a treatment earns belongs to its effect")
    weight = np.ones(len(gain)) if weight is None else weight
    wanted = gain > 0
    if budget_per_row is None or (cost * weight)[wanted].sum() <= budget_per_row * weight.sum():
        return wanted.astype(float)
    ratio = np.full(len(gain), np.inf)
    np.divide(gain, cost, out=ratio, where=cost > 0)
    level, place = np.unique(np.where(wanted, -ratio, np.inf), return_inverse=True)
    spent = np.bincount(place, np.where(wanted, cost * weight, 0), minlength=len(level))
    left = np.maximum(budget_per_row * weight.sum() - (spent.cumsum() - spent), 0)
    share = np.clip(np.divide(left, spent, out=np.ones(len(level)), where=spent > 0), 0, 1)
    return np.where(wanted, share[place], 0.0)


def value_policy(
    share: FloatArray, scores: FloatArray, trial: Trial, planned_cost: FloatArray, confidence: float = 0.95
) -> PolicyValue:
    """The value of treating `share` (n) of the rows by net doubly robust scores (n), with an interval that is robust to
    rows of one unit being alike.
    """
    value, error = mean_and_error(share * scores, trial.unit, trial.weights)
    reach = quantile(trial.unit, confidence) * error
    weight = trial.weights
    return PolicyValue(
        value,
        value - reach,
        value + reach,
        value * float(weight.sum()),
        error,
        float(np.average(share, weights=weight)),
        float(np.average(share * planned_cost, weights=weight)),
    )


def compare_policies(
    share: FloatArray, other: FloatArray, scores: FloatArray, trial: Trial, confidence: float = 0.95
) -> tuple[float, float, float]:
    """The difference in value per row of two policies on the same rows: estimate, low and high. Rows treated alike
    cancel, so it is known better than either value.
    """
    value, error = mean_and_error((share - other) * scores, trial.unit, trial.weights)
    reach = quantile(trial.unit, confidence) * error
    return value, value - reach, value + reach


def mean_and_error(amount: FloatArray, unit: npt.ArrayLike, weight: FloatArray) -> tuple[float, float]:
    """The weighted mean of n rows and its standard error with rows of a unit taken together.

    Source: Liang and Zeger 1986, Biometrika 73(1), for a mean, with the factor G / (G − 1) for G units.

    >>> mean_and_error(np.array([1.0, 3.0]), [0, 1], np.ones(2))
    (2.0, 1.0)
    """
    mean = float(np.average(amount, weights=weight))
    sums = influences(amount[:, None], unit, weight)[:, 0]
    return mean, float(np.sqrt((sums**2).sum()))


def influences(amounts: FloatArray, unit: npt.ArrayLike, weight: FloatArray) -> FloatArray:
    """Each unit's part in the error of the weighted means of the columns of `amounts` (n×k), shape (units, k)."""
    known, place = np.unique(np.asarray(unit), return_inverse=True)
    mean = np.average(amounts, axis=0, weights=weight)
    centred = (amounts - mean) * (weight / weight.sum())[:, None]
    sums = np.column_stack([np.bincount(place, column, minlength=len(known)) for column in centred.T])
    return sums * np.sqrt(len(known) / max(len(known) - 1, 1))


def quantile(unit: npt.ArrayLike, confidence: float) -> float:
    """Student's quantile for a two-sided interval with one degree of freedom less than there are units."""
    return float(stats.t.ppf((1 + confidence) / 2, max(len(np.unique(np.asarray(unit))) - 1, 1)))


class Weighed(Protocol):
    """Rows that belong to units and stand for as many as their weights say; a Trial is one."""

    @property
    def unit(self) -> npt.NDArray[np.int64]: ...

    @property
    def weights(self) -> FloatArray: ...


def lower_bounds(differences: FloatArray, trial: Weighed, confidence: float = 0.95, seed: int = 0) -> FloatArray:
    """Lower bounds (k) of k mean differences (n×k by row) that hold all at once with the given confidence.

    Whoever picks the best of k takes the luckiest; the bound is as far below as the largest of k errors may reach, by
    draws from their joint normal distribution. Source: Chernozhukov, Chetverikov and Kato 2013, Annals of Stat. 41(6).
    """
    means = np.average(differences, axis=0, weights=trial.weights)
    parts = influences(differences, trial.unit, trial.weights)
    covariance = parts.T @ parts
    error = np.sqrt(np.diag(covariance))
    moves = error > 0
    if not moves.any():
        return means
    correlation = covariance[np.ix_(moves, moves)] / np.outer(error[moves], error[moves])
    drawn = np.random.default_rng(seed).multivariate_normal(np.zeros(moves.sum()), correlation, 4000, method="eigh")
    return means - float(np.quantile(drawn.max(axis=1), confidence)) * error


@dataclass(frozen=True, eq=False)
class ArmScores:
    """Doubly robust scores n×(K+1) of each arm's outcome minus its cost, control first, for rows of `unit` (n)."""

    scores: FloatArray
    unit: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        arm: npt.NDArray[np.int64],
        net_outcome: FloatArray,
        probability: FloatArray,
        expected: FloatArray,
        unit: npt.NDArray[np.int64],
    ) -> "ArmScores":
        """From the arm each row got, its outcome minus cost, the chances and the expected net outcomes (n×(K+1))."""
        rows = np.arange(len(arm))
        scores = expected.copy()
        scores[rows, arm] += (net_outcome - expected[rows, arm]) / probability[rows, arm]
        return cls(scores, unit)

    def value(self, policy: FloatArray, confidence: float = 0.95) -> tuple[float, float, float]:
        """Value per row against control of a policy n×(K+1) whose rows add up to 1: estimate, low and high.

        >>> log = ArmScores(np.array([[0.0, 2.0], [0.0, 4.0]]), np.array([0, 1]))
        >>> log.value(np.array([[0.0, 1.0], [0.0, 1.0]]))[0]
        3.0
        """
        gained = (policy * self.scores).sum(axis=1) - self.scores[:, 0]
        value, error = mean_and_error(gained, self.unit, np.ones(len(gained)))
        reach = quantile(self.unit, confidence) * error
        return value, value - reach, value + reach


def choose_arms(gain: FloatArray, cost: FloatArray, budget_per_row: float | None = None) -> FloatArray:
    """Of K arms the best one for each row, or none, within the budget: n×(K+1) of 0 and 1, control first.

    `gain` is each arm's effect minus `cost` (both n×K). A price on cost, found by halving, is the least at which the
    plan keeps within `budget_per_row` times the rows. Source: Everett 1963, Operations Research 11(3).

    >>> choose_arms(np.array([[1.0, 2.0], [-1.0, -2.0]]), np.array([[1.0, 3.0], [1.0, 3.0]]), 0.5).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    low, high = 0.0, 1.0
    if budget_per_row is None or planned(gain, cost, low) <= budget_per_row:
        return picked(gain, cost, low)
    while planned(gain, cost, high) > budget_per_row and high < np.finfo(float).max / 4:
        high *= 2
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if planned(gain, cost, middle) <= budget_per_row else (middle, high)
    return picked(gain, cost, high)


def picked(gain: FloatArray, cost: FloatArray, price: float) -> FloatArray:
    worth = np.hstack([np.zeros((len(gain), 1)), gain - price * cost])
    chosen = np.zeros(worth.shape)
    chosen[np.arange(len(worth)), np.argmax(worth, axis=1)] = 1
    return chosen


def planned(gain: FloatArray, cost: FloatArray, price: float) -> float:
    return float((picked(gain, cost, price)[:, 1:] * cost).sum() / len(gain))
