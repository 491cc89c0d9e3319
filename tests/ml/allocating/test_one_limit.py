"""One budget for thousands: within a hundredth of a percent of the best, and never less for more money."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.allocation_shop import Shop, make_shop
from ml.allocation import AT_LEAST, Prepared, Resource, Rule, Solution, prepare, solve

SHOP = make_shop(400, 6, seed=3)
ALIKE = replace(make_shop(1, 6, seed=3), customer=np.repeat(np.arange(400), 6), offer=np.tile(np.arange(6), 400))
ALIKE = replace(ALIKE, value=np.tile(ALIKE.value, 400), cost=np.tile(ALIKE.cost, 400))


def prepared(shop: Shop) -> Prepared:
    return prepare(shop.customer, shop.offer, 2, [Rule("scope", shop.offer // 2, 1)])


READY = {id(shop): prepared(shop) for shop in (SHOP, ALIKE)}


def spend_at_most(shop: Shop, budget: float) -> Solution:
    return solve(
        READY[id(shop)], shop.value, [Resource("budget", np.zeros_like(shop.offer), shop.cost, np.array([budget]))]
    )


@given(st.floats(0, 900), st.floats(0, 50), st.sampled_from([SHOP, ALIKE]))
@settings(max_examples=60, deadline=None)
def test_more_budget_never_earns_less(budget: float, more: float, shop: Shop) -> None:
    poorer, richer = spend_at_most(shop, budget), spend_at_most(shop, budget + more)
    assert richer.value >= poorer.value - 1e-9
    assert math.fsum(shop.cost[poorer.is_chosen]) <= budget + 1e-9


@pytest.mark.parametrize("budget", [50.0, 200.0, 400.0])
def test_almost_nothing_is_missed(budget: float) -> None:
    solution = spend_at_most(make_large(), budget)
    assert 0 < solution.value <= solution.bound
    assert solution.gap <= 0.0001


def make_large() -> Shop:
    shop = make_shop(3000, 5, seed=4)
    READY[id(shop)] = prepared(shop)
    return shop


def test_the_shadow_price_is_what_a_little_more_money_earns() -> None:
    low, high = spend_at_most(SHOP, 200.0), spend_at_most(SHOP, 210.0)
    earned = (high.value - low.value) / 10
    assert high.uses[0].shadow_price <= earned * 1.01
    assert low.uses[0].shadow_price >= earned * 0.99


def test_money_nobody_needs_has_no_price() -> None:
    solution = spend_at_most(SHOP, 1e6)
    assert solution.uses[0].shadow_price == 0
    assert solution.gap == 0


def test_negative_costs_pay_for_others() -> None:
    """The first customer's offer earns 2 of cost back, which pays for the second's."""
    ready = prepare(np.array([0, 1]), np.array([0, 0]))
    money = Resource("budget", np.zeros(2, int), np.array([-2.0, 2.0]), np.array([0.0]))
    assert solve(ready, np.array([-1.0, 5.0]), [money]).is_chosen.tolist() == [True, True]


def test_a_minimum_is_met_with_what_costs_least() -> None:
    ready = prepare(np.arange(500), np.zeros(500, int))
    loss = -np.arange(500) / 100
    least = Resource("issue", np.zeros(500, int), 1.0, np.array([200.0]), AT_LEAST)
    solution = solve(ready, loss, [least])
    assert np.flatnonzero(solution.is_chosen).tolist() == list(range(200))
    assert solution.uses[0].shadow_price == pytest.approx(-1.99, abs=0.011)
