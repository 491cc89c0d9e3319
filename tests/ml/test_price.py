"""Prices over a small warehouse of known answers: what is read, what was known, what is written."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from ml import parameters, price
from ml.learning import registry
from ml.pricing.reading import read_price_weeks, read_shelf
from warehouse import tables
from warehouse.connection import writing

DAY, WEEKS = date(2025, 7, 3), 40  # a Thursday; prices change on Mondays
MONDAY = DAY - timedelta(days=DAY.weekday())
ELASTICITY = {"tea": -2.5, "sugar": -2.0}
LATE, EMPTY = "tea 0", "tea 1"
DATES = (
    "order_date",
    "known_on",
    "superseded_on",
    "day",
    "stock_date",
    "start_date",
    "end_date",
    "price_date",
    "valid_from",
    "valid_until",
)


def purchases(chance: np.random.Generator) -> pd.DataFrame:
    """Daily units of ten products; teas are sold at 30 % less in one of four weeks, sugars never."""
    rows = []
    for category, elasticity in ELASTICITY.items():
        for product in range(5):
            cut = np.where((chance.random(WEEKS) < 0.25) & (category == "tea"), 0.7, 1.0)
            for week in range(WEEKS):
                units = chance.poisson(20 * cut[week] ** elasticity, 7)
                begins = MONDAY - timedelta(weeks=WEEKS - week)
                rows += [
                    (f"{category} {product}", begins + timedelta(days=day), units[day], units[day] * 4 * cut[week])
                    for day in range(7)
                ]
    frame = pd.DataFrame(rows, columns=["product_id", "order_date", "units", "net_amount"])
    return frame.assign(coupon_discount_amount=0.0, known_on=frame["order_date"], superseded_on=None)


def write(table: str, frame: pd.DataFrame) -> None:
    casts = ", ".join(f"{one}::date as {one}" for one in frame.columns if one in DATES)
    with writing() as connection:
        connection.register("frame", frame)
        connection.execute(f"create schema if not exists {table.split('.')[0]}")
        connection.execute(f"create or replace table {table} as select * {casts and f'replace ({casts})'} from frame")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("shop")))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        sold = purchases(np.random.default_rng(3))
        today = sold.tail(1).assign(product_id=LATE, units=9000, net_amount=1.0, known_on=DAY)
        coupons = sold.assign(net_amount=sold["net_amount"] * 0.9, coupon_discount_amount=sold["net_amount"] * 0.1)
        write("intermediate.int_purchases", pd.concat([coupons, today], ignore_index=True))
        names = sorted(sold["product_id"].unique())
        goods = pd.DataFrame(
            {
                "product_id": names,
                "category": [name.split()[0] for name in names],
                "day": DAY,
                "unit_cost": [1.0, *[None] * 9],
            }
        )
        write("intermediate.int_known_products", goods)
        stock = {"product_id": EMPTY, "stock_date": [MONDAY - timedelta(days=3)], "units_on_hand": 0.0}
        write("staging.stg_shop__stock", pd.DataFrame(stock).assign(day=MONDAY))
        nothing = {"product_id": ["x"], "day": [DAY + timedelta(days=9)], "price": [1.0]}
        write("staging.stg_shop__competitor_prices", pd.DataFrame({**nothing, "price_date": [DAY]}))
        write("staging.stg_shop__store_promotions", pd.DataFrame({**nothing, "start_date": [DAY], "end_date": [DAY]}))
        worth = {"department": "d", "price": 4.0, "margin_rate": 0.4, "competitor_price_index": 0.8}
        write("features.products", goods.assign(**worth))
        offers = {"offer_id": ["o"], "day": [MONDAY], "valid_from": [MONDAY], "valid_until": [DAY]}
        write("staging.stg_shop__offers", pd.DataFrame(offers))
        write(
            "staging.stg_shop__offer_products",
            pd.DataFrame({"offer_id": ["o"], "product_id": ["tea 2"], "day": [MONDAY]}),
        )
        yield


@pytest.fixture(scope="module")
def written(warehouse) -> pd.DataFrame:
    price.train(DAY)
    assert price.score(DAY) == 12 + 10
    return tables.read("select * from ml.price_elasticities where level = 'category'").to_pandas().set_index("category")


def test_weeks_begin_when_prices_change_and_are_whole(warehouse) -> None:
    weeks = read_price_weeks(DAY)
    assert weeks is not None
    assert set(weeks.frame["ds"].dt.weekday) == {0}
    assert weeks.frame["ds"].max() == pd.Timestamp(MONDAY - timedelta(weeks=1))
    assert set(weeks.frame["price"].round(2)) == {4.0, 2.8}


def test_what_was_not_known_or_not_on_the_shelf_is_no_week(warehouse) -> None:
    frame = read_price_weeks(DAY).frame  # type: ignore[union-attr]
    last = frame[frame["ds"] == frame["ds"].max()].set_index("unique_id")
    assert EMPTY not in last.index
    assert last.loc[LATE, "units"] < 1000
    assert len(frame) == 10 * WEEKS - 1


def test_regressors_that_say_nothing_are_left_out(warehouse) -> None:
    assert read_price_weeks(DAY).regressors == ()  # type: ignore[union-attr]


def test_the_champion_tells_tea_and_withholds_sugar(written) -> None:
    tea = written.loc["tea"]
    assert tea["elasticity"] == pytest.approx(ELASTICITY["tea"], rel=0.1)
    assert tea["elasticity_low"] < tea["elasticity"] < tea["elasticity_high"]
    assert not written.loc["sugar", "is_identified"]
    assert np.isnan(written.loc["sugar", "elasticity"])


def test_the_champion_is_registered_with_the_weeks_it_was_judged_on(written) -> None:
    version = registry.champion_for("price_elasticity", DAY)
    assert version is not None
    assert version.validation_from == DAY - timedelta(weeks=parameters.load().price.test_weeks)
    assert set(written["model_version"]) == {version.version}


def test_prices_are_recommended_from_what_was_known(written) -> None:
    rows = tables.read("select * from ml.price_recommendations").to_pandas().set_index("product_id")
    teas, sugars = rows[rows["category"] == "tea"], rows[rows["category"] == "sugar"]
    assert set(rows["price"]) <= {4.0, 2.8}
    assert (sugars["action"] == "keep").all()
    assert sugars["discount_depth_rate"].isna().all()
    assert teas["is_identified"].all()
    assert rows["is_personalised"].to_dict() == {name: name == "tea 2" for name in rows.index}
    assert (rows["competitor_price"] == 5.0).all()
    assert rows.loc["sugar 0", "unit_cost"] == 1.0
    assert rows["is_cost_assumed"].sum() == 9
    assert rows.loc[LATE, "lowest_price_last_30_days"] >= 2.8
    assert (rows["recommended_price"] >= rows["floor_price"]).all()


@pytest.mark.parametrize(("until", "personalised"), [(DAY, 10), (DAY - timedelta(days=1), 1)])
def test_an_offer_without_products_applies_to_everything_while_it_runs(
    warehouse, until: date, personalised: int
) -> None:
    with writing() as connection:
        connection.execute("insert into staging.stg_shop__offers values ('all', $1, $1, $2)", [MONDAY, until])
    try:
        assert read_shelf(DAY)["is_personalised"].sum() == personalised
    finally:
        with writing() as connection:
            connection.execute("delete from staging.stg_shop__offers where offer_id = 'all'")


@pytest.mark.parametrize("has_layers", [False, True])
def test_without_purchases_there_is_nothing_and_the_day_goes_on(tmp_path, monkeypatch, capsys, has_layers) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    one = {"product_id": ["x"], "category": "c", "day": [DAY], "price": 1.0, "units_on_hand": 1.0}
    one |= {name: [DAY] for name in ("stock_date", "price_date", "start_date", "end_date")}
    write("intermediate.int_known_products", pd.DataFrame(one))
    if has_layers:
        write("intermediate.int_purchases", purchases(np.random.default_rng(1)).head(1).assign(known_on=DAY))
        for name in ("stock", "competitor_prices", "store_promotions"):
            write(f"staging.stg_shop__{name}", pd.DataFrame(one))
    price.train(DAY)
    assert price.score(DAY) == 0
    assert capsys.readouterr().out.count("not available") == 3
