"""Every candidate's effects on rows that it did not learn from, and the choice between them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.experimenting.average import mean_of
from ml.experimenting.learners import Entry
from ml.experimenting.prepared import Prepared
from ml.experimenting.scores import Scores
from ml.learning.metrics import FloatArray
from ml.learning.policy_value import lower_bounds, mean_and_error
from ml.measuring.intervals import Estimate
from ml.models.uplift.folds import Folds

Rows = npt.NDArray[np.bool_]
Policy = Callable[[FloatArray], npt.NDArray[np.intp]]  # net value per row and arm → the arm of each row, 0 for none


@dataclass(frozen=True, eq=False)
class Contestant:
    """effects: n×K changes of the outcome, each from a model that did not see the row; assigned: arm per row under the
    candidate's policy, 0 for none; gain: n unbiased, noisy currency amounts that the policy earns more than no
    treatment; risk: n squared distances of the effects from the doubly robust scores, less those of no effect."""

    entry: Entry
    effects: FloatArray
    assigned: npt.NDArray[np.intp]
    gain: FloatArray
    risk: FloatArray

    @property
    def name(self) -> str:
        return self.entry.name


def value_per_arm(prepared: Prepared, effects: FloatArray, untreated: FloatArray) -> FloatArray:
    """n×(K+1) currency an arm is expected to earn more than the control; untreated: n outcomes without treatment."""
    margin, cost = prepared.margin, prepared.cost
    more = margin[:, 1:] * effects + (margin[:, 1:] - margin[:, :1]) * untreated[:, None] - (cost[:, 1:] - cost[:, :1])
    return np.column_stack([np.zeros(len(prepared)), more])


def contestant(entry: Entry, prepared: Prepared, effects: FloatArray, scores: Scores, decide: Policy) -> Contestant:
    """The candidate's policy and what it earns, on rows its model did not see."""
    assigned = decide(value_per_arm(prepared, effects, scores.untreated))
    gain = scores.net[prepared.rows, assigned] - scores.net[:, 0]
    target = scores.outcome[:, 1:] - scores.outcome[:, :1]
    risk = ((target - effects) ** 2 - target**2).sum(axis=1)
    return Contestant(entry, effects, assigned, gain, risk)


@dataclass(frozen=True, eq=False)
class Counted:
    """Rows of units, each standing for itself."""

    unit: npt.NDArray[np.int64]
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Winner:
    """The best candidate, and whether its policy is certain to earn more than no treatment."""

    contestant: Contestant
    is_certain: bool


def choose(contestants: list[Contestant], unit: npt.NDArray[np.int64], rows: Rows, confidence: float) -> Winner:
    """The rule of the daily tournament without an incumbent, on some of the rows.

    Certain is who earns more than nothing by a lower bound that holds for all candidates at once (`lower_bounds`). Of
    the certain ones (of all, where there is none) who do not earn clearly less than the one who earns most, the
    smallest risk wins: where policies earn alike (say because everybody is treated under each) their effects still
    differ in quality. Source: the risk of Schuler et al. 2018, arXiv 1804.05146; the rule of one standard error of
    Breiman, Friedman, Olshen and Stone 1984.
    """
    gains = np.column_stack([one.gain[rows] for one in contestants])
    bounds = lower_bounds(gains, Counted(unit[rows], np.ones(int(rows.sum()))), confidence)
    certain = [one for one, bound in zip(contestants, bounds, strict=True) if bound > 0]
    field = certain or contestants
    best = max(field, key=lambda one: one.gain[rows].mean())
    alike = [one for one in field if one is best or is_alike(best, one, unit, rows)]
    return Winner(min(alike, key=lambda one: one.risk[rows].mean()), bool(certain))


def is_alike(best: Contestant, other: Contestant, unit: npt.NDArray[np.int64], rows: Rows) -> bool:
    """Whether the other earns less by at most one standard error of the difference."""
    away, error = mean_and_error(best.gain[rows] - other.gain[rows], unit[rows], np.ones(int(rows.sum())))
    return away <= error


@dataclass(frozen=True, eq=False)
class Choice:
    """winner: chosen on all rows; by_fold: who was chosen on the other folds; gain: n amounts that the one chosen on
    the other folds earned; predicted: n×K effects under that choice; ranking: the same less their
    mean in each fold."""

    winner: Winner
    by_fold: tuple[str, ...]
    gain: FloatArray
    ranking: FloatArray
    predicted: FloatArray

    def value(self, unit: npt.NDArray[np.int64], confidence: float) -> Estimate:
        """Currency per row that the best earns more than no treatment, on rows with no part in choosing it."""
        return mean_of(self.gain, unit, confidence)


def run_contest(contestants: list[Contestant], unit: npt.NDArray[np.int64], folds: Folds, confidence: float) -> Choice:
    """Choose on all rows, and once more for each fold on the others, to say what such a choice is worth."""
    gain, predicted = np.zeros(len(unit)), np.zeros_like(contestants[0].effects)
    ranking, names = np.zeros_like(predicted), []
    for _, others in folds:
        chosen = choose(contestants, unit, folds.fold != folds.fold[others[0]], confidence).contestant
        names.append(chosen.name)
        gain[others], predicted[others] = chosen.gain[others], chosen.effects[others]
        ranking[others] = centred(chosen.effects[others])
    everybody = np.ones(len(unit), dtype=bool)
    return Choice(choose(contestants, unit, everybody, confidence), tuple(names), gain, ranking, predicted)


def centred(effects: FloatArray) -> FloatArray:
    """Without the mean of the fold: a fold whose own mean is low is foreseen too high by the others, and would turn a
    ranking across folds round (Forman and Scholz 2010, SIGKDD Explorations 12(1))."""
    away = effects - effects.mean(axis=0)
    return np.where(np.abs(away) <= 1e-9 * (np.abs(effects).max(axis=0) + 1e-300), 0.0, away)
