"""Demand from a plain frame: what is planned is used, what comes later is not, and ranges hold what they promise."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.models.contract import Recipe
from ml.models.demand.boosting import Boosted
from ml.models.demand.catalogue import CATALOGUE
from ml.models.demand.contest import Terms, hold, serve
from ml.models.demand.features import all_pairs, describe
from ml.models.demand.forecasting import forecast
from ml.models.demand.ranges import learn_ranges
from ml.models.demand.series import Series, panel_of
from ml.models.demand.serving import Served, spread_weeks
from tests.ml.shops import demand as shop
from warehouse.errors import BadInput, NotAvailable

SMALL = {"rounds": 40, "min_data_in_leaf": 5, "learning_rate": 0.15}


def promoted_shop(seed: int = 0, products: int = 40) -> pd.DataFrame:
    """Sales of 60 weeks that triple in promoted weeks; the last four are planned but not sold yet."""
    chance = np.random.default_rng(seed)
    weeks = pd.date_range("2024-01-01", periods=60, freq="7D")
    frame = pd.DataFrame({"unique_id": np.repeat([f"p{one:02}" for one in range(products)], 60)})
    frame["ds"] = np.tile(weeks, products)
    frame["promotion"] = (chance.random(len(frame)) < 0.25).astype(float)
    level = np.repeat(chance.uniform(5, 40, products), 60)
    frame["truth"] = level * (1 + 2 * frame["promotion"])
    frame["y"] = chance.poisson(frame["truth"]).astype(float)
    frame["category"] = np.repeat(["a", "b"], products * 30)
    return frame


def test_a_planned_promotion_is_seen_by_boosting_alone() -> None:
    frame = promoted_shop()
    hidden = frame.assign(y=frame["y"].where(frame["ds"] < "2025-01-27")).drop(columns="truth")
    series = Series(hidden, "W", 4)
    truth = frame.loc[frame["ds"] >= "2025-01-27", "truth"].to_numpy()
    said = Boosted(Recipe("lightgbm", SMALL, seed=1)).fit(series).score(series)["mean"].to_numpy()
    blind = CATALOGUE.make(Recipe("ses")).fit(series).score(series)["mean"].to_numpy()
    assert np.abs(said - truth).mean() < 0.5 * np.abs(blind - truth).mean()


def test_a_morning_without_any_plan_is_forecast_by_what_learned_from_plans() -> None:
    frame = promoted_shop().drop(columns="truth")
    learned = Boosted(Recipe("lightgbm", SMALL, seed=1)).fit(Series(frame, "W", 4))
    usual = frame["y"].mean()
    without = learned.score(Series(frame.drop(columns="promotion"), "W", 4))["mean"]
    assert without.notna().all()
    assert 0.3 * usual < without.mean() < 1.2 * usual


def test_nothing_that_comes_after_the_origin_is_a_feature() -> None:
    panel = panel_of(Series(promoted_shop().drop(columns="truth"), "W", 0, {"promotion": 2}))
    view = panel.cut(40, 4)
    now = describe(view, all_pairs(view, 4), "US")
    panel.y[:, 40:] = 999
    panel.regressors["promotion"][:, 42:] = 999
    later = panel.cut(40, 4)
    pd.testing.assert_frame_equal(describe(later, all_pairs(later, 4), "US"), now)


def test_levels_add_up_and_ranges_are_in_order() -> None:
    frame = promoted_shop().drop(columns="truth")
    known = frame[frame["ds"] < "2025-01-27"]
    ahead = frame.loc[frame["ds"] >= "2025-01-27", ["unique_id", "ds", "promotion"]]
    settings = {"lightgbm": SMALL}
    found = forecast(known, 4, "W", ["category"], ahead, learners=["ses", "lightgbm"], settings=settings)
    sums = found.pivot_table(index="ds", columns="level", values="mean", aggfunc="sum")
    np.testing.assert_allclose(sums["product"], sums["total"])
    np.testing.assert_allclose(sums["category"], sums["total"])
    assert set(found["method"]) == {"lightgbm"}
    assert (found["q_0.1"] <= found["q_0.5"]).all()
    assert (found["q_0.5"] <= found["q_0.9"]).all()
    assert found["q_0.1"].min() >= 0


def test_ranges_cover_what_they_promise_of_series_like_those_learned_from() -> None:
    chance = np.random.default_rng(3)
    mean = np.repeat(chance.uniform(1, 60, 4000)[:, None], 2, axis=1)
    came = chance.negative_binomial(5, 5 / (5 + mean)).astype(float)
    ranges = learn_ranges(came[:2000], mean[:2000], (0.1, 0.5, 0.9))
    quantiles = ranges.quantiles(mean[2000:])
    covered = ((quantiles[:, :, 0] <= came[2000:]) & (came[2000:] <= quantiles[:, :, 2])).mean()
    assert 0.75 < covered < 0.87  # counts that equal an end are within
    low = ranges.quantiles(np.full((1, 2), 40.0))
    assert low[0, 0, 2] - low[0, 0, 0] == pytest.approx(2.56 * np.sqrt(40 + 40**2 / 5), rel=0.35)


def test_the_range_of_a_single_series_knows_how_few_errors_it_was_learned_from() -> None:
    came, said = np.array([[110.0, 90], [90, 110], [110, 110]]), np.full((3, 2), 100.0)
    wide, narrow = (learn_ranges(came, said, (0.1, 0.5, 0.9), origins) for origins in (1, 3))
    for ranges, quantile in ((wide, 3.0777), (narrow, 1.6377)):  # Student's 0.9 with 1 and 3 degrees of freedom
        np.testing.assert_allclose(
            ranges.quantiles(said[:1])[0, 0], [100 - 10 * quantile, 100, 100 + 10 * quantile], rtol=1e-3
        )


def test_what_serves_is_saved_and_serves_the_same(tmp_path: Path) -> None:
    series = shop.data(1)
    panel = panel_of(series)
    recipes = {name: Recipe(name, shop.SETTINGS.get(name, {})) for name in ("naive", "ses", "lightgbm")}
    terms = Terms(recipes, ("category",))
    served = serve(panel, 4, terms, hold(panel, 4, terms))
    served.save(tmp_path)
    pd.testing.assert_frame_equal(Served.load(tmp_path).score(series), served.score(series))
    assert set(json.loads(json.dumps(served.card()))["details"]["coverage_of_last_origin"]) == {
        "product",
        "category",
        "total",
    }


def test_days_add_up_to_weeks_even_where_no_day_was_expected() -> None:
    daily, weekly = np.array([[1.0] * 7 + [0.0] * 7]), np.array([[14.0, 7.0]])
    np.testing.assert_allclose(spread_weeks(daily, weekly), [[2.0] * 7 + [1.0] * 7])


def test_a_short_history_and_a_bad_frame_are_told() -> None:
    frame = shop.data(1).frame.dropna(subset="y")
    with pytest.raises(NotAvailable, match="too few"):
        forecast(frame[frame["ds"] < "2025-02-20"], 4, "W", learners=["ses"])
    with pytest.raises(BadInput, match="cannot be below 0"):
        forecast(frame.assign(y=-1.0), 4, "W")
    with pytest.raises(BadInput, match="columns unique_id, ds, y"):
        forecast(frame.drop(columns="y"), 4, "W")
    with pytest.raises(BadInput, match="whole steps of 7 days"):
        panel_of(Series(frame.assign(ds=frame["ds"] + pd.to_timedelta(frame.index % 2, "D")), "W", 4))


def test_an_lstm_without_pytorch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(NotAvailable, match=r"requirements-lstm\.txt"):
        CATALOGUE.make(Recipe("lstm")).fit(shop.data(1))
