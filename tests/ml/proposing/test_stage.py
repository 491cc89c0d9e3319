"""Proposals over a small warehouse of known baskets: what is written, what was known, and when nothing is."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from ml import bundles, parameters
from ml.learning import registry
from ml.proposing.reading import add_answers
from warehouse import tables
from warehouse.connection import writing

DAY, DAYS = date(2025, 7, 1), 120
TERMS = parameters.load().bundles
OLDER = """
    insert into ml.offer_proposals
    select * replace (? as day, 'older' as offer_id) from ml.offer_proposals where offer_id = ?
"""
TODAY = "select offer_id, is_entering from ml.offer_proposals where day = $day"
PRODUCTS = [f"p{one:02}" for one in range(20)]


def bought_on(order: int) -> date:
    return DAY - timedelta(days=1 + order % DAYS)


def lines() -> pd.DataFrame:
    """p00 and p01 are bought together by half of those who have either; all else falls into baskets by chance."""
    chance, rows = np.random.default_rng(2), []
    for order in range(3000):
        basket = {PRODUCTS[one] for one in chance.integers(2, 20, 3)}
        if chance.random() < 0.2:
            basket |= {"p00", "p01"} if chance.random() < 0.5 else {PRODUCTS[chance.integers(0, 2)]}
        rows += [(f"o{order}", f"c{order % 300}", product, bought_on(order)) for product in sorted(basket)]
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "product_id", "order_date"])
    late = pd.DataFrame({"order_id": [f"l{one}" for one in range(500)] * 2})
    late["product_id"] = ["p02"] * 500 + ["p03"] * 500
    late = late.assign(customer_id=late["order_id"], order_date=DAY - timedelta(days=2), known_on=DAY)
    frame = pd.concat([frame.assign(known_on=frame["order_date"]), late], ignore_index=True)
    return frame.assign(superseded_on=None, units=1.0, net_amount=10.0)


def goods() -> pd.DataFrame:
    frame = pd.DataFrame({"product_id": PRODUCTS, "category": ["a"] * 10 + ["b"] * 10, "department": "d", "day": DAY})
    return frame.assign(price=10.0, regular_price=10.0, margin_rate=0.6, units_last_90_days=50.0)


def forecasts() -> pd.DataFrame:
    ahead = [DAY + timedelta(days=one) for one in range(28)]
    frame = pd.DataFrame({"item_id": np.repeat(PRODUCTS, 28), "ds": ahead * len(PRODUCTS)})
    weekend = pd.to_datetime(frame["ds"]).dt.dayofweek >= 5
    mean = np.where(frame["item_id"] == "p05", 30.0, 0.01) * np.where(weekend, 2.0, 1.0)
    frame = frame.assign(day=DAY, freq="day", level="product", mean=mean)
    return frame.assign(quantile_10=0.6 * frame["mean"], quantile_90=1.4 * frame["mean"])


def answers() -> pd.DataFrame:
    row = {"day": DAY, "level": "product", "category": "a", "product_id": "p05", "is_identified": True}
    low_to_high = {"elasticity_low": -4.5, "elasticity": -4.0, "elasticity_high": -3.5, "cross_elasticity": 0.0}
    return pd.DataFrame([row | low_to_high])


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("shop")))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        write("intermediate.int_purchases", lines())
        write("features.products", goods())
        write("staging.stg_shop__products", pd.DataFrame({"product_id": PRODUCTS, "name": PRODUCTS}))
        write("staging.stg_shop__offers", pd.DataFrame({"offer_id": ["o"], "day": [DAY]}))
        verdicts = pd.DataFrame({"offer_id": ["o"], "verdict": ["accept"], "day": [DAY]})
        write("staging.stg_shop__proposal_verdicts", verdicts)
        with writing() as connection:
            connection.register("frame", forecasts())
            connection.execute("insert into ml.demand_forecasts by name select * from frame")
            connection.register("answers", answers())
            connection.execute("insert into ml.price_elasticities by name select * from answers")
        bundles.train(DAY)
        yield


def write(table: str, frame: pd.DataFrame) -> None:
    dates = [one for one in frame.columns if one in {"day", "order_date", "known_on", "superseded_on"}]
    replaced = f"replace ({', '.join(f'{one}::date as {one}' for one in dates)})" if dates else ""
    with writing() as connection:
        connection.register("frame", frame)
        connection.execute(f"create schema if not exists {table.split('.')[0]}")
        connection.execute(f"create table {table} as select * {replaced} from frame")


def proposals() -> pd.DataFrame:
    return tables.read("select * from ml.offer_proposals order by offer_id").to_pandas()


def test_the_pair_that_belongs_together_is_proposed_and_late_baskets_are_not_known(warehouse: None) -> None:
    assert bundles.score(DAY) == len(proposals()) > 0
    pairs = proposals().query("offer_type in ['bundle', 'buy_x_get_y']")
    assert [set(one.split(",")) for one in pairs["product_ids"]] == [{"p00", "p01"}]
    assert pairs["lift_low"].iloc[0] > 2
    assert pairs["q_value"].iloc[0] < 1e-6
    scope = tables.read("select offer_id, product_id from ml.offer_proposal_products").to_pandas()
    assert set(scope.loc[scope["offer_id"] == pairs["offer_id"].iloc[0], "product_id"]) == {"p00", "p01"}
    version = registry.champion_for("bundles", DAY)
    assert version is not None
    assert version.validation_until == DAY - timedelta(days=1)


def test_a_sale_falls_on_the_days_that_sell_in_the_next_whole_week(warehouse: None) -> None:
    bundles.score(DAY)
    sale = proposals().query("offer_type == 'flash_sale'")
    assert sale["product_ids"].tolist() == ["p05"]
    assert sale["valid_until"].tolist() == [date(2025, 7, 13)]  # Friday to Sunday of the week from 7 July on
    assert (sale["stock_units"] > sale["expected_units"]).all()
    assert sale["elasticity_basis"].tolist() == ["product"]


def test_a_verdict_shows_and_the_same_morning_gives_the_same_ids(warehouse: None) -> None:
    bundles.score(DAY)
    before = proposals()
    assert set(before["status"]) == {"proposed"}
    with writing() as connection:
        sql = "insert into staging.stg_shop__proposal_verdicts select ?, 'refuse', ?"
        connection.execute(sql, [before["offer_id"][0], DAY])
    bundles.score(DAY)
    pd.testing.assert_series_equal(proposals()["offer_id"], before["offer_id"])
    assert proposals()["status"].tolist().count("refused") == 1


def test_what_is_accepted_and_still_runs_is_not_proposed_again(warehouse: None) -> None:
    bundles.score(DAY)
    sold = proposals().query("offer_type in ['bundle', 'buy_x_get_y']")["offer_id"].iloc[0]
    with writing() as connection:
        connection.execute(OLDER, [DAY - timedelta(days=7), sold])
        connection.execute("insert into staging.stg_shop__offers values ('older', ?)", [DAY - timedelta(days=6)])
    bundles.score(DAY)
    today = tables.read(TODAY, {"day": DAY})["offer_id"].to_pylist()
    assert sold not in today
    with writing() as connection:
        connection.execute("delete from staging.stg_shop__offers where offer_id = 'older'")


def test_all_enter_where_no_verdict_is_asked_for(warehouse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parameters.load().bundles.__dict__, "entry", "all")
    bundles.score(DAY)
    assert set(tables.read(TODAY, {"day": DAY})["is_entering"].to_pylist()) == {True}


def test_a_day_before_all_baskets_has_no_proposals(warehouse: None, capsys: pytest.CaptureFixture[str]) -> None:
    early = DAY - timedelta(days=DAYS + 400)
    bundles.train(early)
    assert bundles.score(early) == 0
    assert "bundles: not available: nothing was bought" in capsys.readouterr().out


def test_a_products_own_elasticity_comes_before_its_categorys() -> None:
    frame = pd.DataFrame({"product_id": ["x", "y", "z"], "category": ["a", "a", "b"], "price": 2.0, "cost": 1.0})
    known = {"elasticity_low": -4.0, "elasticity_high": -1.0, "cross_elasticity": 1.0}
    rows = [{"level": "category", "category": "a", "product_id": "", "elasticity": -2.5}]
    rows += [{"level": "product", "category": "a", "product_id": "x", "elasticity": -3.0}]
    told = pd.DataFrame(rows).assign(**known)
    found = add_answers(frame.assign(units=[30.0, 10.0, 5.0]), told, TERMS)
    assert found["elasticity"].tolist() == [-3.0, -2.5, -2.0]
    assert found["elasticity_basis"].tolist() == ["product", "category", "assumed"]
    assert found["taken_rate"].round(3).tolist() == [round(0.25 / 3, 3), round(0.75 / 2.5, 3), 0.3]
    assert found["neighbour_margin"].tolist() == [1.0, 1.0, 1.0]
