"""What is read of offers whose days are over, and of partners' promises, from rows small enough to do by hand."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ml.deciding import world
from tests.ml.reported_day import write
from warehouse.connection import writing

DAY = date(2025, 12, 10)
BEFORE = date(2025, 12, 1)
EMPTY = {
    "offers": "offer_id varchar, offer_type varchar, campaign_id varchar, discount_type varchar, "
    "discount_value double, max_discount double, shop_funded_rate double, day date",
    "redemptions": "redemption_id varchar, customer_id varchar, offer_id varchar, campaign_id varchar, "
    "redemption_date date, discount_amount double",
    "order_items": "order_id varchar, net_amount double",
}


@pytest.fixture(autouse=True)
def _warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing() as connection:
        for name, columns in EMPTY.items():
            connection.execute(f"create table staging.stg_shop__{name} ({columns})")
        for offer, kind in {"A": "coupon", "B": "gift"}.items():
            sql = "insert into staging.stg_shop__offers by name select $offer as offer_id, $kind as offer_type"
            connection.execute(sql, {"offer": offer, "kind": kind})


def versions(effect: str, redemption: str = "r1") -> str:
    return json.dumps({"offer_effect": effect, "redemption_offer": redemption})


def sent(customer: str, offer: str, cost: float, model_versions: str, **facts: Any) -> dict[str, Any]:
    row = {"customer_id": customer, "offer_id": offer, "campaign_id": "C", "day": BEFORE, "rank": 1, "arm": "treatment"}
    terms = {"propensity": 0.1, "expected_cost": cost, "valid_until": BEFORE + timedelta(3)}
    return row | terms | {"model_versions": model_versions} | facts


def redeem(rows: list[dict[str, Any]], discount: float) -> None:
    columns = "redemption_id, customer_id, offer_id, campaign_id, redemption_date, discount_amount"
    used = [(row["customer_id"],) * 2 + (row["offer_id"], "C", BEFORE + timedelta(1), discount) for row in rows]
    with writing() as connection:
        connection.executemany(f"insert into staging.stg_shop__redemptions ({columns}) values (?, ?, ?, ?, ?, ?)", used)


def planned(model_versions: str) -> dict[str, float]:
    factors = world.read_factors(DAY, model_versions)
    return dict(zip(factors["offer_type"], factors["planned_cost"], strict=True))


def test_only_plans_of_the_model_that_costs_rest_on_today_are_compared() -> None:
    rows = [
        sent("1", "A", 1.0, versions("e1")),
        sent("2", "A", 2.0, versions("e2", "r1")),
        sent("3", "A", 4.0, versions("e2", "r2")),
        sent("4", "A", 8.0, versions(world.RESPONSE, "r1")),
        sent("5", "A", 16.0, versions(world.RESPONSE, "r2")),
        sent("6", "A", 32.0, versions(world.RESPONSE, "r2"), valid_until=DAY),  # may still be used
    ]
    write("ml.assignments", pd.DataFrame(rows))
    assert planned(versions("e2"))["coupon"] == 2.0 + 4.0
    assert planned(versions(world.RESPONSE, "r2"))["coupon"] == 16.0
    assert planned(versions("e3")) == {"": 0.0}


def test_what_an_earlier_model_got_wrong_is_not_corrected_again() -> None:
    old = [sent(f"old{number}", "A", 1.0, versions("e1")) for number in range(50)]
    new = [sent(f"new{number}", "A", 2.0, versions("e2")) for number in range(50)]  # e2 has learned that costs doubled
    write("ml.assignments", pd.DataFrame([*old, *new]))
    redeem([*old, *new], 2.0)
    by_kind = world.read_factors(DAY, versions("e2")).set_index("offer_type")
    assert by_kind.loc["coupon", "factor"] == pytest.approx(1.0)
    assert world.read_factors(DAY, versions("e1"))["factor"].iloc[0] > 1.1


def test_corrections_are_taken_back_as_they_were_made() -> None:
    write("ml.assignments", pd.DataFrame([sent("1", "A", 3.0, versions("e1")), sent("2", "B", 3.0, versions("e1"))]))
    factors = pd.DataFrame({"offer_type": ["", "coupon"], "factor": [1.5, 2.0], "day": BEFORE})  # gifts lean on all
    write("ml.spend_factors", factors)
    assert planned(versions("e1")) == {"": 3.5, "coupon": 1.5, "gift": 2.0}
