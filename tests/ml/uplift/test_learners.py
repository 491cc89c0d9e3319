"""One contract for every effect learner: shapes, sign and order, on disk, reasons."""

import json

import numpy as np
import pandas as pd
import pytest

from ml.models.uplift import catalogue
from ml.models.uplift.contract import Learner
from ml.models.uplift.forest import Nodes
from ml.models.uplift.trial import Baseline, Trial
from tests.ml.uplift import worlds

EVERYONE = sorted(catalogue.ENTRIES)
LEARNERS = [name for name in EVERYONE if name not in catalogue.FLOORS]


def learn(name: str, trial: Trial | None = None, **settings: object) -> Learner:
    return catalogue.make(worlds.recipe(name, **settings)).fit(trial or worlds.shop())


@pytest.mark.parametrize("name", EVERYONE)
def test_gives_one_finite_effect_per_row(name):
    effect = learn(name).effect(worlds.shop(57, seed=3).features)
    assert effect.shape == (57,)
    assert np.isfinite(effect).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_knows_who_is_won_and_who_is_put_off(name):
    effect = dict(zip(worlds.MOODS, learn(name).effect(worlds.each_mood()), strict=True))
    assert effect["if offered"] > max(effect["always"], effect["never"], 0) + 1
    assert effect["put off"] < min(effect["always"], effect["never"], 0) - 1


@pytest.mark.parametrize("name", EVERYONE)
def test_same_seed_same_bytes_and_loaded_alike(name, tmp_path):
    learner, rows = learn(name), worlds.shop(200, seed=3).features
    learner.save(tmp_path / "first")
    learn(name).save(tmp_path / "second")
    files = sorted(file.relative_to(tmp_path / "first") for file in (tmp_path / "first").rglob("*") if file.is_file())
    assert {file.suffix for file in files} <= {".json", ".npz", ".txt"}
    assert all((tmp_path / "first" / one).read_bytes() == (tmp_path / "second" / one).read_bytes() for one in files)
    loaded = catalogue.load(name, tmp_path / "first")
    assert np.array_equal(loaded.effect(rows), learner.effect(rows))
    assert loaded.contributions(rows).equals(learner.contributions(rows))


@pytest.mark.parametrize("name", EVERYONE)
def test_card_is_plain_json_and_says_what_was_learned_from(name):
    trial = worlds.shop(400)
    card = learn(name, Trial(**{**vars(trial), "is_observational": True})).card()
    assert json.loads(json.dumps(card)) == card
    assert card["learner"] == name
    assert card["is_observational"] is True


@pytest.mark.parametrize("name", EVERYONE)
def test_contributions_add_up_to_the_effect(name):
    learner, rows = learn(name), worlds.shop(300, seed=5).features
    told = learner.contributions(rows)
    assert set(told.columns) == {"mood", "noise", "gaps"}
    assert told.sum(axis=1).to_numpy() + learner.base_effect == pytest.approx(learner.effect(rows), abs=1e-5)


@pytest.mark.parametrize("name", LEARNERS)
def test_mood_is_the_first_reason(name):
    told = learn(name).contributions(worlds.each_mood())
    differs = worlds.each_mood()["mood"].isin(["if offered", "put off"]).to_numpy()
    assert (told.abs().idxmax(axis=1)[differs] == "mood").all()


@pytest.mark.parametrize("name", EVERYONE)
def test_a_feature_that_never_varies_does_not_matter(name):
    trial, rows = worlds.shop(600), worlds.shop(50, seed=3).features
    more = Trial(**{**vars(trial), "features": trial.features.assign(same=1.0)})
    assert np.array_equal(learn(name, more).effect(rows.assign(same=2.0)), learn(name, trial).effect(rows))


@pytest.mark.parametrize("name", EVERYONE)
def test_learns_where_no_feature_varies(name):
    plain = worlds.shop(400)
    trial = Trial(**{**vars(plain), "features": pd.DataFrame({"same": np.ones(400)})})
    effect = learn(name, trial).effect(trial.features)
    assert np.ptp(effect) == pytest.approx(0, abs=1e-9)


def test_uniform_is_the_weighted_difference_in_means():
    frame = pd.DataFrame({"x": [0.0, 1, 0, 1]})
    trial = Trial.of(frame, [True, True, False, False], [3.0, 5, 1, 1], probability=[0.25, 0.75, 0.25, 0.75])
    with_, without = (3 * 4 + 5 * (4 / 3)) / (4 + 4 / 3), 1.0
    assert learn("uniform", trial).effect(frame) == pytest.approx([with_ - without] * 4)


def test_propensity_ranks_by_outcome_and_not_by_change():
    effect = dict(zip(worlds.MOODS, learn("propensity").effect(worlds.each_mood()), strict=True))
    assert effect["always"] > effect["if offered"]
    assert effect["always"] > effect["never"]


@pytest.mark.parametrize("name", ["nested_s_learner", "nested_s_learner_additive"])
def test_nested_knows_what_is_spent_without_an_offer(name):
    spent = learn(name).outcome_without(worlds.each_mood())
    assert spent == pytest.approx([without for without, _ in worlds.SPEND.values()], abs=1.0)


def test_baseline_rows_sharpen_what_is_spent_without():
    trial, more = worlds.shop(200, share=0.9), worlds.shop(6000, seed=9)
    untreated = Baseline(more.features[~more.treated], more.outcome[~more.treated])
    without = [spend for spend, _ in worlds.SPEND.values()]
    told = [
        catalogue.make(worlds.recipe("nested_s_learner")).fit(trial, baseline).outcome_without(worlds.each_mood())
        for baseline in (None, untreated)
    ]
    errors = [float(np.abs(np.asarray(one) - without).mean()) for one in told]
    assert errors[1] < errors[0]


def test_proportional_effect_is_found_without_bias():
    """Whoever spends ten times as much gains ten times as much: 30 % each, whatever the share treated."""
    random = np.random.default_rng(2)
    level = random.choice([1.0, 10.0], 8000)
    treated = random.random(8000) < 0.8
    outcome = level * np.where(treated, 1.3, 1.0) * random.exponential(size=8000)
    trial = Trial.of(pd.DataFrame({"level": level}), treated, outcome, probability=0.8)
    effect = learn("nested_s_learner", trial).effect(pd.DataFrame({"level": [1.0, 10.0]}))
    assert effect == pytest.approx([0.3, 3.0], rel=0.25)


def test_forest_of_arrays_says_what_econml_says(monkeypatch):
    grown = []
    true_of = Nodes.of
    monkeypatch.setattr(Nodes, "of", lambda forest: grown.append(forest) or true_of(forest))
    learner, rows = learn("causal_forest"), worlds.shop(100, seed=3).features
    design = learner.design(learner.encoding.apply(rows))
    assert learner.effect(rows) == pytest.approx(grown[0].predict(design).ravel(), rel=1e-9)


def test_an_unknown_learner_is_an_error():
    with pytest.raises(KeyError, match="crystal_ball"):
        catalogue.class_of("crystal_ball")
