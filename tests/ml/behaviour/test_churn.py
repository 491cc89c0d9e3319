"""Hazards: curves by arithmetic, invented customers of a known rhythm, nothing of the future."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import churn
from ml.models.churn.base import Hazard
from ml.models.churn.catalogue import CATALOGUE
from ml.models.churn.curve import bend, curve_loss, days_until, survival
from ml.models.churn.judging import losses_of, waited
from ml.models.churn.periods import at_risk, borders_of, person_periods
from ml.models.contract import Recipe
from ml.models.value.transactions import Transactions, read_transactions
from tests.ml.shops import churn as shop
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

DAY = date(2024, 10, 1)


def rhythmic(customers: int = 200) -> Transactions:
    """Every second customer comes every 3 days, the others every 20; one in five stopped 100 days ago."""
    first = pd.Timestamp("2024-01-01")
    rows = []
    for one in range(customers):
        gap, stop = (3, 20)[one % 2], 174 if one % 5 == 0 else 274
        rows += [(f"c{one:03}", first + pd.Timedelta(days=day), 10.0) for day in range(one % gap, stop, gap)]
    return read_transactions(pd.DataFrame(rows, columns=["customer_id", "ds", "amount"]), DAY, 28)


def fitted(name: str, data: Transactions) -> Hazard:
    model = CATALOGUE.make(Recipe(name, shop.SETTINGS.get(name, {}), seed=1)).fit(data)
    assert isinstance(model, Hazard)
    return model


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.99))
def test_curves_fall_and_end_where_they_are_bent_to(hazards, end):
    curve = survival(np.array([hazards]))
    assert (np.diff(curve) <= 0).all()
    bent = bend(curve, np.array([end]))
    assert (np.diff(bent) <= 1e-12).all()
    assert bent[0, -1] == pytest.approx(end)


@given(st.lists(st.floats(0.05, 0.9), min_size=3, max_size=3))
def test_days_rise_with_the_chance_asked_for(hazards):
    curve, borders = survival(np.array([hazards])), np.array([0.0, 7.0, 14.0, 28.0])
    days = [float(days_until(curve, borders, chance)[0]) for chance in (0.1, 0.5, 0.9)]
    known = [one for one in days if np.isfinite(one)]
    assert known == sorted(known)
    assert all(0 <= one <= 28 for one in known)


def test_the_true_curve_loses_least():
    chance, borders = np.random.default_rng(1), np.array([0.0, 1, 2, 4])
    came = chance.choice([0.0, 1.0, 3.0, np.nan], 20000, p=[0.4, 0.3, 0.2, 0.1])
    true = np.tile([0.6, 0.3, 0.1], (len(came), 1))
    other = np.tile([0.5, 0.3, 0.15], (len(came), 1))
    assert curve_loss(true, borders, came).mean() < curve_loss(other, borders, came).mean()


def test_rows_at_risk_end_with_the_order_and_open_periods_are_left_out():
    days = ["2024-09-01", "2024-09-24", "2024-09-02"]
    data = read_transactions(pd.DataFrame({"customer_id": ["a", "a", "b"], "ds": days, "amount": 1.0}), DAY, 28)
    rows = at_risk(data, data.before(date(2024, 9, 21)), 100)
    # Ten days are known: periods of a day each up to 7, then 7 to 10. a orders on the fourth day, b does not.
    assert rows.period.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]
    assert rows.ordered.tolist() == [False, False, False, True, *[False] * 8]
    assert borders_of(28)[8] == 10


@pytest.mark.parametrize("name", ["logistic_hazard", "lightgbm"])
def test_who_stopped_is_at_risk_and_the_frequent_come_sooner(name):
    found = fitted(name, rhythmic()).score(rhythmic()).set_index("customer_id")
    places = np.array([int(one[1:]) for one in found.index])
    gone, often = places % 5 == 0, places % 2 == 0
    assert found["churn_risk"][gone].min() > found["churn_risk"][~gone].max()
    days = [found["next_order_days"][~gone & kind].median() for kind in (often, ~often)]
    assert days[0] < days[1]
    assert days[0] < 3


def test_hazards_that_know_the_habits_beat_the_floors():
    data = rhythmic()
    earlier = data.before(DAY - timedelta(days=28))
    models = {name: fitted(name, earlier) for name in CATALOGUE.classes}
    loss = {name: one.mean() for name, one in losses_of(models, data, earlier).items()}
    assert max(loss["logistic_hazard"], loss["lightgbm"]) < loss["silence_rate"] < loss["period_rate"]
    assert np.isnan(waited(data, earlier, pd.Index(["c000"])))


def test_what_comes_later_changes_nothing_that_was_foreseen():
    data, day = shop.data(3), date(2024, 9, 1)
    known = data.before(day)
    score = fitted("logistic_hazard", known).score(known)
    amounts = data.frame["amount"].where(data.frame["ds"] < pd.Timestamp(day), 9e9)
    later = replace(data, frame=data.frame.assign(amount=amounts)).before(day)
    pd.testing.assert_frame_equal(fitted("logistic_hazard", later).score(later), score)


def test_a_history_of_days_is_too_short():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "ds": ["2024-09-20", "2024-09-25"], "amount": 1.0})
    with pytest.raises(NotAvailable, match="days of orders"):
        person_periods(read_transactions(frame, DAY, 28), 4, 7, 100)


def test_without_orders_the_stage_says_so_and_writes_no_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    churn.train(DAY)
    assert churn.score(DAY) == 0
    assert "not available: the history is too short" in capsys.readouterr().out
    assert tables.read("select count(*) from ml.churn_risks")[0][0].as_py() == 0
