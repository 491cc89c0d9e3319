"""Reasons say what the data show, in words a campaign manager would sign."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.deciding.reasons import ASSUMED, give_reasons
from tests.ml.a_morning import customers, offers, pairs


def reasons(size: int = 12, used: int = 0, **changes: Any) -> list[str]:
    people, coupons = customers("1", redemptions_last_90_days=used), offers("A", scope_size=size)
    facts = pairs(people, coupons).assign(**({"amount": 8.0, "face_value": 1.0, "arm": "treatment"} | changes))
    return give_reasons(people, coupons, facts, "USD")[0].split("; ")


NEVER = {
    "scope_orders_last_365_days": 0,
    "scope_orders_last_90_days": 0,
    "scope_products_bought_last_365_days": 0,
    "days_since_last_scope_order": np.nan,
    "mean_scope_amount": np.nan,
}
LONG_AGO = {"scope_orders_last_90_days": 0, "scope_orders_last_365_days": 2, "days_since_last_scope_order": 187}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"days_since_last_scope_order": 9, "scope_orders_last_90_days": 1},
            "Bought 3 of the 12 products in scope in the last year, once in the last 90 days, most recently 9 days ago",
        ),
        (LONG_AGO, "Bought 3 of the 12 products in scope twice in the last year, most recently 187 days ago"),
        ({"size": 1}, "Bought the product in scope 4 times in the last 90 days, most recently 5 days ago"),
        ({"size": 0, "days_since_last_scope_order": 1}, "Shopped 4 times in the last 90 days, most recently yesterday"),
        (
            NEVER,
            "Has not bought any of the 12 products in scope in the last year, but others of their category 9 times",
        ),
        (
            NEVER | {"category_orders_last_365_days": 0, "size": 1},
            "Has not bought the product in scope in the last year",
        ),
    ],
)
def test_the_first_reason_is_what_the_customer_bought(facts: dict[str, Any], sentence: str) -> None:
    assert reasons(**facts)[0] == sentence


def test_what_similar_offers_did_speaks_only_for_customers_who_never_bought() -> None:
    known = {"kindred_exposure_count": 1076, "kindred_redemption_count": 9}
    assert "Of 1,076 similar offers given before 9 were used" in reasons(**(NEVER | known))
    assert not any("similar" in sentence for sentence in reasons(**known))
    assert not any("similar" in sentence for sentence in reasons(**NEVER))


def test_whose_basket_is_meant_is_said() -> None:
    assert reasons()[-1] == "Spends about 8.00 USD on them when buying, the offer takes off 1.00 USD"
    assert reasons(**NEVER)[-1].startswith("Other customers spend about 8.00 USD")
    assert reasons(size=0)[-1] == "Spends about 8.00 USD an order, the offer takes off 1.00 USD"


def test_an_amount_that_is_not_counted_as_it_is_says_so() -> None:
    assert "Spends about 5.00 USD on them when buying (counted as 8.00 USD)" in reasons(mean_scope_amount=5.0)[-1]
    assert "Spends about 900.00 USD on them when buying (counted as 8.00 USD)" in reasons(mean_scope_amount=900.0)[-1]


def test_an_assumed_chance_comes_last() -> None:
    assert reasons(is_assumed=True)[-1] == ASSUMED


def test_used_offers_count_and_exploration_is_owned_up_to() -> None:
    assert "Used 1 offer in the last 90 days" in reasons(used=1)
    assert not any(sentence.startswith("Used") for sentence in reasons(used=0))
    assert reasons(arm="exploration")[0].startswith("Drawn by lot")


def test_one_text_per_row_and_none_is_empty() -> None:
    people, coupons = customers("1", "2"), offers("A")
    facts = pairs(people, coupons).assign(amount=8.0, face_value=1.0, arm="treatment")
    texts = give_reasons(people, pd.concat([coupons] * 2), facts, "USD")
    assert len(texts) == 2
    assert all(texts)
