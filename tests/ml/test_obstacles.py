"""Every customer is told in one sentence what they get or why they get nothing, with what bound it."""

import numpy as np
import pandas as pd
import pytest

from ml.decide import Decided
from tests.ml.a_morning import campaigns, contact, customers, decided, morning, offers, pairs, status_of


def reasons_of(result: Decided) -> dict[str, str]:
    return dict(zip(result.decisions["customer_id"], result.decisions["reason"], strict=True))


def told(status: str, result: Decided) -> str:
    """The reason of the only customer with a status."""
    only = [name for name, own in status_of(result).items() if own == status]
    assert len(only) == 1
    return reasons_of(result)[only[0]]


ONE = customers("1")


def effects(people: pd.DataFrame, coupons: pd.DataFrame, margin: float, cost: float) -> pd.DataFrame:
    return pairs(people, coupons).assign(effect_orders=0.1, effect_margin=margin, effect_cost=cost)


def test_a_reviewer_comes_first() -> None:
    result = decided(morning(customers("1", is_under_review=True)))
    assert told("fraud_review", result) == "A reviewer has to decide about this customer first"


def test_consent_names_the_channel_that_was_asked_for() -> None:
    consents = pd.DataFrame({"customer_id": ["1"], "channel": ["sms"], "is_granted": [True]})
    result = decided(morning(ONE, consents=consents))
    assert told("no_consent", result) == "Did not agree to be contacted through mail"


def test_contacts_name_the_limit() -> None:
    seen = pd.DataFrame([contact("1", "old", day) for day in ("2017-11-25", "2017-11-26")])
    result = decided(morning(ONE, contacts=seen))
    said = "Was contacted as often as the contact limits allow: 2 within 7 days are allowed"
    assert told("contact_limit", result) == said


def test_barriers_are_counted_each_offer_once() -> None:
    coupons = offers("A", "B", "C", audience=["new", None, "lapsed"])
    seen = pd.DataFrame([contact("1", "B", "2017-11-20"), contact("1", "A", "2017-11-20")])
    result = decided(morning(ONE, coupons, contacts=seen))
    assert told("not_eligible", result) == (
        "None of 3 running offers is open: 2 meant for other customers, 1 given less than 14 days ago"
    )


def test_without_offers_none_runs() -> None:
    result = decided(morning(ONE, offers(), campaigns=campaigns()[:0]))
    assert told("not_eligible", result) == "No offer runs today"


def test_losses_name_the_best_offer_and_what_it_would_change() -> None:
    coupons = offers("A", "B", title=["A cheap one", "A dear one"])
    worth = effects(ONE, coupons, margin=0.1, cost=0.4).assign(effect_cost=[0.4, 0.6])
    result = decided(morning(ONE, coupons, pairs=worth), pull_forward_rate=0.2, message_cost=0.01)
    assert told("no_profitable_offer", result) == (  # 0.1 × 0.8 − 0.4 − 0.01
        "The best offer, A cheap one, would change the margin by -0.33 USD: 0.10 USD of extra margin, part of it only "
        "pulled forward, at a cost of 0.40 USD"
    )


def test_losses_of_a_response_do_not_speak_of_effects() -> None:
    coupons = offers("A")
    result = decided(morning(ONE, coupons, pairs=pairs(ONE, coupons, amount=2.0)))
    assert told("no_profitable_offer", result) == (  # 0.1 × (2 × 0.25 − 1)
        "The best offer, 1.00 off, has an expected margin of -0.05 USD after a cost of 0.10 USD"
    )
    unlikely = decided(morning(ONE, coupons, pairs=pairs(ONE, coupons, propensity=0.005, amount=80.0)))
    assert told("no_profitable_offer", unlikely) == "The best offer, 1.00 off, would be used by 0.5 %, fewer than 1 %"
    unknown = decided(morning(ONE, coupons, pairs=pairs(ONE, coupons).assign(mean_scope_amount=np.nan)))
    assert told("no_profitable_offer", unknown).startswith("Nothing is known of what the offers")


def test_money_names_the_campaign_and_its_price() -> None:
    people, coupons = customers("1", "2", "3"), offers("A")
    worth = pairs(people, coupons).assign(mean_scope_amount=[8.0, 12.0, 6.0])
    result = decided(morning(people, coupons, pairs=worth, campaigns=campaigns(budget=0.2)))
    said = told("budget_exhausted", result)
    assert said.startswith("The best offer, 1.00 off, would earn 0.05 USD, but the money of campaign C for today went")
    assert said.endswith("USD for each 1.00 USD of cost")


def test_who_is_withheld_is_told_what_it_was_and_by_which_lot() -> None:
    held = decided(morning(ONE, offers("A", title="Soup")), holdout_rate=1.0)
    assert told("holdout", held) == (
        "Drawn by lot into the permanent holdout, 100 % of all customers, so that effects can be proved; "
        "would get Soup today"
    )
    kept = decided(morning(ONE, offers("A", "B", title=["Soup", "Tea"])), campaign_control_rate=1.0)
    assert told("holdout", kept) == (
        "Would get Soup and Tea, withheld by lot: 100 % of each campaign's customers are its control"
    )


def test_what_is_given_is_added_up() -> None:
    assert reasons_of(decided(morning())) == dict.fromkeys("12", "Gets 2 offers, expected to earn 0.20 USD")


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_left_without_a_reason(seed: int) -> None:
    random = np.random.default_rng(seed)
    people = customers(*(f"{number:03}" for number in range(150)))
    people = people.assign(is_under_review=random.random(150) < 0.1, tenure_days=random.choice([20.0, 300.0], 150))
    coupons = offers("A", "B", "C", audience=[None, "new", "active"])
    worth = pairs(people, coupons).assign(mean_scope_amount=random.uniform(1, 12, 450))
    seen = pd.DataFrame([contact(name, "A", "2017-11-24") for name in people["customer_id"][:40]])
    world = morning(people, coupons, pairs=worth, contacts=seen, campaigns=campaigns(budget=3.0))
    result = decided(world, holdout_rate=0.1, campaign_control_rate=0.1, exploration_rate=0.1)
    assert len(set(status_of(result).values())) >= 5
    assert result.decisions["reason"].str.len().min() > 10
    assert not result.decisions["reason"].str.contains("nan|None of 0", regex=True).any()
