"""The frontier: against all choices there are, against pymoo's hypervolume, and as deciding uses it."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymoo.indicators.hv import HV

from ml.allocation import Candidates, Limits, Rule
from ml.decide import Decided, decide_promotions
from ml.deciding.chance import Lottery
from ml.deciding.screen import Terms
from ml.planning.day import draw_frontier, weights_of
from ml.planning.evolution import Breeding, breed
from ml.planning.frontier import GOALS, Problem, hypervolume, is_best, spread_weights, sweep
from tests.ml.a_morning import DECIDE, RUN, SHOP, customers, morning, offers, pairs
from warehouse.errors import BadInput

POINTS = {"profit": {"profit": 1.0}, "generous": {"profit": 1.0, "benefit": 2.0}, "clearance": {"stock": 1.0}}
PLAN = {
    "frontier_point": "profit",
    "frontier_points": POINTS,
    "sweep_steps": 2,
    "sample_customers": 100,
    "population": 6,
    "generations": 2,
}


def plan(**changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**(PLAN | changes))


def problem(seed: int = 1, customers: int = 3, offers: int = 3, budget: float = 2.0) -> Problem:
    """Random pairs of two campaigns: profit of either sign, benefit at least what the offer costs."""
    chance = np.random.default_rng(seed)
    who, what = (codes.ravel() for codes in np.meshgrid(range(customers), range(offers), indexing="ij"))
    cost = chance.integers(1, 9, len(who)) / 8
    goals = np.column_stack([chance.integers(-4, 12, len(who)) / 8, cost * 1.5, chance.integers(0, 8, len(who)) / 8])
    candidates = Candidates(who, what, what % 2, what, goals[:, 0], cost)
    limits = Limits(2, 1, np.array([budget, budget]), np.full(offers, np.inf))
    return Problem(candidates, goals, limits)


def all_totals(one: Problem) -> np.ndarray:
    """Totals of every choice within the limits."""
    pairs = one.candidates
    choices = np.array(list(product([False, True], repeat=len(pairs))))
    spend = [(choices * pairs.cost * (pairs.campaign == campaign)).sum(axis=1) for campaign in (0, 1)]
    offers_each = [(choices * (pairs.customer == code)).sum(axis=1) for code in np.unique(pairs.customer)]
    fits = np.all([used <= one.limits.campaign_budget[0] + 1e-9 for used in spend], axis=0)
    fits &= np.all([count <= one.limits.offers_per_customer for count in offers_each], axis=0)
    return choices[fits] @ one.goals


@pytest.mark.parametrize("seed", range(4))
def test_no_choice_there_is_beats_a_point_of_the_exact_frontier(seed: int) -> None:
    one = problem(seed)
    every = all_totals(one)
    weights = spread_weights(4)
    points = sweep(one, weights)
    for totals, weight in zip(points.totals, weights, strict=True):
        assert totals @ weight == pytest.approx((every @ weight).max())
        if weight.min() > 0:
            assert not ((every >= totals).all(axis=1) & (every > totals + 1e-9).any(axis=1)).any()


TOTALS = arrays(float, st.tuples(st.integers(1, 6), st.just(3)), elements=st.integers(-2, 9).map(float))


@given(TOTALS)
def test_hypervolume_is_that_of_pymoo(totals: np.ndarray) -> None:
    assert hypervolume(totals, np.zeros(3)) == pytest.approx(HV(ref_point=np.zeros(3))(-totals))


@given(TOTALS)
def test_beaten_points_add_no_volume_and_unbeaten_ones_do_not_beat_each_other(totals: np.ndarray) -> None:
    best = totals[is_best(totals)]
    assert hypervolume(best, np.full(3, -3.0)) == pytest.approx(hypervolume(totals, np.full(3, -3.0)))
    for first, second in product(range(len(best)), repeat=2):
        assert first == second or (best[first] > best[second]).any()


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 1000))
def test_evolved_policies_keep_to_the_money_the_rules_and_their_own_caps(seed: int) -> None:
    one = problem(seed, customers=8, offers=4, budget=1.5)
    apart = replace(
        one, limits=replace(one.limits, rules=(Rule("exclusion", np.where(one.candidates.offer < 2, 0, -1)),))
    )
    depth = one.candidates.cost / 2
    points, policies = breed(apart, depth, Breeding(6, 2, seed))
    assert len(points) == len(policies) > 0
    assert (points.cost <= 3.0 + 1e-9).all()
    for offers_given, policy in zip(points.offers, policies, strict=True):
        assert offers_given <= 8 * policy.offers_per_customer
        assert policy.budget_share.sum() == pytest.approx(1)
        assert policy.min_depth <= policy.max_depth


def test_evolution_may_move_money_to_where_it_earns_more() -> None:
    who = np.arange(12)
    campaign = who % 2
    goals = np.column_stack([np.where(campaign == 0, 5.0, 0.1), np.ones(12), np.zeros(12)])
    candidates = Candidates(who, campaign, campaign, campaign, goals[:, 0], np.ones(12))
    one = Problem(candidates, goals, Limits(1, 1, np.array([3.0, 3.0]), np.full(2, np.inf)))
    exact = sweep(one, np.array([[1.0, 0.0, 0.0]])).totals[0, 0]
    points, _ = breed(one, np.ones(12), Breeding(8, 3, 1))
    assert exact == pytest.approx(3 * 5 + 3 * 0.1)
    assert points.totals[:, 0].max() > exact


def test_the_same_seed_gives_the_same_points() -> None:
    one, quick = problem(5, customers=4), plan(sweep_steps=0, population=4, generations=2)
    tables = [draw_frontier(one, one.candidates.cost, quick, seed=3) for _ in range(2)]
    pd.testing.assert_frame_equal(tables[0], tables[1])


def test_the_table_names_points_and_compares_both_methods_in_one_box() -> None:
    one = problem(7, customers=6, offers=4)
    table = draw_frontier(one, one.candidates.cost, plan(frontier_point="generous"), seed=3)
    named = table[table["name"] != ""].set_index("name")
    assert list(named.index) == list(POINTS)
    assert named["is_decided_by"].tolist() == [False, True, False]
    assert named["profit"].idxmax() == "profit"
    assert named["benefit"].idxmax() == "generous"
    assert named["stock"].idxmax() == "clearance"
    assert set(table["method"]) == {"exact", "evolved"}
    assert table.groupby("method")["hypervolume"].nunique().tolist() == [1, 1]
    assert table["hypervolume"].between(0, 1).all()
    assert not table.duplicated(["method", "point"]).any()


def test_a_sample_has_its_share_of_the_money_and_is_scaled_up() -> None:
    one = problem(9, customers=60, offers=3, budget=9.0)
    whole = draw_frontier(one, one.candidates.cost, plan(generations=0), seed=3)
    sampled = draw_frontier(one, one.candidates.cost, plan(generations=0, sample_customers=30), seed=3)
    assert set(sampled["method"]) == {"exact"}
    assert set(sampled["sample_rate"]) == {0.5}
    assert (sampled["cost"] <= 18.0 + 1e-9).all()
    assert sampled["profit"].max() == pytest.approx(whole["profit"].max(), rel=0.2)


def test_without_candidates_nothing_can_be_brought() -> None:
    one = problem()
    none = Problem(one.candidates.take(np.zeros(9, bool)), one.goals[:0], one.limits)
    table = draw_frontier(none, np.zeros(0), plan(), seed=1)
    assert (table[list(GOALS)] == 0).all(axis=None)
    assert set(table["hypervolume"]) == {0.0}


def test_an_unknown_point_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match=r"'rich'; plan\.frontier_points has profit, generous, clearance"):
        weights_of(plan(frontier_point="rich"))


def decided_by(point: str) -> Decided:
    """Two customers, one offer that earns and a deep one that loses a little; one place each."""
    coupons = offers("A", "B", discount_value=[1.0, 2.5])  # 0.10 and 0.1 × (2 - 2.5) = -0.05
    people = customers("1", "2")
    world = morning(people, coupons, pairs=pairs(people, coupons))
    terms = Terms(
        SimpleNamespace(**SHOP),
        SimpleNamespace(**(DECIDE | {"offers_per_customer": 1})),
        plan(frontier_point=point, generations=1),
    )
    return decide_promotions(world, terms, Lottery(b"any key", RUN, 0.0, 0.0))


def test_a_manager_picks_a_point_by_name_and_the_day_is_decided_by_it() -> None:
    assert decided_by("profit").assignments["offer_id"].tolist() == ["A", "A"]
    generous = decided_by("generous")
    assert generous.assignments["offer_id"].tolist() == ["B", "B"]  # -0.05 + 2 × 0.25 beats 0.10 + 2 × 0.10
    assert generous.assignments["expected_margin"].tolist() == pytest.approx([-0.05, -0.05])
    (row,) = generous.frontier[generous.frontier["is_decided_by"]].to_dict("records")
    assert (row["profit"], row["benefit"], row["offer_count"]) == (pytest.approx(-0.1), pytest.approx(0.5), 2)
