"""Who forecasts: candidates against each other at past origins; the winner's errors teach agreement and ranges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.learning.contest import Contest, Outcome, decide
from ml.learning.forecast_metrics import coverage, wrmsse
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.backtest import (
    Backtest,
    actuals,
    backtest,
    biggest,
    losses,
    past_origins,
    stacked,
    weights,
)
from ml.models.demand.catalogue import CATALOGUE
from ml.models.demand.hierarchy import PRODUCT, bottom_up, hierarchy_of, sum_up
from ml.models.demand.ranges import Ranges, learn_ranges
from ml.models.demand.series import Panel, recent_value
from ml.models.demand.serving import BOTTOM_UP, MINT, Agreement, Served, agree, forecaster, keys_of, spread_weeks


@dataclass(frozen=True)
class Terms:
    """The numbers of ml/params.yml that a contest for demand follows."""

    recipes: Mapping[str, Recipe]
    levels: Sequence[str] = ()
    quantiles: Sequence[float] = (0.1, 0.5, 0.9)
    origins: int = 3
    contest_series: int = 300
    group_learners: Sequence[str] = ("ses", "theta")
    win_rate: float = 0.9
    replicates: int = 200
    confidence: float = 0.95
    seed: int = 0


@dataclass(frozen=True)
class Contested:
    outcome: Outcome
    origins: tuple[int, ...]
    winner: Backtest


def hold(panel: Panel, horizon: int, terms: Terms, incumbent: str | None = None) -> Contested:
    """The winner by value-weighted RMSSE at past origins; local methods compete on the series that sell most.

    Raises NotAvailable where the history is too short for a single origin.
    """
    origins = past_origins(panel, horizon, terms.origins)
    rows = biggest(panel, terms.contest_series)
    part = panel.take(rows)
    found, loss = {}, {}
    for name, recipe in terms.recipes.items():
        is_global = CATALOGUE.class_of(name).is_global  # type: ignore[attr-defined]
        found[name] = backtest(forecaster, recipe, panel if is_global else part, origins, horizon)
        own = Backtest(origins, found[name].means[:, rows]) if is_global else found[name]
        loss[name] = losses(part, own)
    floors = [name for name in CATALOGUE.floors if name in loss]
    contest = Contest(
        loss, floors, incumbent, terms.win_rate, terms.replicates, terms.confidence, terms.seed, weights(part, origins)
    )
    outcome = decide(contest)
    winner = found[outcome.name]
    if winner.means.shape[1] < len(panel.ids):
        winner = backtest(forecaster, terms.recipes[outcome.name], panel, origins, horizon)
    return Contested(outcome, origins, winner)


def serve(panel: Panel, horizon: int, terms: Terms, held: Contested, weekly: FloatArray | None = None) -> Served:
    """Fit the winner on everything known, and learn agreement and ranges from its errors at past origins.

    `weekly` are means of weeks at the same origins (origins × N × weeks), to which daily ones are made to add up.
    """
    served = Served(terms.recipes[held.outcome.name])
    served.winner.learn(panel, horizon)
    served.levels = tuple(terms.levels)
    means, agreement, measured = settle(panel, held.winner, terms)
    if weekly is not None:
        means = np.stack([spread_weeks(mean, week) for mean, week in zip(means, weekly, strict=True)])
    served.agreement = agreement
    served.ranges = {
        level: learn_ranges(*stacked(came, mean), terms.quantiles, len(came))
        for level, (came, mean) in by_level(panel, held.origins, means, terms.levels).items()
    }
    served.measured = {**measured, "coverage_of_last_origin": cover_last(panel, held.origins, means, terms)}
    return served


def settle(panel: Panel, winner: Backtest, terms: Terms) -> tuple[FloatArray, Agreement, dict[str, float]]:
    """Bottom-up or MinT, whichever erred less over all levels at the newest origin; older errors teach MinT."""
    origins, bottom = winner.origins, winner.means
    plain = Agreement()
    if len(origins) < 2 or not terms.levels:
        return bottom, plain, {}
    older = Backtest(origins[:-1], bottom[:-1])
    groups = choose_groups(panel, origins, terms)
    view = panel.cut(origins[-1], bottom.shape[2])
    tried = learn_agreement(panel, older, groups, terms)
    moved = agree(view, hierarchy_of(view, terms.levels), bottom[-1], tried)
    error = {
        BOTTOM_UP: error_of_levels(panel, origins[-1], bottom[-1], terms.levels),
        MINT: error_of_levels(panel, origins[-1], moved, terms.levels),
    }
    measured = {f"wrmsse_of_levels_{name}": round(value, 4) for name, value in error.items()}
    if not error[MINT] < error[BOTTOM_UP]:
        return bottom, plain, measured
    means = np.concatenate([bottom[:-1], moved[None]])
    return means, learn_agreement(panel, winner, groups, terms), measured


def choose_groups(panel: Panel, origins: Sequence[int], terms: Terms) -> Recipe:
    """Who errs least about the groups at the origins."""
    groups = sum_up(panel, hierarchy_of(panel, terms.levels))
    horizon = max(1, panel.known - origins[-1])
    recipes = [Recipe(name, seed=terms.seed) for name in terms.group_learners]
    means = [np.nanmean(losses(groups, backtest(forecaster, one, groups, origins, horizon))) for one in recipes]
    return recipes[int(np.argmin(means))]


def learn_agreement(panel: Panel, found: Backtest, recipe: Recipe, terms: Terms) -> Agreement:
    hierarchy = hierarchy_of(panel, terms.levels)
    groups = sum_up(panel, hierarchy)
    horizon = found.means.shape[2]
    upper = backtest(forecaster, recipe, groups, found.origins, horizon).means
    errors = [actuals(groups, found.origins, horizon) - upper, actuals(panel, found.origins, horizon) - found.means]
    wide = np.concatenate(errors, axis=1).transpose(1, 0, 2).reshape(len(groups.ids) + len(panel.ids), -1)
    return Agreement(MINT, recipe, np.concatenate([keys_of(hierarchy), panel.ids]), wide)


def by_level(
    panel: Panel, origins: Sequence[int], means: FloatArray, levels: Sequence[str]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """What came and the means of each level (origins × series × H)."""
    hierarchy = hierarchy_of(panel, levels)
    came = actuals(panel, origins, means.shape[2])
    found = {PRODUCT: (came, means)}
    upper = [np.stack([bottom_up(hierarchy, one) for one in part]) for part in (came, means)]
    for level in dict.fromkeys(hierarchy.levels):
        own = hierarchy.levels == level
        found[level] = (upper[0][:, own], upper[1][:, own])
    return found


def error_of_levels(panel: Panel, origin: int, bottom: FloatArray, levels: Sequence[str]) -> float:
    """The mean over levels of WRMSSE at an origin, as the M5 competition weighs levels alike."""
    errors = wrmsse_by_level(panel, origin, bottom, levels)
    return float(np.mean([value for value in errors.values() if np.isfinite(value)]))


def wrmsse_by_level(panel: Panel, origin: int, bottom: FloatArray, levels: Sequence[str]) -> dict[str, float]:
    """WRMSSE of each level when its means are the sums of product means (N × H)."""
    value = recent_value(panel.cut(origin, 0))
    found = by_level(panel, [origin], bottom[None], levels)
    past = by_level(panel, [0], panel.y[None, :, :origin], levels)
    hierarchy = hierarchy_of(panel, levels)
    worth = {level: hierarchy.sums[hierarchy.levels == level] @ value for level in dict.fromkeys(hierarchy.levels)}
    worth[PRODUCT] = value
    return {level: wrmsse(came[0], mean[0], past[level][1][0], worth[level]) for level, (came, mean) in found.items()}


def cover_last(panel: Panel, origins: Sequence[int], means: FloatArray, terms: Terms) -> dict[str, float]:
    """Share of what came after the newest origin that lay within ranges learned at the older ones, by level."""
    if len(origins) < 2:
        return {}
    found = {}
    for level, (came, mean) in by_level(panel, origins, means, terms.levels).items():
        ranges = learn_ranges(*stacked(came[:-1], mean[:-1]), terms.quantiles, len(came) - 1)
        found[level] = round(cover(ranges, came[-1], mean[-1]), 4)
    return found


def cover(ranges: Ranges, came: FloatArray, mean: FloatArray) -> float:
    """Share of what came (N × H) between the lowest and the highest quantile."""
    quantiles = ranges.quantiles(mean)
    return coverage(came, quantiles[:, :, 0], quantiles[:, :, -1])
