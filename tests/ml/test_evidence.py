"""What measuring reads from the warehouse, on rows small enough to do by hand."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ml import parameters
from ml.measuring import evidence
from tests.ml.reported_day import write
from warehouse.connection import writing

DAY = date(2025, 12, 10)
BEFORE = date(2025, 12, 1)
TERMS = {"pull_forward_rate": 0.5, "message_cost": 0.2, "min_expected_margin": 0.05}

EMPTY = {
    "staging.stg_shop__offers": "offer_id varchar, offer_type varchar, campaign_id varchar, discount_type varchar, "
    "discount_value double, max_discount double, shop_funded_rate double, valid_until date, day date",
    "staging.stg_shop__redemptions": "redemption_id varchar, customer_id varchar, offer_id varchar, "
    "campaign_id varchar, redemption_date date, discount_amount double",
    "staging.stg_shop__exposures": "customer_id varchar, offer_id varchar, campaign_id varchar, exposure_date date, "
    "arm varchar, probability double",
    "staging.stg_shop__offer_products": "offer_id varchar, product_id varchar",
    "staging.stg_shop__orders": "order_id varchar, customer_id varchar, order_date date",
    "staging.stg_shop__order_items": "order_id varchar, product_id varchar, quantity double, net_amount double, "
    "coupon_discount_amount double, coupon_match_discount_amount double",
    "staging.stg_shop__returns": "customer_id varchar, order_id varchar, product_id varchar, return_date date, "
    "refund_amount double",
    "staging.stg_shop__products": "product_id varchar, cost double",
    "features.products": "day date, product_id varchar, category varchar, margin_rate double, "
    "margin_rate_is_assumed boolean",
}


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty tables of the models, a coupon A and a gift B."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    known = parameters.load()
    decide = SimpleNamespace(**(vars(known.decide) | TERMS))
    monkeypatch.setattr(parameters, "load", lambda: SimpleNamespace(**(vars(known) | {"decide": decide})))
    with writing() as connection:
        for name, columns in EMPTY.items():
            connection.execute(f"create table {name} ({columns})")
        for offer, kind in {"A": "coupon", "B": "gift"}.items():
            terms = {"offer": offer, "kind": kind}
            sql = "insert into staging.stg_shop__offers by name select $offer as offer_id, $kind as offer_type"
            connection.execute(sql, terms)


def effect(customer: str, offer: str, margin: float, cost: float) -> dict:
    return {"customer_id": customer, "offer_id": offer, "effect_margin": margin, "expected_cost": cost}


def best_by_effect() -> dict[str, str]:
    found = evidence.read_choices(DAY)
    return dict(zip(found["customer_id"], found["effect_offer"], strict=True))


@pytest.mark.usefixtures("warehouse")
def test_the_best_offer_by_effect_is_the_one_deciding_would_value_most() -> None:
    rows = [
        effect("1", "A", 10.0, 4.0),  # 5 - 4 - 0.2: less than B, though 6 > 5 before what is pulled forward
        effect("1", "B", 6.0, 1.0),
        effect("2", "A", 2.0, 0.9),  # 1 - 0.9 - 0.2 < 0: deciding would send nothing
        effect("3", "A", 2.0, 0.76),  # 1 - 0.76 - 0.2 = 0.04: less than is worth sending
    ]
    write("ml.effects", pd.DataFrame(rows).assign(day=BEFORE))
    assert best_by_effect() == {"1": "B", "2": "", "3": ""}


@pytest.mark.usefixtures("warehouse")
def test_costs_are_corrected_as_on_the_day() -> None:
    write("ml.effects", pd.DataFrame([effect("1", "A", 10.0, 2.0), effect("1", "B", 10.0, 2.2)]).assign(day=BEFORE))
    assert best_by_effect() == {"1": "A"}
    factors = pd.DataFrame({"offer_type": ["", "coupon"], "factor": [1.0, 2.0], "day": BEFORE})
    write("ml.spend_factors", factors)
    assert best_by_effect() == {"1": "B"}


@pytest.mark.usefixtures("warehouse")
def test_what_is_pulled_forward_is_that_of_the_day() -> None:
    write("ml.effects", pd.DataFrame([effect("1", "A", 10.0, 4.0), effect("1", "B", 6.0, 1.0)]).assign(day=BEFORE))
    assert best_by_effect() == {"1": "B"}  # 5 - 4 against 3 - 1
    write("ml.pull_forward", pd.DataFrame({"rate": [0.1], "day": [BEFORE]}))
    assert best_by_effect() == {"1": "A"}  # 9 - 4 against 5.4 - 1


def sent(customer: str, offer: str, day: date, **facts: Any) -> dict:
    row = {"customer_id": customer, "offer_id": offer, "campaign_id": "C", "day": day, "rank": 1, "arm": "treatment"}
    chances = {"propensity": 0.1, "assignment_probability": 0.8, "shown_probability": 0.8, "is_replay": False}
    return row | chances | {"expected_cost": 0.1, "valid_until": day + timedelta(3)} | facts


@pytest.mark.usefixtures("warehouse")
def test_who_had_no_plan_is_known_of_each_row_of_the_log() -> None:
    write("ml.assignments", pd.DataFrame([sent("1", "A", BEFORE), sent("2", "A", BEFORE), sent("3", "A", BEFORE)]))
    write("ml.decisions", pd.DataFrame({"customer_id": ["1", "2"], "has_plan": [True, False], "day": BEFORE}))
    found = evidence.read_units(DAY, is_replay=False)
    of_offer = found[found["offer_id"] == "A"]
    assert dict(zip(of_offer["customer_id"], of_offer["is_idle"], strict=True)) == {"1": False, "2": True, "3": False}
    assert len(found) == 2 * 3


@pytest.mark.usefixtures("warehouse")
def test_the_planned_effect_is_that_of_all_offers_of_a_customer_as_far_as_their_time_is_over() -> None:
    half = {"expected_incremental_margin": 0.8, "valid_until": DAY + timedelta(8)}  # 9 of 18 days are over
    rows = [
        sent("1", "A", BEFORE, expected_incremental_margin=1.0),
        sent("1", "B", BEFORE, expected_incremental_margin=0.4, rank=2),
        sent("2", "A", BEFORE, **half),
        sent("3", "A", BEFORE, expected_incremental_margin=9.0, arm="control"),
    ]
    write("ml.assignments", pd.DataFrame(rows))
    (row,) = evidence.read_running(DAY).to_dict("records")
    assert row["effect_planned"] == pytest.approx((1.0 + 0.4 + (0.8 + 0.2) / 2 - 0.2) / 2)
    assert row["message_cost"] == pytest.approx(3 * 0.2 / 2)
    assert row["pull_forward_rate"] == 0.5
    assert row["reach_planned"] == 3
    write("ml.pull_forward", pd.DataFrame({"rate": [0.1], "day": [BEFORE]}))
    assert evidence.read_running(DAY)["pull_forward_rate"].item() == pytest.approx(0.1)


def exposed_before(customers: list[str], days: int) -> None:
    """Campaign C was shown so many days ago, without arms, to customers who had bought long before."""
    with writing() as connection:
        for customer in customers:
            shown, bought = DAY - timedelta(days), DAY - timedelta(4 * days)
            connection.execute(
                "insert into staging.stg_shop__exposures by name "
                "select $customer as customer_id, 'A' as offer_id, 'C' as campaign_id, $shown as exposure_date",
                {"customer": customer, "shown": shown},
            )
            connection.execute(
                "insert into staging.stg_shop__orders select $customer, $customer, $bought",
                {"customer": customer, "bought": bought},
            )
            connection.execute(
                "insert into staging.stg_shop__order_items select $customer, 'p', 1, 10, 0, 0", {"customer": customer}
            )


@pytest.mark.usefixtures("warehouse")
def test_a_campaign_over_which_the_platform_drew_is_no_undrawn_one_where_the_shop_says_no_arm() -> None:
    days = evidence.windows()["window_days"] + 1
    exposed_before(["1", "2"], days)
    write("ml.assignments", pd.DataFrame([sent("1", "A", DAY - timedelta(days))]))
    assert evidence.read_undrawn(DAY, is_replay=False).empty
    # a replayed shop shows what it showed years ago, whatever was decided here
    assert evidence.read_undrawn(DAY, is_replay=True)["customer_id"].tolist() == ["1", "2"]
