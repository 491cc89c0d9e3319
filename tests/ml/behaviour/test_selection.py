"""Feature selection: causes are found among noise, folds never look back, a third costs what it should."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import selection
from ml.learning.families import by_name
from ml.learning.panel import Panel
from ml.learning.selection import Fold, cost_of_third, rank_features, time_folds
from ml.models import catalogue
from ml.models.contract import Recipe
from warehouse import tables
from warehouse.connection import writing

CAUSES = ("strong", "weak")
RECIPE = Recipe("logistic_regression", {"C": 1.0}, seed=1)


def shop(rows: int = 3000, noise: int = 10) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    """Two causes and noise; weekly days."""
    chance = np.random.default_rng(1)
    X = pd.DataFrame(
        chance.normal(size=(rows, noise + 2)), columns=[*CAUSES, *(f"noise_{one}" for one in range(noise))]
    )
    odds = 1.5 * X["strong"] + 0.7 * X["weak"]
    y = (chance.random(rows) < 1 / (1 + np.exp(-odds))).astype(float).to_numpy()
    days = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * (np.arange(rows) * 30 // rows), unit="D"))
    return X.astype(np.float32), y, days


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=60), st.integers(1, 60), st.integers(1, 5))
def test_no_window_of_the_past_reaches_what_is_judged(days, horizon, folds):
    known = np.datetime64("2024-01-01") + np.array(days)
    found = time_folds(known, horizon, folds)
    assert len(found) <= folds
    for fold in found:
        assert (known[fold.learn] + horizon).max() <= known[fold.judge].min()
    judged = np.concatenate([fold.judge for fold in found]) if found else np.array([])
    assert len(set(judged.tolist())) == len(judged)


def test_causes_come_first_and_survive_in_every_fold_and_noise_does_not():
    X, y, days = shop()
    found = rank_features(X, y, time_folds(days, 7, 3), seed=1).set_index("feature")
    assert list(found.index[:2]) == list(CAUSES)
    assert found.loc[list(CAUSES), "survives"].all()
    assert found["survives"].sum() <= 4
    assert found.loc["strong", "permutation_loss"] > found.loc["weak", "permutation_loss"] > 0


def test_a_third_that_holds_the_causes_costs_nothing_and_one_by_lot_does():
    X, y, days = shop()
    folds = time_folds(days, 7, 3)
    order = list(rank_features(X, y, folds[:-1], seed=1)["feature"])
    cost = cost_of_third(
        X, y, days, folds[-1], order, lambda past, came: catalogue.make(RECIPE).fit(past, came).predict, 1
    )
    assert cost.score_third == pytest.approx(cost.score_all, abs=0.01)
    assert cost.loss_low <= cost.score_all - cost.score_third <= cost.loss_high
    assert cost.score_random_third < cost.score_third - 0.02


def test_the_stage_writes_a_row_per_feature_and_says_what_a_third_costs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    X, y, days = shop(1500, 4)
    frame = X.assign(day=days.dt.date, customer_id=[f"c{one % 200}" for one in range(len(X))], outcome=y)
    day = max(frame["day"]) + timedelta(days=7)
    assert selection.write(by_name("purchase"), day, Panel.of(frame), RECIPE) == 6
    assert "the best third scores" in capsys.readouterr().out
    rows = tables.read("select * from ml.feature_selection order by place").to_pandas()
    assert rows["feature"].tolist()[:2] == list(CAUSES)
    assert rows["score_all"].between(0.7, 1).all()


def test_few_days_are_said_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    frame = pd.DataFrame({"day": [date(2024, 1, 1)] * 9, "customer_id": "c", "x": range(9), "outcome": [0, 1, 0] * 3})
    assert selection.write(by_name("purchase"), date(2024, 1, 8), Panel.of(frame), RECIPE) == 0
    assert "not available: too few closed days" in capsys.readouterr().out


def test_one_class_teaches_nothing_and_gives_no_order():
    X = pd.DataFrame({"x": np.arange(10.0)})
    assert rank_features(X, np.zeros(10), [Fold(np.arange(5), np.arange(5, 10))], seed=1).empty
