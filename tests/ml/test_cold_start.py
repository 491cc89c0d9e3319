"""What is assumed about the use of offers as long as none has been seen used, and that it ends when it is learned."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ml.deciding import world
from ml.deciding.cold_start import ASSUMED, assume_redemptions
from ml.deciding.reasons import ASSUMED as ASSUMED_REASON
from ml.learning.families import by_name
from ml.learning.registry import champion_for
from ml.train import train_family
from tests.ml.a_morning import DAY, customers, decided, given, morning, offers, pairs
from warehouse.connection import writing

TERMS = SimpleNamespace(
    assumed_redemption_rate=0.1, scope_prior_orders=5, purchase_horizon_days=28, redemption_horizon_days=28
)
ALWAYS = pd.Timestamp("2018-01-31")


def assume(
    scope_orders: list[int], chances: list[float], recent: list[int] | None = None, **offer: object
) -> list[float]:
    """The chance of use of one offer, for customers of ten orders each, all of them recent."""
    people = customers(*(str(number) for number in range(len(chances))))
    coupons = offers("A", **({"valid_until": ALWAYS} | offer))
    asked = pairs(people, coupons).assign(
        scope_orders_last_90_days=recent or scope_orders, scope_orders_last_365_days=scope_orders
    )
    purchases = people[["customer_id"]].assign(orders_last_90_days=10, orders_last_365_days=10, chance=chances)
    return assume_redemptions(asked, coupons, purchases, DAY, TERMS)["propensity"].tolist()


def test_who_always_buys_in_the_scope_uses_the_offer_as_often_as_assumed() -> None:
    assert assume([10, 10], [1.0, 1.0]) == pytest.approx([0.1, 0.1])


def test_habit_and_a_nearer_purchase_raise_the_chance() -> None:
    seldom, often, lapsed = assume([1, 8, 8], [0.5, 0.5, 0.05])
    assert lapsed < seldom < often < 0.1


def test_who_never_bought_in_the_scope_is_like_the_shop_a_little() -> None:
    own, other = assume([10, 0], [1.0, 1.0])  # together they touch the scope with half of their orders
    assert own == pytest.approx(0.1 * (10 + 5 * 0.5) / 15)
    assert other == pytest.approx(0.1 * (0 + 5 * 0.5) / 15)


def test_what_sells_more_in_these_weeks_than_over_the_year_is_bought_more_often() -> None:
    assert assume([2], [1.0], recent=[4]) == pytest.approx([0.1 * 0.4])
    assert assume([2], [1.0], recent=[0]) == [0]


def test_less_time_to_use_it_is_less_use() -> None:
    month, week, over = (
        assume([5], [0.5], valid_until=pd.Timestamp(DAY) + pd.Timedelta(days=days))[0] for days in (27, 6, -1)
    )
    assert month == pytest.approx(0.1 * 0.25)  # half of the orders touch the scope
    assert week == pytest.approx(0.1 * (1 - 0.75 ** (7 / 28)))
    assert over == 0


def test_a_minimum_twice_the_usual_basket_is_reached_by_half_of_the_orders_at_most() -> None:
    assert assume([10], [1.0], min_basket=16.0) == pytest.approx([0.1 * 0.5])
    assert assume([10], [1.0], min_basket=4.0) == pytest.approx([0.1])


def test_nobody_is_assumed_to_buy_without_a_learned_chance_of_buying() -> None:
    people, coupons = customers("1", "2"), offers("A", valid_until=ALWAYS)
    known = {"orders_last_90_days": [4], "orders_last_365_days": [10], "chance": [0.5]}
    purchases = pd.DataFrame({"customer_id": ["2"], **known})
    found = assume_redemptions(pairs(people, coupons), coupons, purchases, DAY, TERMS)
    assert found["customer_id"].tolist() == ["2"]
    assert found["is_assumed"].all()


def test_an_assumed_chance_is_told_with_every_offer_and_a_learned_one_is_not() -> None:
    people, coupons = customers("1"), offers("A")
    for is_assumed in (True, False):
        result = decided(morning(people, coupons, pairs=pairs(people, coupons).assign(is_assumed=is_assumed)))
        assert given(result) == [("1", "A")]
        assert (ASSUMED_REASON in result.assignments["reasons"][0]) == is_assumed


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer, one offer on everything, a purchase score of 0.5 and a redemption score of 0.03."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing() as connection:
        connection.execute(f"""
            create table features.customer_offers as
                select date '{DAY}' as day, '1' as customer_id, 'A' as offer_id, 8.0 as mean_scope_amount,
                2 as scope_orders_last_90_days, 9 as scope_orders_last_365_days,
                3 as scope_products_bought_last_365_days, 5 as days_since_last_scope_order,
                9 as category_orders_last_365_days, 0 as kindred_exposure_count, 0 as kindred_redemption_count;
            create table features.customers as
                select date '{DAY}' as day, '1' as customer_id, 5 as orders_last_90_days,
                    10 as orders_last_365_days;
            create table features.products as
                select date '{DAY}' as day, 'p' as product_id, 'soup' as category, 0.25 as margin_rate,
                    null::double as units_on_hand, 0 as units_last_28_days;
            create table staging.stg_shop__offer_products as select 'A' as offer_id, 'p' as product_id where false;
            create table staging.stg_shop__offers as select 'A' as offer_id, date '2017-11-01' as valid_from,
                date '2018-01-31' as valid_until, null::double as min_basket, date '2017-10-01' as day;
            insert into ml.scores by name
                select date '{DAY}' as day, unnest(['purchase', 'redemption_offer']) as family, '1' as customer_id,
                    unnest(['', 'A']) as subject_id, unnest([0.5, 0.03]) as score, 'v1' as model_version;
        """)


def read_chances(is_learned: bool) -> pd.DataFrame:
    coupons = offers("A", valid_until=ALWAYS)
    return world.read_pairs(DAY, coupons, is_learned)


def test_the_assumption_ends_with_the_first_champion(warehouse: None) -> None:
    assumed, learned = read_chances(is_learned=False), read_chances(is_learned=True)
    assert (learned["propensity"].tolist(), learned["is_assumed"].tolist()) == ([0.03], [False])
    assert assumed["is_assumed"].tolist() == [True]
    assert 0 < assumed["propensity"][0] < 0.1
    assert set(assumed.columns) == set(learned.columns)


def test_versions_name_the_assumption_and_what_it_rests_on(warehouse: None) -> None:
    response = {"offer_effect": world.RESPONSE}
    assumed = {"purchase": "v1", "redemption_offer": ASSUMED}
    assert json.loads(world.read_versions(DAY, is_learned=False)) == assumed | response
    assert json.loads(world.read_versions(DAY, is_learned=True)) == {"redemption_offer": "v1"} | response


def test_without_any_score_of_the_day_there_are_no_pairs(warehouse: None) -> None:
    assert world.read_pairs(date(2017, 11, 28), offers("A", valid_until=ALWAYS), is_learned=False).empty


@pytest.mark.parametrize("family", ["redemption_offer", "redemption_campaign"])
def test_training_says_why_there_is_no_model_and_goes_on(
    warehouse: None, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    train_family(by_name(family), DAY)
    assert "not available: no redemptions of offers shown were delivered" in capsys.readouterr().out
    assert champion_for(family, DAY) is None
