"""Demand and stock over a small warehouse of known sales: what is written, what was known, and when nothing is."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from ml import demand, demand_history, parameters, stock
from ml.demand_history import Sold, as_panel, choose_products, depth, known_ahead, read_sold, spread
from ml.learning import registry
from ml.models.demand.series import Panel
from warehouse import tables
from warehouse.connection import writing

DAY, DAYS = date(2025, 7, 1), 180
PRODUCTS = [f"p{one:02}" for one in range(24)]
PROMOTED = "p20"


def sales(chance: np.random.Generator) -> pd.DataFrame:
    """Sales with a weekly rhythm; p20 sells four times as much on the days of its placements."""
    days = [DAY - timedelta(days=one) for one in range(DAYS, 0, -1)]
    frame = pd.DataFrame({"product_id": np.repeat(PRODUCTS, DAYS), "order_date": days * len(PRODUCTS)})
    level = np.repeat(np.linspace(0.5, 8, len(PRODUCTS)), DAYS)
    weekend = np.array([1.6 if one.weekday() >= 5 else 0.8 for one in days])
    frame["units"] = chance.poisson(level * np.tile(weekend, len(PRODUCTS)))
    frame.loc[(frame["product_id"] == PROMOTED) & is_placed(frame["order_date"]), "units"] *= 4
    frame = frame[frame["units"] > 0].assign(known_on=lambda found: found["order_date"], discount_amount=0.0)
    return frame.assign(superseded_on=None, net_amount=2.0 * frame["units"], order_count=1)


def is_placed(days: pd.Series) -> pd.Series:
    """Every fourth week, and the week of the day itself."""
    return pd.Series([((DAY - one).days - 1) // 7 % 4 == 3 for one in days], index=days.index)


def placements() -> pd.DataFrame:
    begins = [DAY - timedelta(days=28 * one) for one in range(7)]
    frame = pd.DataFrame({"product_id": PROMOTED, "store_id": "s", "start_date": begins})
    frame["end_date"] = frame["start_date"] + timedelta(days=6)
    return frame.assign(day=frame["start_date"] - timedelta(days=14), display_location="front", mailer_location=None)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("shop")))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        sold = sales(np.random.default_rng(4))
        late = pd.DataFrame({"product_id": ["p12"], "order_date": [DAY - timedelta(days=2)], "known_on": [DAY]})
        late = late.assign(superseded_on=None, units=5000, net_amount=1.0, discount_amount=0.0, order_count=1)
        write("intermediate.int_product_days", pd.concat([sold, late], ignore_index=True))
        goods = pd.DataFrame({"product_id": PRODUCTS, "category": ["a"] * 12 + ["b"] * 12, "department": "d"})
        write(
            "features.products",
            goods.assign(day=DAY, price=2.0, regular_price=2.0, margin_rate=0.4, margin_rate_is_assumed=True),
        )
        write("staging.stg_shop__orders", pd.DataFrame({"store_id": ["s"], "order_date": [DAY - timedelta(days=9)]}))
        write("staging.stg_shop__store_promotions", placements())
        offers = {"offer_id": ["o"], "day": [DAY], "valid_from": [DAY], "valid_until": [DAY]}
        write("staging.stg_shop__offers", pd.DataFrame({**offers, "discount_type": "percent", "discount_value": 10.0}))
        write(
            "staging.stg_shop__offer_products", pd.DataFrame({"offer_id": ["o"], "product_id": ["p01"], "day": [DAY]})
        )
        write("staging.stg_shop__stock", counts(PRODUCTS[:20]))
        yield


def counts(products: list[str]) -> pd.DataFrame:
    """Two counts of each product, the newest of them little; one delivered on the day itself is not known yet."""
    rows = [(days, units) for days, units in ((3, 500.0), (1, 2.0), (0, 999.0))]
    frames = [
        pd.DataFrame({"product_id": products, "units_on_hand": units, "stock_date": DAY - timedelta(days=days)})
        for days, units in rows
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(store_id="s", units_on_order=0.0, lead_time_days=5.0, day=frame["stock_date"])


def write(table: str, frame: pd.DataFrame) -> None:
    dates = [one for one in frame.columns if one in {"day", "start_date", "end_date", "stock_date", "superseded_on"}]
    dates += [one for one in frame.columns if one.startswith("valid_") or one in {"order_date", "known_on"}]
    casts = ", ".join(f"{one}::date as {one}" for one in dates)
    with writing() as connection:
        connection.register("frame", frame)
        connection.execute(f"create schema if not exists {table.split('.')[0]}")
        connection.execute(f"create table {table} as select * replace ({casts}) from frame")


@pytest.fixture(scope="module")
def written(warehouse):
    """The rows of a day after training and scoring, with settings that keep it short."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        numbers = parameters.load().demand
        small = {"rounds": 60, "min_data_in_leaf": 10, "learning_rate": 0.1, "max_rows": 20_000}
        monkeypatch.setitem(numbers.__dict__, "settings", {"lightgbm": small})
        monkeypatch.setitem(numbers.__dict__, "max_products", 22)
        monkeypatch.setitem(numbers.__dict__, "learners", ["ses", "lightgbm"])
        demand.train(DAY)
        assert demand.score(DAY) > 0
        stock.train(DAY)
        assert stock.score(DAY) == 20
    sql = "select * exclude (day) from {} order by all"
    return {
        name: tables.read(sql.format(f"ml.{name}")).to_pandas()
        for name in ("demand_forecasts", "stock_recommendations")
    }


def test_champions_are_registered_with_what_they_were_judged_by(written) -> None:
    for family in ("demand", "demand_daily", "stock"):
        version = registry.champion_for(family, DAY)
        assert version is not None
        assert version.validation_until == DAY - timedelta(days=1)
    assert registry.champion_for("demand", DAY).metric == "wrmsse"


def test_levels_add_up_and_days_to_weeks(written) -> None:
    found = written["demand_forecasts"]
    assert set(found["level"]) == {"product", "rest", "category", "total"}
    for value in ("mean", "planned_units"):
        sums = found.assign(level=found["level"].replace("rest", "product")).pivot_table(
            index=["freq", "ds"], columns="level", values=value, aggfunc="sum"
        )
        np.testing.assert_allclose(sums["product"], sums["total"], atol=1e-6)
        np.testing.assert_allclose(sums["category"], sums["total"], atol=1e-6)
    days = found[(found["freq"] == "day") & (found["level"] == "total")].sort_values("ds")["mean"].to_numpy()
    weeks = found[(found["freq"] == "week") & (found["level"] == "total")].sort_values("ds")["mean"].to_numpy()
    np.testing.assert_allclose(days.reshape(4, 7).sum(axis=1), weeks)
    assert (found["quantile_10"] <= found["quantile_90"]).all()


def test_weekends_sell_twice_as_much(written) -> None:
    found = written["demand_forecasts"]
    days = found[(found["freq"] == "day") & (found["level"] == "total")]
    weekend = pd.to_datetime(days["ds"]).dt.dayofweek >= 5
    assert days["mean"][weekend].mean() / days["mean"][~weekend].mean() == pytest.approx(2, rel=0.25)


def test_what_was_not_known_yet_is_in_no_forecast(written) -> None:
    found = written["demand_forecasts"]
    assert 0 < found.loc[found["item_id"] == "p12", "mean"].max() < 100
    weekly = found[(found["level"] == "total") & (found["freq"] == "week")]
    sold = read_sold(DAY, DAYS, parameters.load().shop).lines["units"].sum() / DAYS * 7
    assert weekly["mean"].mean() == pytest.approx(sold, rel=0.2)


def test_stock_is_ordered_where_it_is_short_and_newest_known_counts_are_taken(written) -> None:
    found = written["stock_recommendations"]
    assert (found["units_on_hand"] == 2).all()
    by_itself = written["demand_forecasts"].query("level == 'product'")["item_id"]
    assert len(set(found["product_id"]) - set(by_itself)) == 2  # too slow to be forecast, still looked after
    fast = found[found["units_per_day"] > 2]
    assert len(fast) > 5
    assert (fast["action"] == "order").all()
    assert (fast["order_units"] > 4 * fast["units_per_day"]).all()
    assert found["expected_fill_rate"].between(0.5, 1).all()


@pytest.mark.parametrize(("lead_days", "is_due"), [(6.0, False), (6.5, True), (60.0, True)])
def test_a_promotion_of_the_second_week_is_ordered_for_where_an_order_takes_longer_than_the_first(
    written, lead_days: float, is_due: bool
) -> None:
    with writing() as connection:
        connection.execute("update staging.stg_shop__stock set lead_time_days = ?", [lead_days])
        connection.execute("update ml.demand_forecasts set planned_units = if(periods_ahead = 2, 30, 0)")
    assert stock.score(DAY) == 20
    found = tables.read("select product_id, promotion_units from ml.stock_recommendations").to_pandas()
    by_itself = written["demand_forecasts"].query("level == 'product'")["item_id"]
    units = found.loc[found["product_id"].isin(by_itself), "promotion_units"]
    assert len(units) == 18
    assert ((units >= 25) if is_due else (units == 0)).all()


def test_a_source_without_stock_gets_forecasts_and_no_recommendations(
    written, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing() as connection:
        connection.execute("create table kept as from staging.stg_shop__stock; delete from staging.stg_shop__stock")
    stock.train(DAY)
    assert stock.score(DAY) == 0
    assert "stock: not available: the source delivers no stock" in capsys.readouterr().out
    assert tables.read("select count(*) from ml.stock_recommendations")[0][0].as_py() == 0
    assert tables.read("select count(*) from ml.demand_forecasts")[0][0].as_py() > 0
    with writing() as connection:
        connection.execute("insert into staging.stg_shop__stock from kept; drop table kept")


def test_a_day_before_all_sales_is_not_available(written, capsys: pytest.CaptureFixture[str]) -> None:
    early = DAY - timedelta(days=DAYS + 5)
    demand.train(early)
    assert demand.score(early) == 0
    assert "demand: not available: nothing was sold" in capsys.readouterr().out


def test_a_plan_is_spread_over_the_days_it_holds() -> None:
    panel = weeks_of(["x", "y"], 3, 1)
    rows = pd.DataFrame(
        {"product_id": ["x"], "first_day": ["2025-01-10"], "last_day": ["2025-01-20"], "display": [1.0]}
    )
    found = spread(panel, rows, "display", np.add)
    np.testing.assert_allclose(found[0], [3 / 7, 1, 1 / 7, 0])  # weeks begin on the 6th, 13th, 20th and 27th
    assert found[1].sum() == 0


def test_how_far_plans_are_known_ahead_is_learned_from_when_they_were_told() -> None:
    panel = weeks_of(["x"], 30, 4)
    weeks = pd.to_datetime(panel.periods)
    rows = pd.DataFrame(
        {"product_id": "x", "first_day": weeks, "last_day": weeks + pd.Timedelta(days=6), "display": 1.0}
    )
    told = {days: rows.assign(known_on=weeks - pd.Timedelta(days=days)) for days in (0, 3, 10, 60)}
    assert {days: known_ahead(panel, one, "display", np.add) for days, one in told.items()} == {
        0: 0,
        3: 1,
        10: 2,
        60: 4,
    }


def test_offers_are_as_deep_as_they_say() -> None:
    offers = pd.DataFrame({"discount_type": ["percent", "amount", "gift"], "discount_value": [20.0, 1.0, 3.0]})
    np.testing.assert_allclose(depth(offers, np.array([4.0, 4.0, 4.0])), [0.2, 0.25, 0.05])
    assert demand_history.carried(np.array([[4.0, 0, 9]]), np.array([[2.0, 0, 3]])).tolist() == [[2, 2, 3]]


def test_what_is_not_forecast_by_itself_is_the_rest_of_its_category(warehouse) -> None:
    sold = read_sold(DAY, DAYS, parameters.load().shop)
    few = choose_products(sold, 3, 91)
    assert set(few) == {"p20", "p22", "p23"}
    panel = as_panel(sold, few, "W", 4, 20)
    assert list(panel.ids) == ["p20", "p22", "p23", "rest of a", "rest of b"]
    newest = sold.lines[sold.lines["order_date"] >= pd.Timestamp(DAY) - pd.Timedelta(days=140)]
    assert panel.y.sum() == newest["units"].sum()
    assert list(as_panel(sold, few, "D", 28, 7).ids) == list(panel.ids)


def test_what_was_only_sold_long_ago_is_a_series_of_every_rhythm() -> None:
    days = pd.to_datetime([DAY - timedelta(days=one) for one in (100, 90, 3)])
    lines = pd.DataFrame({"product_id": ["old", "now", "now"], "order_date": days, "units": 1.0})
    sold = Sold(lines.assign(amount=2.0, discount=0.0), pd.Series({"old": "x", "now": "y"}), DAY)
    for freq, most in (("W", 50), ("D", 28)):
        assert list(as_panel(sold, ["now"], freq, 4, most).ids) == ["now", "rest of x"]


def weeks_of(ids: list[str], known: int, ahead: int) -> Panel:
    periods = np.datetime64("2025-01-06") + 7 * np.arange(known + ahead)
    return Panel(np.array(ids, dtype=object), periods, np.ones((len(ids), known)), "W")
