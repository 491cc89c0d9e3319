"""One contract for every candidate: before training, after training, on disk."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.learning import metrics
from ml.learning.calibration import Calibrator
from ml.learning.encoding import Encoding
from ml.models import catalogue
from ml.models.contract import Recipe
from ml.models.predictor import Predictor
from tests.ml import learnable

UNCALIBRATED = Calibrator("none", (0.0,), (0.0,), 1.0)
EVERYONE = sorted(catalogue.CLASSES)
LEARNERS = [name for name in EVERYONE if name not in catalogue.FLOORS]


def learn(name: str, frame: pd.DataFrame | None = None) -> Predictor:
    """From a frame in any order of rows to a predictor, as a tournament does it."""
    rows = learnable.Panel.of(learnable.frame_of() if frame is None else frame)
    encoding = Encoding.fit(rows.features)
    candidate = catalogue.make(learnable.recipes()[name]).fit(encoding.apply(rows.features), rows.outcome)
    return Predictor(encoding, candidate, UNCALIBRATED)


def test_every_candidate_has_a_recipe_to_test():
    assert set(learnable.recipes()) == set(EVERYONE)


@pytest.mark.parametrize("name", EVERYONE)
def test_gives_one_probability_per_row(name):
    scores = learn(name).predict(learnable.features(57, seed=3))
    assert scores.shape == (57,)
    assert ((scores > 0) & (scores < 1)).all()


@pytest.mark.parametrize("name", EVERYONE)
def test_saved_and_loaded_predicts_the_same(name, tmp_path):
    predictor, rows = learn(name), learnable.features(200, seed=3)
    predictor.save(tmp_path / "model")
    assert np.array_equal(Predictor.load(tmp_path / "model").predict(rows), predictor.predict(rows))


@pytest.mark.parametrize("name", EVERYONE)
def test_same_seed_gives_the_same_bytes(name, tmp_path):
    for folder in ("first", "second"):
        learn(name).save(tmp_path / folder)
    files = sorted(file.relative_to(tmp_path / "first") for file in (tmp_path / "first").rglob("*") if file.is_file())
    assert len(files) >= 3
    different = [
        file for file in files if (tmp_path / "first" / file).read_bytes() != (tmp_path / "second" / file).read_bytes()
    ]
    assert different == []


@pytest.mark.parametrize("name", EVERYONE)
def test_holds_no_pickle(name, tmp_path):
    learn(name).save(tmp_path)
    endings = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    assert endings <= {".json", ".skops", ".txt"}


@pytest.mark.parametrize("name", LEARNERS)
def test_learns_a_separable_toy_by_heart(name):
    toy = learnable.frame_of(outcome=learnable.buys_from_four_orders)
    assert metrics.auc(toy["outcome"], learn(name, toy).predict(toy)) > 0.99


@pytest.mark.parametrize("name", EVERYONE)
def test_order_of_rows_does_not_matter(name):
    frame, rows = learnable.frame_of(), learnable.features(100, seed=3)
    shuffled = frame.sample(frac=1, random_state=1)
    assert np.array_equal(learn(name, shuffled).predict(rows), learn(name, frame).predict(rows))


@pytest.mark.parametrize("name", EVERYONE)
def test_order_of_columns_and_a_constant_one_do_not_matter(name):
    frame, rows = learnable.frame_of(), learnable.features(100, seed=3)
    more = frame[frame.columns[::-1]].assign(always=1.0, never=np.nan)
    assert np.array_equal(learn(name, more).predict(rows), learn(name, frame).predict(rows))


@pytest.mark.parametrize("name", EVERYONE)
def test_a_row_is_scored_alike_alone_and_among_others(name):
    predictor, rows = learn(name), learnable.features(100, seed=3)
    assert predictor.predict(rows.iloc[[40]])[0] == pytest.approx(predictor.predict(rows)[40], abs=1e-12)


@pytest.mark.parametrize("name", LEARNERS)
def test_more_orders_and_red_raise_the_probability(name):
    predictor, rows = learn(name), learnable.features(500, seed=3)
    few, many = (predictor.predict(rows.assign(orders=float(orders))).mean() for orders in (1, 6))
    blue, red = (predictor.predict(rows.assign(word=word)).mean() for word in ("blue", "red"))
    assert many > few + 0.2
    assert red >= blue


@pytest.mark.parametrize("name", ["lightgbm", "logistic_regression"])
def test_never_falls_where_the_sign_is_known(name):
    predictor, rows = learn(name), learnable.features(300, seed=3)
    ladder = np.array([predictor.predict(rows.assign(orders=float(orders))) for orders in range(12)])
    assert (np.diff(ladder, axis=0) >= -1e-12).all()


def test_a_weight_against_its_sign_is_zero_and_the_others_learn_without_it():
    """Orders of a month look harmful once those of a quarter, which hold them, have the credit for both."""
    chance = np.random.default_rng(5)
    month, quarter = chance.normal(size=(2, 4000))
    X = pd.DataFrame({"month": month + quarter, "quarter": quarter}).astype(np.float32)
    y = (chance.random(4000) < 1 / (1 + np.exp(month - 2 * quarter))).astype(float)
    free, signed = (
        catalogue.make(Recipe("logistic_regression", {"C": 1.0}, signs=signs)).fit(X, y)
        for signs in ({}, {"month": 1, "quarter": 1})
    )
    assert free.model.coef_[0][0] < 0
    assert signed.model.coef_[0][0] == 0 < signed.model.coef_[0][1]
    alone = catalogue.make(Recipe("logistic_regression", {"C": 1.0})).fit(X[["quarter"]], y)
    assert signed.predict(X) == pytest.approx(alone.predict(X), abs=1e-6)


@pytest.mark.parametrize("name", LEARNERS)
def test_beats_both_floors_on_rows_it_never_saw(name):
    fresh = learnable.features(3000, seed=11)
    outcome = learnable.buys_by_habit(fresh, seed=11)
    floors = [metrics.auc(outcome, learn(floor).predict(fresh)) for floor in catalogue.FLOORS]
    assert metrics.auc(outcome, learn(name).predict(fresh)) > max(floors)


@pytest.mark.parametrize("name", LEARNERS)
def test_card_names_what_counts_and_what_does_not(name):
    importance = {one["feature"]: one["share"] for one in learn(name).candidate.card()["importance"]}
    assert importance["orders"] == max(importance.values())
    assert sum(importance.values()) == pytest.approx(1, abs=1e-4)


def test_blend_is_the_mean_of_its_members_log_odds():
    rows = learnable.features(50, seed=3)
    odds = [np.log(p / (1 - p)) for p in (learn(name).predict(rows) for name in ("logistic_regression", "lightgbm"))]
    assert learn("blend").predict(rows) == pytest.approx(1 / (1 + np.exp(-np.mean(odds, axis=0))))


def test_an_unknown_candidate_is_an_error():
    with pytest.raises(KeyError, match="crystal_ball"):
        catalogue.class_of("crystal_ball")


@pytest.mark.parametrize("name", EVERYONE)
def test_contributions_add_up_to_the_calibrated_chance_by_raw_features(name):
    predictor, rows = replace(learn(name), calibrator=Calibrator("platt", (-1.0, 1.0), (-2.5, 0.5), 0.8)), gappy()
    told, chance = predictor.contributions(rows), predictor.predict(rows)
    assert told.sum(axis=1).to_numpy() + predictor.base_chance(rows) == pytest.approx(chance, abs=1e-5)
    assert set(told.columns) <= set(rows.columns)


def gappy() -> pd.DataFrame:
    rows = learnable.features(300, seed=3)
    number = next(name for name in rows if pd.api.types.is_float_dtype(rows[name]))
    return rows.assign(**{number: rows[number].where(np.arange(300) % 5 > 0)})


@pytest.mark.parametrize("name", LEARNERS)
def test_shuffling_what_counts_most_moves_chances_more_than_any_other_feature_drawn_by_lot(name):
    predictor, rows, random = learn(name), learnable.features(1500, seed=3), np.random.default_rng(1)
    chance = predictor.predict(rows)
    ranked = predictor.contributions(rows).abs().mean().sort_values(ascending=False)
    moved = [
        np.abs(predictor.predict(rows.assign(**{one: random.permutation(rows[one])})) - chance).mean()
        for one in ranked.index
    ]
    assert moved[0] > 2 * np.mean(moved[1:])
    assert moved[0] > 0.01
