"""Decisions by what an offer changes: the persuadable get it, the sure buy anyway, and the put off are left alone."""

import pandas as pd
import pytest

from tests.ml.a_morning import customers, decided, given, morning, offers, pairs, status_of

PEOPLE, COUPON = customers("lost", "persuadable", "put off", "sure"), offers("A")
# The sure buyer uses the offer most, the persuadable one buys more because of it, the put off buys less.
CHANCES = [0.02, 0.1, 0.3, 0.9]
GAINED = [0.0, 0.5, -0.4, 0.05]
COSTS = [0.02, 0.1, 0.3, 0.9]


def with_effects(margin: list[float], cost: list[float]) -> pd.DataFrame:
    known = {"effect_margin": margin, "effect_cost": cost, "effect_orders": [one / 10 for one in margin]}
    return pairs(PEOPLE, COUPON).assign(propensity=CHANCES, **known)


def test_the_offer_goes_to_whom_it_moves_and_not_to_who_would_use_it() -> None:
    by_response = decided(morning(PEOPLE, COUPON, pairs=pairs(PEOPLE, COUPON).assign(propensity=CHANCES)))
    assert ("sure", "A") in given(by_response)
    by_effect = decided(morning(PEOPLE, COUPON, pairs=with_effects(GAINED, COSTS)))
    assert given(by_effect) == [("persuadable", "A")]
    assert status_of(by_effect) == {
        "lost": "no_profitable_offer",
        "persuadable": "offered",
        "put off": "no_profitable_offer",
        "sure": "no_profitable_offer",
    }


def test_what_is_published_is_what_decided() -> None:
    result = decided(morning(PEOPLE, COUPON, pairs=with_effects(GAINED, COSTS)))
    row, plan = result.assignments.iloc[0], result.offer_plans.iloc[0]
    assert row["expected_incremental_margin"] == pytest.approx(0.5 * (1 - 0.2) - 0.1 - 0.01)
    assert row["expected_uplift"] == pytest.approx(0.05)
    assert row["expected_margin"] == pytest.approx(0.1 * (8 * 0.25 - 1))
    assert row["expected_cost"] == pytest.approx(0.1)
    assert plan["margin_expected"] == pytest.approx(row["expected_incremental_margin"])
    assert plan["cost_expected"] == pytest.approx(0.1)


def test_what_is_only_pulled_forward_is_not_earned() -> None:
    world = morning(PEOPLE, COUPON, pairs=with_effects([0.0, 0.13, 0.0, 0.0], COSTS))
    assert given(decided(world, pull_forward_rate=0.0)) == [("persuadable", "A")]
    assert given(decided(world, pull_forward_rate=0.2)) == []


def test_where_offers_change_nothing_nothing_is_spent() -> None:
    result = decided(morning(PEOPLE, COUPON, pairs=with_effects([0.0] * 4, COSTS)))
    assert result.assignments.empty
    assert result.offer_plans["cost_expected"].tolist() == [0.0]


def test_a_pair_without_an_effect_keeps_its_response() -> None:
    known = with_effects(GAINED, COSTS)
    known.loc[known["customer_id"] == "sure", ["effect_margin", "effect_cost", "effect_orders"]] = None
    result = decided(morning(PEOPLE, COUPON, pairs=known))
    sure = result.assignments.query("customer_id == 'sure'").iloc[0]
    assert given(result) == [("persuadable", "A"), ("sure", "A")]
    assert pd.isna(sure["expected_incremental_margin"])
    assert sure["expected_margin"] == pytest.approx(0.9 * (8 * 0.25 - 1))
