"""What an offer is worth: every kind of discount by hand, and what an unusual basket may not do."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.deciding.value import Worth, typical_amounts, value_offers

TERMS = SimpleNamespace(point_value=0.01, default_margin_rate=0.25, default_shop_funded_rate=1.0)
OFFER = {
    "discount_type": "amount",
    "discount_value": 1.0,
    "max_discount": None,
    "min_basket": None,
    "scope_size": 12,
    "margin_rate": None,
    "shop_funded_rate": None,
}


def worth_of(amount: float = 8.0, propensity: float = 0.5, **changes: Any) -> Worth:
    offers = pd.DataFrame([OFFER | changes])
    return value_offers(np.array([propensity]), np.array([amount]), np.array([0]), offers, TERMS, 0.0)


@pytest.mark.parametrize(
    ("change", "face_value"),
    [
        ({}, 1.0),
        ({"discount_type": "percent", "discount_value": 20.0}, 1.6),  # 20 % of 8
        ({"discount_type": "percent", "discount_value": 20.0, "max_discount": 1.2}, 1.2),
        ({"discount_type": "points", "discount_value": 50.0}, 0.5),  # 50 points at a cent
        ({"discount_type": "gift", "discount_value": 3.0}, 3.0),
        ({"discount_value": 9.0}, 8.0),  # nothing is taken off that is not in the basket
    ],
)
def test_each_kind_of_discount_takes_off_what_it_says(change: dict[str, Any], face_value: float) -> None:
    worth = worth_of(**change)
    assert worth.face_value.tolist() == pytest.approx([face_value])
    assert worth.expected_cost.tolist() == pytest.approx([0.5 * face_value])
    assert worth.expected_margin.tolist() == pytest.approx([0.5 * (8 * 0.25 - face_value)])


def test_a_partner_who_pays_makes_the_offer_cheaper_not_smaller() -> None:
    worth = worth_of(shop_funded_rate=0.25)
    assert worth.face_value.tolist() == [1.0]
    assert worth.expected_cost.tolist() == [0.5 * 0.25]
    assert worth.expected_margin.tolist() == [0.5 * (8 * 0.25 - 0.25)]


def test_a_known_margin_replaces_the_assumed_one() -> None:
    assert worth_of(margin_rate=0.5).expected_margin.tolist() == [0.5 * (8 * 0.5 - 1)]


def test_only_a_basket_that_reaches_the_minimum_uses_an_offer_on_everything() -> None:
    assert worth_of(min_basket=40.0, scope_size=0).amount.tolist() == [40.0]
    assert worth_of(min_basket=40.0, scope_size=12).amount.tolist() == [8.0]


def test_what_nobody_bought_has_no_known_worth() -> None:
    assert np.isnan(worth_of(amount=np.nan).expected_margin).all()


def test_one_unusual_basket_is_cut_to_what_is_usual_and_an_unknown_one_is_the_median() -> None:
    amounts = np.append(np.arange(1.0, 100.0), [5000.0, np.nan])
    typical = typical_amounts(amounts, np.zeros(101, dtype=int), 1, 0.05)
    assert typical[99] == np.quantile(amounts[:100], 0.95) < 100
    assert typical[0] == np.quantile(amounts[:100], 0.05)
    assert typical[49] == amounts[49]
    assert typical[100] == np.median(amounts[:100])


def test_customers_of_one_offer_say_nothing_about_another() -> None:
    typical = typical_amounts(np.array([2.0, np.nan, np.nan]), np.array([0, 0, 1]), 2, 0.0)
    assert typical[:2].tolist() == [2.0, 2.0]
    assert np.isnan(typical[2])


def test_money_is_kept_to_the_four_decimals_of_the_tables() -> None:
    worth = worth_of(amount=7.77777, propensity=0.123456)
    assert worth.expected_cost.tolist() == [0.1235]
    assert worth.expected_margin.tolist() == [round(0.123456 * (7.77777 * 0.25 - 1), 4)]
