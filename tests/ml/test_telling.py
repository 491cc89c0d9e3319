"""Reasons of an offer whose effect was learned: what it earns and how surely, why, and what bound the choice."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.decide import Decided, decide_promotions
from ml.deciding.chance import Lottery
from ml.deciding.screen import Terms
from ml.deciding.telling import OBSERVATIONAL, RESPONSE, Explainer
from ml.deciding.world import World
from tests.ml.a_morning import DECIDE, RUN, SHOP, campaigns, contact, customers, morning, offers, pairs

WHY = "Orders in the last 90 days: 12, usually 6: adds about 0.42 USD"


def explain(keys: pd.DataFrame) -> pd.DataFrame:
    """The effect of every pair is 0.5 with an interval of 0.3 around it."""
    count = len(keys)
    return pd.DataFrame(
        {"why": [[WHY]] * count, "is_observational": False, "effect": 0.5, "low": 0.2, "high": 0.8}, index=range(count)
    )


def told(world: World, explainer: Explainer = explain, **changes: float) -> Decided:
    terms = Terms(SimpleNamespace(**SHOP), SimpleNamespace(**(DECIDE | changes)))
    rates = terms.decide.exploration_rate, 0.0, terms.decide.idle_exploration_rate
    lottery = Lottery(b"any key", RUN, 0.0, *rates)
    return decide_promotions(world, terms, lottery, explainer)


def with_effects(people: pd.DataFrame, coupons: pd.DataFrame, margins: list[float], **changes: object) -> World:
    """Effects on the margin, less 0.2 of it that is pulled forward, 0.1 of cost and 0.01 for the message."""
    worth = pairs(people, coupons).assign(effect_orders=0.1, effect_margin=margins, effect_cost=0.1)
    return morning(people, coupons, pairs=worth, **changes)


def reasons(result: Decided) -> list[list[str]]:
    return [text.split("; ") for text in result.assignments["reasons"]]


def test_the_first_sentence_tells_what_is_earned_and_how_surely() -> None:
    result = told(with_effects(customers("1"), offers("A"), [0.5]))
    first, second, *_ = reasons(result)[0]
    earned = "Expected to earn 0.29 USD more than no offer after 0.10 USD of cost"  # 0.5 × 0.8 − 0.1 − 0.01
    assert first == f"{earned} (0.05 to 0.53 USD for customers like this)"  # 0.3 × 0.8 away
    assert second == WHY


def test_the_next_best_offer_and_its_distance_are_named() -> None:
    coupons = offers("A", "B", "C", title=["Soup", "Tea", "Jam"])
    result = told(with_effects(customers("1"), coupons, [0.9, 0.5, 0.7]), offers_per_customer=1)
    assert reasons(result)[0][-1] == "The next best offer, Jam, would earn 0.16 USD less"  # 0.2 × 0.8
    alone = told(with_effects(customers("1"), offers("A"), [0.5]))
    assert reasons(alone)[0][-1] == "No other offer open to this customer would earn anything"


def test_money_that_is_used_up_is_named_with_its_price() -> None:
    people = customers("1", "2", "3")
    world = with_effects(people, offers("A"), [0.9, 0.7, 0.5], campaigns=campaigns(budget=0.2))
    result = told(world)
    assert result.assignments["customer_id"].tolist() == ["1", "2"]
    price = result.offer_plans["shadow_price"].item()
    assert price > 0
    said = f"The money of campaign C for today is used up: 1.00 USD more would earn about {price:,.2f} USD"
    assert all(said in sentences for sentences in reasons(result))
    rich = told(with_effects(people, offers("A"), [0.9, 0.7, 0.5]))
    assert not any("used up" in sentence for sentences in reasons(rich) for sentence in sentences)


def test_the_last_message_allowed_is_named() -> None:
    seen = pd.DataFrame([contact("1", "old", "2017-11-26")])
    last = "Takes the last message the contact limit allows"
    assert last in reasons(told(with_effects(customers("1"), offers("A"), [0.5], contacts=seen)))[0]
    assert last not in reasons(told(with_effects(customers("1"), offers("A"), [0.5])))[0]


def test_an_effect_without_lots_says_so() -> None:
    world = with_effects(customers("1"), offers("A"), [0.5])
    weaker = told(world, lambda keys: explain(keys).assign(is_observational=True))
    assert reasons(weaker)[0][-1] == OBSERVATIONAL
    assert OBSERVATIONAL not in reasons(told(world))[0]


def test_a_pair_without_an_effect_tells_its_response_and_that_it_is_one() -> None:
    result = told(with_effects(customers("1", "2"), offers("A"), [0.5, np.nan]))
    assert reasons(result)[0][0].startswith("Expected to earn")
    assert reasons(result)[1][0].startswith("Bought 3 of the 12 products")
    assert reasons(result)[1][-1] == RESPONSE


def test_explored_offers_say_so_and_may_lose() -> None:
    world = with_effects(customers("1"), offers("A"), [0.0])
    result = told(world, exploration_rate=0.5, idle_exploration_rate=1.0, exploration_floor=-0.2)
    assert reasons(result)[0][0].startswith("Drawn by lot")
    assert reasons(result)[0][1].startswith("Expected to change the margin by -0.11 USD")


def test_a_semicolon_in_a_title_splits_no_sentence() -> None:
    coupons = offers("A", "B", title=["Soup", "one; two"])
    result = told(with_effects(customers("1"), coupons, [0.9, 0.5]), offers_per_customer=1)
    assert reasons(result)[0][-1] == "The next best offer, one, two, would earn 0.32 USD less"


def test_where_the_response_decides_its_reasons_are_told_before_saying_so() -> None:
    why = "Orders in the last 90 days: 12, usually 6: adds about 0.42 percentage points"
    terms = Terms(SimpleNamespace(**SHOP), SimpleNamespace(**DECIDE))
    people, coupons = customers("1"), offers("A")
    world = morning(people, coupons, pairs=pairs(people, coupons))
    lottery = Lottery(b"any key", RUN, 0.0, 0.0, 0.0, 0.0)
    result = decide_promotions(world, terms, lottery, explain_response=lambda keys: [[why]] * len(keys))
    assert len(result.assignments) == 1
    assert reasons(result)[0][-2:] == [why, RESPONSE]
