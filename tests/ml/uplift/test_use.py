"""The chance of use as a feature: what it is learned from, and that it tells effects apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.learning.uplift_tournament import run_tournament
from ml.models.uplift.model import UpliftModel
from ml.models.uplift.trial import Trial
from ml.models.uplift.use import CHANCE, Use, foresee_use
from tests.ml.uplift.test_uplift_tournament import terms

USERS = 0.25


def shop(n: int = 4000, seed: int = 3) -> tuple[Trial, np.ndarray]:
    """Who has both a device and a habit uses offers, and only users buy more: a line in the two alone misses it."""
    draw = np.random.default_rng(seed)
    device, habit = draw.random(n) < USERS**0.5, draw.random(n) < USERS**0.5
    features = pd.DataFrame({"device": device.astype(float), "habit": habit.astype(float), "noise": draw.random(n)})
    shown, uses = draw.random(n) < 0.5, device & habit & (draw.random(n) < 0.8)
    effect = np.where(device & habit, 3.0, 0.0)
    outcome = 5 + draw.normal(size=n) + effect * shown
    cost = np.where(shown & uses, 1.0, 0.0)
    return Trial.of(features, shown, outcome, probability=0.5, cost=cost, unit=np.arange(n) // 2), effect


def settings(**changes: object) -> dict:
    return dict(terms().settings) | changes


def test_the_chance_comes_near_the_share_that_uses() -> None:
    trial, effect = shop()
    extended, use = foresee_use(trial, settings())
    chance = extended.features[CHANCE].to_numpy()
    assert chance[effect > 0].mean() == pytest.approx(0.8, abs=0.1)
    assert chance[effect == 0].mean() < 0.05
    assert use is not None
    assert ((use.chance(trial.features) >= 0) & (use.chance(trial.features) <= 1)).all()


def test_no_row_had_a_part_in_its_own_chance() -> None:
    trial, _ = shop()
    of_unit = trial.unit == trial.unit[np.flatnonzero(trial.cost > 0)[0]]
    other = replace(trial, cost=np.where(of_unit, 0.0, trial.cost))
    before, after = (foresee_use(one, settings())[0].features[CHANCE] for one in (trial, other))
    assert before[of_unit].equals(after[of_unit])


@pytest.mark.parametrize("cost", [0.0, 1.0])
def test_costs_that_tell_no_use_are_no_feature(cost: float) -> None:
    trial, _ = shop()
    alike = replace(trial, cost=np.where(trial.treated, cost, 0.0))
    assert foresee_use(alike, settings()) == (alike, None)


def test_a_learner_of_a_line_finds_who_buys_more_through_their_use() -> None:
    trial, effect = shop()
    model = run_tournament(trial, terms("r_learner_linear")).model
    blind = run_tournament(replace(trial, cost=np.zeros(len(trial))), terms("r_learner_linear")).model
    assert model.use is not None
    assert blind.use is None
    far, farther = (float(np.mean((one.effect("margin", trial.features) - effect) ** 2)) for one in (model, blind))
    assert far < 0.5 * farther


def test_a_loaded_model_says_the_same_and_its_parts_add_up(tmp_path: Path) -> None:
    trial, _ = shop()
    model = run_tournament(trial, terms("r_learner_linear")).model
    model.save(tmp_path)
    loaded = UpliftModel.load(tmp_path)
    rows = trial.features.iloc[:50]
    assert loaded.effects(rows).equals(model.effects(rows))
    parts = model.contributions(rows)
    assert CHANCE in parts
    assert parts.sum(axis=1).to_numpy() + model.base_effect == pytest.approx(model.effect("margin", rows), abs=1e-4)


def test_rows_that_have_a_chance_keep_it() -> None:
    trial, _ = shop()
    use = Use.fit(trial, settings())
    given = trial.features.assign(**{CHANCE: 0.5})
    assert use.extend(given).equals(given)
