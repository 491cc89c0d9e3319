"""How much of the best possible value each learner of effects finds, in worlds whose effects are known.

Each learner learns from one trial and spends a budget on fresh rows; its value is the true one, not an estimate.
PROMOLIFT_BENCHMARK_UPLIFT_ROWS and PROMOLIFT_BENCHMARK_UPLIFT_SEEDS change the size.
"""

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import stats
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from benchmarks.uplift_worlds import WORLDS, World, build
from ml import parameters
from ml.learning.metrics import FloatArray
from ml.learning.policy_value import treat_within_budget
from ml.learning.uplift_tournament import Terms, run_tournament
from ml.models.uplift import catalogue

ROWS = int(os.environ.get("PROMOLIFT_BENCHMARK_UPLIFT_ROWS") or 30_000)
SEEDS = int(os.environ.get("PROMOLIFT_BENCHMARK_UPLIFT_SEEDS") or 3)
COLUMNS, FRESH_ROWS, FRESH_SEED = 80, 60_000, 1_000
BUDGET_RATE = 0.25  # of what treating every row would cost
LIMIT_SECONDS = 60.0
CHOSEN = "chosen by the tournament"
Told = dict[str, list[tuple[float, float]]]


def run() -> list[Figure]:
    settings = parameters.load().uplift.settings
    figures: list[Figure] = []
    for name in WORLDS:
        told: Told = {}
        for seed in range(SEEDS):
            for learner, figure in measure_world(name, seed, settings):
                told.setdefault(learner, []).append(figure)
        figures += [one for learner, values in told.items() for one in figures_of(name, learner, values)]
    return figures


def measure_world(name: str, seed: int, settings: Mapping[str, Any]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Each learner's share of the best value (of the budget, where the best is to spend nothing) and its seconds."""
    world, fresh = build(name, ROWS, COLUMNS, seed), build(name, FRESH_ROWS, COLUMNS, FRESH_SEED + seed)
    for learner in catalogue.ENTRIES:
        # a trial of its own: learners of one trial share what they expect of its rows
        trial = world.trial.take(np.arange(len(world.trial)))
        started = time.process_time()
        with threadpool_limits(1):
            fitted = catalogue.make(catalogue.recipe_of(learner, settings, seed)).fit(trial)
        seconds = time.process_time() - started
        yield learner, (value_rate(fresh, fitted.effect(fresh.trial.features)), seconds)
    started = time.process_time()
    effect = chosen_effect(world, fresh, settings, seed)
    yield CHOSEN, (value_rate(fresh, effect), time.process_time() - started)


def chosen_effect(world: World, fresh: World, settings: Mapping[str, Any], seed: int) -> FloatArray:
    """What the tournament's choice says of the fresh rows; the last rows judge as if they were the newest."""
    names = parameters.load().uplift.learners
    terms = Terms(
        {name: catalogue.recipe_of(name, settings, seed) for name in names},
        settings,
        budget_per_row=BUDGET_RATE * float(world.cost.mean()),
        seed=seed,
    )
    days = np.datetime64("2026-01-05") + np.arange(len(world.trial)) * 100 // len(world.trial)
    result = run_tournament(world.trial, terms, day=days, planned_cost=world.cost)
    return result.model.effects(fresh.trial.features)["effect_margin"].to_numpy()


def value_rate(fresh: World, effect: FloatArray) -> float:
    """True value of the policy as a share of the best one's; of the budget where the best is to treat nobody."""
    budget = BUDGET_RATE * float(fresh.cost.mean())
    best = true_value(fresh, fresh.effect, budget)
    return true_value(fresh, effect, budget) / (best if best > 0 else budget)


def true_value(world: World, effect: FloatArray, budget: float) -> float:
    share = treat_within_budget(effect - world.cost, world.cost, budget)
    return float((share * (world.effect - world.cost)).mean())


def figures_of(world: str, learner: str, values: list[tuple[float, float]]) -> list[Figure]:
    rates, seconds = np.array(values).T
    mean, half = float(rates.mean()), half_width(rates)
    unit = "share of the best" if world in {"constant", "heterogeneous"} else "of the budget"
    how = f"{SEEDS} seeds, {ROWS:,} rows × {COLUMNS}; mean {mean:.3f} ± {half:.3f} (95 %)"
    limit = None if learner == CHOSEN else LIMIT_SECONDS
    return [
        Figure(f"{world}: {learner}", mean, unit, how_measured=how),
        Figure(
            f"{world}: {learner}, fit", float(seconds.mean()), "s of processor time", target=limit, is_up_good=False
        ),
    ]


def half_width(values: FloatArray) -> float:
    """Half of Student's 95 % interval of the mean; 0 for one value.

    >>> round(half_width(np.array([1.0, 3.0])), 2)
    12.71
    """
    if len(values) < 2:
        return 0.0
    return float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
