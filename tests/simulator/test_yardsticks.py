"""What decisions are held against: the same customers and the same budget for every policy."""

from dataclasses import replace

import numpy as np
import pytest

from simulator import oracle, world, yardsticks
from simulator.calendar import week_number
from simulator.messages import Messages, no_messages
from simulator.offers import active_offers, code_of
from simulator.policy import NO_LIMIT, reachable
from simulator.world import World
from simulator.yardsticks import Yard

NOBODY = np.empty(0, dtype=np.int64)


@pytest.fixture(scope="module")
def shop() -> World:
    return world.create(customers=600, products=120, days=20, seed=3)


@pytest.fixture(scope="module")
def monday(shop: World) -> World:
    from simulator.day import live_day
    from simulator.policy import send_own
    from simulator.records import is_week_start

    while shop.next_day < 15 or not is_week_start(shop, shop.next_day):
        live_day(shop, send_own)
    return shop


def yard(value: list[list[float]], cost: list[list[float]], budget: float) -> Yard:
    values = np.array(value)
    orders = np.arange(len(values), dtype=float)
    limits = np.full(values.shape[1], NO_LIMIT)
    return Yard(np.arange(len(values)), values, np.array(cost), np.array(cost), orders, limits, budget, seed=1, day=0)


def test_the_oracle_takes_the_best_value_for_the_money() -> None:
    of = yard([[5.0, 6.0], [4.0, -1.0], [0.5, 0.4]], [[1.0, 5.0], [1.0, 1.0], [1.0, 1.0]], budget=2.0)
    assert yardsticks.oracle_value(of) == 5.0 + 4.0


def test_without_a_tight_budget_everybody_gets_their_best_or_nothing() -> None:
    of = yard([[5.0, 6.0], [-4.0, -1.0]], [[1.0, 5.0], [1.0, 1.0]], budget=100.0)
    assert yardsticks.oracle_value(of) == 6.0


def test_the_common_rule_gives_the_deepest_offer_to_the_likeliest_buyer() -> None:
    of = yard([[5.0, 6.0], [4.0, -1.0]], [[1.0, 5.0], [1.0, 2.0]], budget=2.0)
    assert yardsticks.propensity_value(of) == -1.0


def test_no_policy_beats_the_oracle_and_doing_nothing_is_worth_nothing(monday: World) -> None:
    values = yardsticks.compare(yardsticks.survey(monday, NOBODY), yardsticks.judge(monday, no_messages()))
    assert values["policy_value"] == values["expected_cost"] == values["nothing_value"] == 0.0
    assert values["oracle_value"] > max(values["uniform_value"], values["propensity_value"], 0.0)
    assert values["budget"] > 0


def test_the_oracles_own_allocation_is_worth_what_it_says(monday: World) -> None:
    of = yardsticks.survey(monday, NOBODY)
    reach = reachable(monday, monday.next_day)
    offers = active_offers(monday.known, monday.catalogue, monday.customers, monday.seed, monday.next_day)
    chosen = yardsticks.choose_best(of)
    given = np.flatnonzero(chosen >= 0)
    codes = np.array([code_of(offer.offer_id) for offer in offers])[chosen[given]]
    decided = Messages(
        reach.rows[given],
        codes,
        reach.channel[given].astype(np.int8),
        np.full(len(given), ""),
        np.full(len(given), 1.0),
    )
    held = monday.state.held_until[decided.rows] >= monday.next_day
    assert not held.any(), "offers of last week have ended on Sunday"
    judged = yardsticks.judge(monday, decided)
    assert judged.worth.sum() == pytest.approx(yardsticks.oracle_value(of))
    assert judged.cost.sum() == pytest.approx(oracle.cost_of(of.cost, chosen).sum())
    assert judged.cost.sum() <= of.budget


def test_of_a_limited_offer_only_its_copies_are_given() -> None:
    of = replace(yard([[5.0, 1.0], [4.0, 3.0], [3.0, 0.5]], [[1.0, 1.0]] * 3, budget=10.0), limits=np.array([1, 99]))
    assert yardsticks.choose_best(of).tolist() == [0, 1, 1]
    assert yardsticks.oracle_value(of) == 5.0 + 3.0 + 0.5
    assert yardsticks.propensity_value(of) == 3.0  # the likeliest buyer, and no copy is left for the others


def test_the_drawn_offer_is_one_the_customer_has_a_use_for() -> None:
    of = yard([[5.0, -9.0], [-9.0, 4.0], [-9.0, -9.0]], [[1.0, 1.0]] * 3, budget=10.0)
    of = replace(of, appeal=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    assert yardsticks.uniform_value(of) == 5.0 + 4.0


def test_the_yardsticks_budget_is_what_the_shop_handed_over(monday: World) -> None:
    from simulator.records import announced_on, campaigns

    week = week_number(monday.known, monday.next_day)
    handed = campaigns(monday, announced_on(monday, week))
    ours = [
        amount
        for name, amount in zip(handed["campaign_id"].to_pylist(), handed["budget"].to_pylist(), strict=True)
        if name.startswith(f"w{week:03}")
    ]
    assert yardsticks.survey(monday, NOBODY).budget == sum(ours) > 0


def test_who_is_held_out_is_out_of_every_yardstick(monday: World) -> None:
    everybody = np.arange(len(monday.people))
    of = yardsticks.survey(monday, everybody[: monday.registered(monday.next_day) // 2])
    assert len(of.value) < len(yardsticks.survey(monday, NOBODY).value)
