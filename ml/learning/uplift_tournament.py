"""Which learner of effects is used: first the one that errs least about them, then whose policy is worth more.

Every candidate is fitted without the rows it is judged on: where rows have days, the newest of them judge and all
whose labels had closed before teach; otherwise units are cross-fitted. Its effects become a policy (best gain per unit
of cost within the budget), valued by the same doubly robust scores for all. Then

    1. with an incumbent: the best candidate takes its place only if the lower bound of the difference is above zero. Of
       those that pass and whose value lies within one standard error of the winner's, the one with the least error of
       effects serves: their values cannot be told apart, and allocation reads effects for how large they are, not for
       their order alone (one standard error: Breiman et al. 1984, section 3.4.3);
    2. without: of the candidates whose effects are certainly nearer to the truth than no effect at all, and whose
       policy is not estimated to lose, the one with the least error. Distances of effects from doubly robust scores
       tell candidates apart with far fewer rows than values of policies do, because every row speaks and not only
       those at the edge of being treated (the error: Nie and Wager 2021);
    3. otherwise nothing is offered: `none`.

Lower bounds hold for all candidates at once, because the best of many is also the luckiest.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.learning.policy_value import (
    PolicyValue,
    doubly_robust_scores,
    lower_bounds,
    net_scores,
    treat_within_budget,
    value_policy,
)
from ml.models.contract import Recipe
from ml.models.uplift import catalogue
from ml.models.uplift.bins import EffectBins
from ml.models.uplift.contract import Learner
from ml.models.uplift.folds import Folds, NewestRows, Parts, Positions
from ml.models.uplift.model import UpliftModel
from ml.models.uplift.nuisances import outcomes_by_arm, planned_costs
from ml.models.uplift.shape import DepthShape
from ml.models.uplift.trial import Baseline, Trial
from ml.models.uplift.use import Use, extend_with, foresee_use
from warehouse.errors import BadInput

NONE = "none"
SHAPE_ROWS = 2_000  # enough for an average effect at each depth


@dataclass(frozen=True)
class Terms:
    """What a tournament goes by: candidates with their recipes, the budget and the numbers of ml/params.yml.

    `budget_per_row` is planned cost per row of the trial, None for no limit; `outcome_value` is what one unit of the
    outcome is worth in the currency of the costs; `message_cost` is paid for every row treated, in that currency, and
    is no part of the budget, as in deciding.
    """

    recipes: Mapping[str, Recipe]
    settings: Mapping[str, Any]
    budget_per_row: float | None = None
    outcome_value: float = 1.0
    message_cost: float = 0.0
    validation_rate: float = 0.3
    horizon_days: int = 0
    folds: int = 5
    confidence: float = 0.95
    bins: int = 10
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Arena:
    """The rows candidates are judged on (`judged` of the trial's n), their net scores and what treating them costs."""

    trial: Trial
    parts: Parts
    judged: Positions
    gross: FloatArray
    scores: FloatArray
    planned_cost: FloatArray
    is_open: npt.NDArray[np.bool_]

    @property
    def rows(self) -> Trial:
        return self.trial.take(self.judged)


@dataclass(frozen=True, eq=False)
class Standing:
    """How a candidate did: its effects on the judged rows (m), the share of each it would treat, and their value.

    `low_against_incumbent` is a lower bound of the difference in value per row, `low_nearer` of how much less its
    effects err than no effect (squared currency per row); they hold for all candidates at once.
    `fit_seconds` of processor time leave out what an earlier candidate had already worked out.
    """

    name: str
    effect: FloatArray = field(repr=False)
    share: FloatArray = field(repr=False)
    value: PolicyValue
    fit_seconds: float
    low_nearer: float = np.nan
    low_against_incumbent: float = np.nan
    effect_error: float = np.nan

    def as_json(self) -> dict[str, Any]:
        """What the same rows always give: how long it took is no part of a version."""
        numbers = {**vars(self.value), "low_nearer": self.low_nearer}
        if np.isfinite(self.effect_error):
            numbers["effect_error"] = self.effect_error
        if np.isfinite(self.low_against_incumbent):
            numbers["low_against_incumbent"] = self.low_against_incumbent
        return {"name": self.name, **{name: round(float(value), 6) for name, value in numbers.items()}}


@dataclass(frozen=True)
class Choice:
    """The candidate in use from now on, whether it is new, and why in a sentence."""

    name: str
    is_new: bool
    reason: str


@dataclass(frozen=True, eq=False)
class Result:
    """`standings` best first; `model` is the chosen learner fitted on every row, for each outcome."""

    choice: Choice
    standings: tuple[Standing, ...]
    model: UpliftModel
    arena: Arena

    def card(self) -> dict[str, Any]:
        """What was chosen, why, and how the others did, as plain JSON."""
        return {
            "choice": vars(self.choice),
            "is_observational": self.arena.trial.is_observational,
            "judged_rows": len(self.arena.judged),
            "standings": [one.as_json() for one in self.standings],
            "model": self.model.card(),
        }


def run_tournament(
    trial: Trial,
    terms: Terms,
    *,
    primary: str = "margin",
    others: Mapping[str, FloatArray] | None = None,
    day: npt.ArrayLike | None = None,
    incumbent: str | None = None,
    planned_cost: FloatArray | None = None,
    least_cost: FloatArray | None = None,
    baseline: Baseline | None = None,
) -> Result:
    """Judge every candidate of the terms on a trial and fit the winner on all of it, for each outcome.

    `others` are further outcomes of the same n rows (orders, revenue) the winner is fitted for too; `day` (n) makes the
    newest rows judge; `incumbent` is the name of the learner in use; `planned_cost` (n) is what treating a row is
    expected to cost where the caller knows, and is estimated from treated rows where not; rows planned to cost less
    than `least_cost` (n) cannot be treated. BadInput where the incumbent is no candidate. Given the seed the result
    is always the same.
    """
    if incumbent is not None and incumbent not in {*terms.recipes, NONE}:
        raise BadInput(f"the incumbent {incumbent} is not among the candidates: {', '.join(terms.recipes)}")
    with threadpool_limits(1):
        arena = prepare_arena(trial, terms, day, planned_cost)
        if least_cost is not None:
            arena = replace(arena, is_open=arena.planned_cost >= least_cost[arena.judged])
        standings = with_bounds(judge_all(arena, terms, baseline), arena, terms, incumbent)
        choice = choose(standings, incumbent)
        model = fit_chosen(choice.name, {primary: trial.outcome, **(others or {})}, arena, terms, baseline, standings)
    return Result(choice, tuple(sorted(standings, key=lambda one: -one.value.value)), model, arena)


def prepare_arena(
    trial: Trial, terms: Terms, day: npt.ArrayLike | None = None, planned_cost: FloatArray | None = None
) -> Arena:
    """Decide which rows teach and which judge, and give the judging ones doubly robust scores."""
    newest = None if day is None else NewestRows.of(day, terms.validation_rate, terms.horizon_days)
    if newest is not None and not teaches(trial, newest.known):
        newest = None
    parts: Parts = newest or Folds.of(trial.unit, terms.folds, terms.seed)
    X = Encoding.fit(trial.features).apply(trial.features)
    expected = outcomes_by_arm(X, trial, parts, terms.settings)
    cost = planned_costs(X, trial, parts, terms.settings) if planned_cost is None else planned_cost
    judged = np.flatnonzero(np.isfinite(expected.treated))
    gross = doubly_robust_scores(trial, expected.untreated, expected.treated) * terms.outcome_value
    net = net_scores(trial, gross, cost) - terms.message_cost
    return Arena(trial, parts, judged, gross[judged], net[judged], cost[judged], np.ones(len(judged), dtype=bool))


def teaches(trial: Trial, rows: Positions) -> bool:
    treated = trial.treated[rows]
    return bool(treated.any() and not treated.all())


def judge_all(arena: Arena, terms: Terms, baseline: Baseline | None) -> list[Standing]:
    """Fit every candidate without the rows it is judged on; those of one part share what they expect of its rows."""
    recipes = {NONE: catalogue.recipe_of(NONE, terms.settings, terms.seed), **terms.recipes}
    effects = {name: np.full(len(arena.trial), np.nan) for name in recipes}
    seconds = dict.fromkeys(recipes, 0.0)
    for rows, others in arena.parts:
        lesson, use = foresee_use(arena.trial.take(rows), terms.settings, terms.seed)
        asked = extend_with(use, arena.trial.features.iloc[others])
        more = with_use(baseline, use)
        for name, recipe in recipes.items():
            started = time.process_time()
            effects[name][others] = catalogue.make(recipe).fit(lesson, more).effect(asked)
            seconds[name] += time.process_time() - started
    return [judge(name, effects[name][arena.judged], seconds[name], arena, terms) for name in recipes]


def with_use(baseline: Baseline | None, use: Use | None) -> Baseline | None:
    return replace(baseline, features=extend_with(use, baseline.features)) if baseline and use else baseline


def judge(name: str, effect: FloatArray, seconds: float, arena: Arena, terms: Terms) -> Standing:
    """Value the policy that a candidate's effects on the judged rows make."""
    rows, cost = arena.rows, arena.planned_cost
    gain = np.where(arena.is_open, effect * terms.outcome_value - cost - terms.message_cost, -np.inf)
    share = treat_within_budget(gain, cost, terms.budget_per_row, rows.weights)
    value = value_policy(share, arena.scores, rows, cost, terms.confidence)
    return Standing(name, effect, share, value, seconds, effect_error=error_of(effect, arena, terms))


def error_of(effect: FloatArray, arena: Arena, terms: Terms) -> float:
    """Mean squared distance of effects from doubly robust scores over the rows that can be treated: up to a constant
    that is the same for all candidates, that of the effects from the true ones."""
    if not arena.is_open.any():
        return float("nan")
    distance = (arena.gross - effect * terms.outcome_value)[arena.is_open]
    return float(np.average(distance**2, weights=arena.rows.weights[arena.is_open]))


def with_bounds(standings: list[Standing], arena: Arena, terms: Terms, incumbent: str | None) -> list[Standing]:
    """Lower bounds of each candidate's value against the incumbent's, and of its error against that of no effect."""
    rows = arena.rows
    moved = np.column_stack([one.effect for one in standings]) * terms.outcome_value
    nearer = np.where(arena.is_open[:, None], (2 * arena.gross[:, None] - moved) * moved, 0.0)
    low_nearer = lower_bounds(nearer, rows, terms.confidence, terms.seed)
    against = np.full(len(standings), np.nan)
    if incumbent is not None:
        gained = np.column_stack([one.share for one in standings]) * arena.scores[:, None]
        held = [one.name for one in standings].index(incumbent)
        against = lower_bounds(gained - gained[:, [held]], rows, terms.confidence, terms.seed)
    return [
        replace(one, low_nearer=float(near), low_against_incumbent=float(held_low))
        for one, near, held_low in zip(standings, low_nearer, against, strict=True)
    ]


def choose(standings: list[Standing], incumbent: str | None) -> Choice:
    """The rules at the head of this module, with the reason in a sentence."""
    ranked = sorted(standings, key=lambda one: -one.value.value)
    return choose_first(ranked) if incumbent is None else challenge(ranked, incumbent)


def choose_first(ranked: list[Standing]) -> Choice:
    """Who serves where nobody did."""
    informed = [one for one in ranked if one.low_nearer > 0 and one.value.value > 0]
    if not informed:
        return Choice(NONE, True, "no candidate's effects are certainly nearer to the truth than no effect, at a gain")
    serves = min(informed, key=lambda one: one.effect_error)
    value = f"its policy is worth {serves.value.value:.4g} a row ({serves.value.low:.4g} to {serves.value.high:.4g})"
    return Choice(serves.name, True, f"{serves.name} errs least about effects, certainly less than no effect; {value}")


def challenge(ranked: list[Standing], incumbent: str) -> Choice:
    """Who serves from now on where somebody did."""
    better = [one for one in ranked if one.name != incumbent and one.low_against_incumbent > 0]
    if not better:
        return Choice(incumbent, False, "no candidate is certainly worth more than the one in use")
    serves = most_accurate(better[0], better)
    reason = f"{better[0].name} is worth at least {better[0].low_against_incumbent:.4g} a row more than {incumbent}"
    if serves.name != better[0].name:
        reason += f"; {serves.name} cannot be told from it in value and errs less about effects"
    return Choice(serves.name, True, reason)


def most_accurate(winner: Standing, standings: list[Standing]) -> Standing:
    """Of the candidates within one standard error of the winner's value, the one with the least error of effects."""
    least = max(winner.value.value - winner.value.error, 0.0)
    alike = [one for one in standings if one.value.value > least and np.isfinite(one.effect_error)]
    return min([*alike, winner], key=lambda one: one.effect_error if np.isfinite(one.effect_error) else np.inf)


def fit_chosen(
    name: str,
    outcomes: Mapping[str, FloatArray],
    arena: Arena,
    terms: Terms,
    baseline: Baseline | None,
    standings: list[Standing],
) -> UpliftModel:
    """The winner on every row, for each outcome; the interval of the first comes from rows it did not see."""
    recipe = terms.recipes.get(name) or catalogue.recipe_of(name, terms.settings, terms.seed)
    primary, *rest = outcomes
    trial, use = foresee_use(arena.trial, terms.settings, terms.seed)
    learners = {primary: catalogue.make(recipe).fit(trial, with_use(baseline, use))}
    for outcome in rest:
        # the baseline rows tell only the primary outcome
        learners[outcome] = catalogue.make(recipe).fit(trial.with_outcome(outcomes[outcome]))
    effect = next(one.effect for one in standings if one.name == name)
    scores = arena.gross / terms.outcome_value
    bins = EffectBins.fit(effect, scores, arena.rows.unit, terms.bins, terms.confidence)
    return UpliftModel(learners, primary, bins, shapes_of(learners, arena.trial.features, terms, use), use)


def shapes_of(
    learners: Mapping[str, Learner], features: pd.DataFrame, terms: Terms, use: Use | None
) -> dict[str, DepthShape]:
    """Bend each learner's response to depth where depth is a feature that varies, on an even sample of the rows."""
    known = [name for name in terms.settings.get("depth_features", ()) if name in features and features[name].max() > 0]
    if not known or features[known[0]].nunique() < 2:
        return {}
    sample = features.iloc[:: max(len(features) // SHAPE_ROWS, 1)]

    def ask(learner: Learner) -> Callable[[pd.DataFrame], FloatArray]:
        # a deeper offer is also used more
        return lambda rows: learner.effect(extend_with(use, rows))

    return {outcome: DepthShape.fit(known[0], sample, ask(learner)) for outcome, learner in learners.items()}
