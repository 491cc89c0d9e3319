"""The rules by which a candidate becomes champion, on standings made by hand and on panels known by eye."""

from datetime import date, timedelta

import numpy as np
import pytest

from ml.learning import metrics, tournament
from ml.learning.split import Split, has_no_leak
from ml.learning.tournament import INCUMBENT, Incumbent, Standing, choose, run_tournament
from ml.models.contract import Recipe
from tests.ml import learnable
from warehouse.errors import NotAvailable

QUIET = {"tell": lambda _: None}


def standing(name, value, spread=0.001):
    return Standing(name, np.array([]), value, value + spread * np.linspace(-1, 1, 101))


def standings(**values):
    both_floors = {"base_rate": 0.5, "rate_by_rule": 0.7}
    return {name: standing(name, value) for name, value in (both_floors | values).items()}


@pytest.fixture(scope="module")
def habit():
    return run_tournament(learnable.panel(), learnable.terms(), **QUIET)


def test_the_best_candidate_that_beats_the_floor_wins():
    choice = choose(standings(lightgbm=0.81, blend=0.83), None, 0.9)
    assert (choice.name, choice.is_new) == ("blend", True)


def test_without_a_champion_the_floor_serves_when_nothing_beats_it():
    choice = choose(standings(lightgbm=0.69), None, 0.9)
    assert (choice.name, choice.is_new) == ("rate_by_rule", True)
    assert "does not beat" in choice.reason


def test_the_champion_stays_when_nothing_beats_the_floor():
    choice = choose(standings(lightgbm=0.69, blend=0.68), "blend", 0.9)
    assert not choice.is_new
    assert "stays" in choice.reason


def test_a_lead_within_chance_does_not_beat_the_floor():
    unsure = standings() | {"lightgbm": standing("lightgbm", 0.7001)}
    unsure["lightgbm"] = Standing("lightgbm", np.array([]), 0.7001, 0.7 + np.linspace(-0.1, 0.1001, 101))
    assert choose(unsure, None, 0.9).name == "rate_by_rule"


def test_a_champion_that_is_still_better_as_it_stands_stays():
    choice = choose(standings(blend=0.80) | {INCUMBENT: standing(INCUMBENT, 0.82)}, "blend", 0.9)
    assert not choice.is_new


def test_a_champion_that_fell_behind_is_replaced():
    choice = choose(standings(blend=0.82) | {INCUMBENT: standing(INCUMBENT, 0.80)}, "blend", 0.9)
    assert (choice.name, choice.is_new) == ("blend", True)


def test_another_procedure_must_clearly_beat_the_champions():
    close, clear = within_chance(blend=0.8001, lightgbm=0.8), standings(blend=0.81, lightgbm=0.8)
    assert choose(close, "lightgbm", 0.9).name == "lightgbm"
    assert choose(clear, "lightgbm", 0.9).name == "blend"


def within_chance(**values):
    close = standings(**values)
    for one in close.values():
        one.draws[:] = one.value + np.random.default_rng(len(one.name)).normal(0, 0.01, 101)
    return close


def test_between_equals_the_blend_is_chosen():
    assert choose(within_chance(blend=0.8, lightgbm=0.8001), None, 0.9).name == "blend"
    assert choose(standings(blend=0.8, lightgbm=0.81), None, 0.9).name == "lightgbm"


def test_a_blend_that_does_not_beat_the_floor_stands_in_for_nobody():
    unsure = standings(lightgbm=0.71, blend=0.7001)
    unsure["blend"].draws[:] = 0.7 + np.linspace(-0.1, 0.1, 101)
    unsure["lightgbm"].draws[:] = unsure["lightgbm"].value + np.linspace(-0.01, 0.01, 101)
    assert choose(unsure, None, 0.8).name == "lightgbm"


def test_a_habit_is_found_and_no_label_crosses(habit):
    assert habit.choice.is_new
    assert habit.choice.name not in {"base_rate", "rate_by_rule"}
    assert has_no_leak(habit.split, 7)
    fresh = learnable.features(2000, seed=21)
    scores = habit.predictor.predict(fresh)
    outcome = learnable.buys_by_habit(fresh, seed=21)
    assert metrics.auc(outcome, scores) > 0.8
    assert metrics.calibration_error(outcome, scores) < 0.06


def test_a_split_that_leaks_stops_the_tournament(monkeypatch):
    week = [date(2017, 3, 6) + timedelta(days=day) for day in (0, 7, 13)]
    monkeypatch.setattr(tournament, "split_days", lambda *_: Split(*((day,) for day in week)))
    with pytest.raises(ValueError, match="label windows of 7 days of one part reach into"):
        run_tournament(learnable.panel(), learnable.terms(), **QUIET)


def test_every_card_is_complete(habit):
    assert set(habit.cards) == set(learnable.recipes())
    for card in habit.cards.values():
        auc = card["metrics"]["auc"]
        assert auc["low"] <= auc["value"] <= auc["high"]
        assert {"calibration", "gain", "split", "importance", "decision", "floor", "recipe"} <= set(card)
    assert habit.cards["base_rate"]["metrics"]["auc"]["value"] == 0.5


def test_lots_cannot_be_learned_and_the_floor_serves():
    result = run_tournament(learnable.panel(outcome=learnable.buys_by_lot), learnable.terms(), **QUIET)
    assert result.choice.name in {"base_rate", "rate_by_rule"}
    assert result.predictor.predict(learnable.features(10)).shape == (10,)


def test_outcomes_of_the_last_days_change_no_fit_of_the_first():
    frame = learnable.frame_of()
    terms = learnable.terms()
    before = run_tournament(learnable.Panel.of(frame), terms, **QUIET)
    last = frame["day"].isin(before.split.validate)
    # swapped among themselves, so that the split stays as it is
    mixed = frame["outcome"].where(
        ~last, frame["outcome"][last].sample(frac=1, random_state=1).set_axis(frame.index[last])
    )
    after = run_tournament(learnable.Panel.of(frame.assign(outcome=mixed)), terms, **QUIET)
    assert after.split == before.split
    for one, other in zip(before.standings, after.standings, strict=True):
        assert np.array_equal(one.unseen_raw, other.unseen_raw)
        assert np.array_equal(one.probability, other.probability)
    assert (
        after.cards["lightgbm"]["metrics"]["auc"]["value"] < before.cards["lightgbm"]["metrics"]["auc"]["value"] - 0.1
    )


def test_same_input_gives_the_same_model(habit):
    again = run_tournament(learnable.panel(), learnable.terms(threads=2), **QUIET)
    rows = learnable.features(100, seed=5)
    assert again.choice == habit.choice
    assert np.array_equal(again.predictor.predict(rows), habit.predictor.predict(rows))


def test_too_few_days_give_the_rule_or_keep_the_champion():
    short = learnable.panel(weeks=2)
    served = run_tournament(short, learnable.terms(), **QUIET)
    assert (served.choice.name, served.choice.is_new) == ("rate_by_rule", True)
    champion = Incumbent(learnable.recipes()["lightgbm"], learnable.FIRST, lambda frame: np.full(len(frame), 0.5))
    kept = run_tournament(short, learnable.terms(), champion, **QUIET)
    assert not kept.choice.is_new
    assert kept.predictor is None


def test_the_champion_is_judged_as_it_stands_only_on_days_it_never_saw():
    def incumbent(cut: date) -> Incumbent:
        return Incumbent(learnable.recipes()["lightgbm"], cut, lambda frame: np.full(len(frame), 0.5))

    def judged(cut: date) -> set[str]:
        result = run_tournament(learnable.panel(), learnable.terms(), incumbent(cut), **QUIET)
        return {one.name for one in result.standings}

    split = run_tournament(learnable.panel(), learnable.terms(), **QUIET).split
    assert INCUMBENT in judged(min(split.validate))
    assert INCUMBENT not in judged(min(split.validate) + timedelta(days=1))


def test_rows_kept_in_part_are_weighted_back():
    frame = learnable.frame_of(weeks=12, customers=400)
    kept = (frame["outcome"] == 1) | (np.random.default_rng(1).random(len(frame)) < 0.25)
    sample = frame[kept].assign(weight=np.where(frame["outcome"][kept] == 1, 1.0, 4.0))
    result = run_tournament(learnable.Panel.of(sample), learnable.terms(), **QUIET)
    scores = result.predictor.predict(learnable.features(4000, seed=8))
    assert scores.mean() == pytest.approx(frame["outcome"].mean(), abs=0.04)


def test_a_champion_whose_files_are_gone_does_not_stop_learning():
    def lost(_: object) -> np.ndarray:
        raise NotAvailable("the files of purchase are gone")

    said: list[str] = []
    champion = Incumbent(learnable.recipes()["lightgbm"], learnable.FIRST, lost)
    result = run_tournament(learnable.panel(), learnable.terms(), champion, said.append)
    assert result.choice.is_new
    assert any("cannot be judged as it stands: the files of purchase are gone" in line for line in said)


def test_a_recipe_of_an_older_version_is_read():
    recipe = learnable.recipes()["blend"]
    assert Recipe.from_json(recipe.as_json()) == recipe
    assert Recipe.from_json({"candidate": "lightgbm", "threads": 2}) == Recipe("lightgbm")
