"""The recurrent network, where its extra is installed: it remembers, and knows nothing of what came after learning."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.models.contract import Recipe
from ml.models.demand.local import Naive
from ml.models.demand.lstm import Lstm, Scales
from ml.models.demand.series import Panel

pytest.importorskip("torch", reason="requirements-lstm.txt is not installed")
SETTINGS = {"window": 8, "hidden": 8, "epochs": 60, "batch": 32, "learning_rate": 0.02}


def every_third_week(count: int = 12, known: int = 40) -> Panel:
    """Series that sell thirty units every third week, each beginning in another week, and three in the others."""
    weeks = np.arange(known + 3)
    y = np.where((weeks[None, :] + np.arange(count)[:, None]) % 3 == 0, 30.0, 3.0)
    periods = np.datetime64("2025-01-06") + 7 * weeks
    return Panel(np.array([f"p{one:02}" for one in range(count)], dtype=object), periods, y, "W")


@pytest.fixture(scope="module")
def learned() -> Lstm:
    return Lstm(Recipe("lstm", SETTINGS, seed=1)).learn(every_third_week().cut(36, 3), 3)


def test_a_rhythm_is_remembered_where_the_last_week_says_nothing(learned: Lstm) -> None:
    panel = every_third_week()
    view, came = panel.cut(40, 3), panel.y[:, 40:43]
    naive = Naive(Recipe("naive")).forecast(view)
    assert np.abs(learned.forecast(view) - came).mean() < 0.25 * np.abs(naive - came).mean()


def test_it_has_the_four_gates_of_an_lstm(learned: Lstm) -> None:
    weights = learned.state().arrays
    assert weights["w:gates.weight_ih_l0"].shape == (4 * SETTINGS["hidden"], 1)
    assert weights["w:gates.weight_hh_l0"].shape == (4 * SETTINGS["hidden"], SETTINGS["hidden"])


def test_scales_are_those_of_the_training_time(learned: Lstm) -> None:
    panel = every_third_week()
    logs = np.log1p(panel.y[:, :36])
    panel.y[:, 36:] = 9999
    now = learned.scales.of(panel.cut(40, 3))
    np.testing.assert_allclose(now.mean[:, 0], logs.mean(axis=1))
    np.testing.assert_allclose(now.spread[:, 0], logs.std(axis=1) + 0.1)


def test_what_is_planned_ahead_does_not_scale_a_regressor() -> None:
    panel = every_third_week()
    price = np.tile(np.r_[np.full(36, 2.0), np.full(7, 500.0)], (12, 1))
    mean, spread = Scales.learn(replace(panel, regressors={"price": price}).cut(36, 7)).regressors["price"]
    assert (mean, spread) == (2.0, pytest.approx(0, abs=1e-5))


def test_series_are_known_by_name_and_new_ones_by_what_they_sold(learned: Lstm) -> None:
    view = every_third_week().cut(40, 3)
    mixed = view.take(np.array([5, 2, 7]))
    np.testing.assert_allclose(learned.forecast(mixed), learned.forecast(view)[[5, 2, 7]], rtol=1e-5)
    renamed = replace(mixed, ids=np.array(["p05", "new", "p07"], dtype=object))
    np.testing.assert_allclose(learned.forecast(renamed), learned.forecast(mixed), rtol=0.3)


def test_it_is_saved_and_forecasts_the_same(learned: Lstm, tmp_path: Path) -> None:
    view = every_third_week().cut(40, 3)
    learned.save(tmp_path)
    np.testing.assert_array_equal(Lstm.load(tmp_path).forecast(view), learned.forecast(view))
