"""Treating within a budget by hand and by property, and doubly robust values against what is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from ml.learning.policy_value import (
    ArmScores,
    choose_arms,
    compare_policies,
    doubly_robust_scores,
    lower_bounds,
    mean_and_error,
    net_scores,
    treat_within_budget,
    value_policy,
)
from ml.models.uplift.trial import Trial
from warehouse.errors import BadInput

amounts = st.lists(st.tuples(st.integers(-5, 9), st.integers(0, 6)), min_size=1, max_size=12)


def test_best_gain_per_cost_goes_first():
    gain, cost = np.array([10.0, 4.0, 3.0, -1.0]), np.array([10.0, 2.0, 1.0, 1.0])
    assert treat_within_budget(gain, cost, 3 / 4).tolist() == [0, 1, 1, 0]
    assert treat_within_budget(gain, cost, 8 / 4).tolist() == [0.5, 1, 1, 0]
    assert treat_within_budget(gain, cost, None).tolist() == [1, 1, 1, 0]


def test_a_tie_is_shared_alike():
    assert treat_within_budget(np.ones(4), np.ones(4), 0.25).tolist() == [0.25] * 4


def test_a_negative_cost_is_an_error():
    with pytest.raises(BadInput, match="cost of treating is negative"):
        treat_within_budget(np.ones(2), np.array([1.0, -1.0]), 1.0)


@given(amounts, st.integers(0, 20))
def test_never_over_budget_and_more_budget_never_gains_less(rows, budget):
    gain, cost = np.array(rows, dtype=float).T
    gained = []
    for one in (budget, budget + 1):
        share = treat_within_budget(gain, cost, one / len(gain))
        assert (share * cost).sum() <= one + 1e-9
        assert (share[gain <= 0] == 0).all()
        gained.append(share @ gain)
    assert gained[1] >= gained[0] - 1e-9


@given(amounts, st.integers(0, 20), st.randoms())
def test_order_of_rows_does_not_matter(rows, budget, random):
    gain, cost = np.array(rows, dtype=float).T
    order = np.array(random.sample(range(len(gain)), len(gain)))
    share = treat_within_budget(gain, cost, budget / len(gain))
    assert treat_within_budget(gain[order], cost[order], budget / len(gain)) == pytest.approx(share[order])


@given(amounts, st.integers(0, 20))
def test_relaxed_plan_is_the_best_there_is(rows, budget):
    """Against linear programming."""
    gain, cost = np.array(rows, dtype=float).T
    best = linprog(-gain, A_ub=[cost], b_ub=[budget], bounds=(0, 1), method="highs")
    assert treat_within_budget(gain, cost, budget / len(gain)) @ gain == pytest.approx(-best.fun, abs=1e-7)


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=8), st.integers(0, 12))
def test_arms_keep_the_budget_and_none_is_taken_that_loses(rows, budget):
    table = np.array(rows, dtype=float)
    cost, gain = table[:, :2], table[:, 2:] - 3
    chosen = choose_arms(gain, cost, budget / len(table))
    assert (chosen.sum(axis=1) == 1).all()
    assert (chosen[:, 1:] * cost).sum() <= budget + 1e-9
    assert ((chosen[:, 1:] * gain).sum(axis=1) >= 0).all()


def simulated(seed: int, rows: int = 600) -> tuple[Trial, np.ndarray]:
    """Two rows per unit that share their luck; x decides the effect: +2 where positive, −1 else; treating costs 0.5."""
    random = np.random.default_rng(seed)
    unit = np.repeat(np.arange(rows // 2), 2)
    x = random.normal(size=rows)
    chance = np.where(x > 0.5, 0.7, 0.4)
    treated = random.random(rows) < chance
    luck = np.repeat(random.normal(size=rows // 2), 2)
    outcome = 3 * x + np.where(x > 0, 2.0, -1.0) * treated + luck + random.normal(size=rows)
    trial = Trial.of(pd.DataFrame({"x": x}), treated, outcome, probability=chance, cost=0.5 * treated, unit=unit)
    return trial, x


@pytest.mark.parametrize("slope", [3.0, 0.0])  # the second knows nothing of the outcome, and must hold all the same
def test_interval_covers_the_known_value(slope):
    truth = 0.5 * (2.0 - 0.5)
    covered, values = 0, []
    for seed in range(120):
        trial, x = simulated(seed)
        gross = doubly_robust_scores(trial, slope * x, slope * x)
        scores = net_scores(trial, gross, np.full(len(trial), 0.2))
        told = value_policy((x > 0).astype(float), scores, trial, np.full(len(trial), 0.5))
        covered += told.low <= truth <= told.high
        values.append(told.value)
    assert covered >= 106  # 95 % of 120 less three standard errors
    assert np.mean(values) == pytest.approx(truth, abs=4 * np.std(values) / np.sqrt(120))


def test_value_counts_cost_and_rows():
    trial, x = simulated(1)
    told = value_policy(np.full(len(x), 0.5), np.full(len(x), 2.0), trial, np.full(len(x), 3.0))
    assert (told.value, told.total, told.treated_rate, told.planned_cost) == (1.0, 600.0, 0.5, 1.5)
    assert (told.low, told.high) == pytest.approx((1.0, 1.0))


def test_policies_that_treat_alike_differ_by_nothing():
    trial, x = simulated(1)
    scores = doubly_robust_scores(trial, 0 * x, 0 * x)
    share = (x > 0).astype(float)
    assert compare_policies(share, share, scores, trial) == (0.0, 0.0, 0.0)
    value, low, high = compare_policies(share, 1 - share, scores, trial)
    assert low < value < high
    assert low > 0


def test_rows_repeated_within_units_add_no_certainty():
    amount = np.random.default_rng(2).normal(size=50)
    once = mean_and_error(amount, np.arange(50), np.ones(50))
    twice = mean_and_error(np.repeat(amount, 2), np.repeat(np.arange(50), 2), np.ones(100))
    assert twice == pytest.approx(once)


def test_one_lower_bound_is_the_usual_one_and_many_lie_deeper():
    trial, _ = simulated(3)
    gained = np.random.default_rng(1).normal(1.0, 1.0, (len(trial), 8))
    mean, error = mean_and_error(gained[:, 0], trial.unit, trial.weights)
    alone = lower_bounds(gained[:, :1], trial)[0]
    assert alone == pytest.approx(mean - 1.645 * error, abs=0.1 * error)
    assert lower_bounds(gained, trial)[0] < alone - 0.5 * error


def test_value_of_arms_is_right_on_average():
    """Arm 2 is worth 2 where x is 1 and −1 elsewhere; arm 1 is worth 0.5 to everybody."""
    told = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        x, arm = random.integers(0, 2, 300), random.integers(0, 3, 300)
        worth = np.column_stack([np.zeros(300), np.full(300, 0.5), np.where(x == 1, 2.0, -1.0)])
        outcome = worth[np.arange(300), arm] + random.normal(size=300)
        log = ArmScores.of(arm, outcome, np.full((300, 3), 1 / 3), np.zeros((300, 3)), np.arange(300))
        told.append(log.value(np.eye(3)[np.where(x == 1, 2, 1)]))
    values, low, high = np.array(told).T
    assert values.mean() == pytest.approx(0.5 * 2.0 + 0.5 * 0.5, abs=0.1)
    assert ((low <= 1.25) & (high >= 1.25)).sum() >= 52
