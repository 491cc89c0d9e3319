"""Who wins by eye, who stays, and that luck alone wins nothing."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.learning.policy_value import PolicyValue
from ml.learning.uplift_tournament import Result, Standing, Terms, choose, run_tournament
from ml.models.uplift import catalogue, nuisances
from ml.models.uplift.folds import NewestRows
from ml.models.uplift.model import UpliftModel
from ml.models.uplift.trial import Trial
from tests.ml.uplift import worlds
from warehouse.errors import BadInput

NAMES = ("uniform", "propensity", "nested_s_learner", "nested_s_learner_additive")


def terms(*names: str, **changes: object) -> Terms:
    recipes = {name: worlds.recipe(name) for name in names or NAMES}
    return Terms(**{"recipes": recipes, "settings": worlds.SETTINGS, "folds": 3, **changes})  # type: ignore[arg-type]


def run(trial: Trial, *names: str, incumbent: str | None = None, **changes: object) -> Result:
    return run_tournament(trial, terms(*names, **changes), incumbent=incumbent)


def null_trial(seed: int, cost: float) -> Trial:
    """Offers change nothing; one in ten buys, some a lot."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(500, 3)), columns=["a", "b", "c"])
    treated = random.random(500) < 0.5
    outcome = (random.random(500) < 0.2) * random.lognormal(1, 1, 500)
    return Trial.of(frame, treated, outcome, probability=0.5, cost=cost * treated)


def test_a_learner_of_effects_wins_where_moods_differ():
    result = run(worlds.shop(), budget_per_row=0.25)
    assert result.choice.name in {"nested_s_learner", "nested_s_learner_additive"}
    assert result.choice.is_new
    best = result.standings[0]
    # about a quarter of the rows is "if offered", and each gains 5 − 1
    assert best.value.value == pytest.approx(0.25 * 4, abs=0.15)
    assert 0.22 < best.value.planned_cost <= 0.25 + 1e-9
    assert [one.value.value for one in result.standings] == sorted(
        (one.value.value for one in result.standings), reverse=True
    )


def test_luck_alone_wins_in_at_most_one_world_in_twenty():
    names = ("uniform", "propensity", "nested_s_learner")
    chosen = [run(null_trial(seed, cost=0.0), *names).choice.name for seed in range(40)]
    assert chosen.count("none") >= 35  # 95 % of 40 less two standard errors


def test_where_offers_only_cost_nothing_is_spent():
    names = ("uniform", "nested_s_learner")
    chosen = [run(null_trial(seed, cost=0.3), *names, budget_per_row=0.1).choice.name for seed in range(20)]
    assert chosen.count("none") >= 19


def test_an_incumbent_stays_unless_another_is_certainly_better():
    trial = worlds.shop(600)
    stays = run(trial, "nested_s_learner", "nested_s_learner_additive", incumbent="nested_s_learner_additive")
    assert stays.choice.name == "nested_s_learner_additive"
    assert not stays.choice.is_new
    goes = run(worlds.shop(), budget_per_row=0.25, incumbent="propensity")
    assert goes.choice.is_new
    assert "more than propensity" in goes.choice.reason


def test_an_incumbent_that_harms_gives_way_to_nothing():
    random = np.random.default_rng(0)
    treated = random.random(2000) < 0.5
    frame = pd.DataFrame({"x": random.normal(size=2000)})
    trial = Trial.of(frame, treated, random.exponential(size=2000) + 0.05 * treated, probability=0.5, cost=0.0)
    harmed = Trial(**{**vars(trial), "cost": np.where(treated, 1.0, 0.0)})
    result = run_tournament(
        harmed, terms("uniform"), incumbent="uniform", planned_cost=np.full(2000, 0.01), primary="margin"
    )
    assert result.choice.name == "none"
    assert result.choice.is_new


def test_every_message_is_paid_for_and_none_is_sent_that_brings_less():
    trial = Trial(**{**vars(worlds.shop()), "cost": np.zeros(2000)})
    free, paid, dear = (run(trial, "uniform", message_cost=price).standings for price in (0.0, 0.2, 2.0))
    assert free[0].value.treated_rate > 0.5
    assert paid[0].value.value == pytest.approx(free[0].value.value - 0.2 * free[0].value.treated_rate)
    # an offer moves a customer by (0 + 0 + 5 − 3) / 4 on average, whoever they are
    assert [one.share.sum() for one in dear] == [0, 0]


def standing(name: str, value: float, effect_error: float, low: float) -> Standing:
    told = PolicyValue(value=value, low=0.0, high=0.0, error=0.5, total=0.0, treated_rate=0.5, planned_cost=0.1)
    one = Standing(name, np.zeros(1), np.zeros(1), told, 0.0, effect_error=effect_error)
    return replace(one, low_nearer=low, low_against_incumbent=low)


def test_the_first_to_serve_errs_least_of_those_that_certainly_know_something_and_do_not_lose():
    ranked = [standing("x", 2.0, 9.0, 1.0), standing("y", 0.1, 4.0, 0.1), standing("z", 1.4, 1.0, -0.1)]
    assert choose(ranked, None).name == "y"  # how much a policy earns is told far less surely than who errs less
    assert choose([standing("x", -0.1, 4.0, 1.0)], None).name == "none"


def test_of_those_alike_in_value_the_one_that_errs_least_replaces_an_incumbent():
    ranked = [standing("x", 2.0, 9.0, 1.0), standing("y", 1.8, 4.0, 0.1), standing("z", 1.4, 1.0, 1.0)]
    assert choose(ranked, "old").name == "y"  # z is worth more than one standard error less


def test_nobody_replaces_an_incumbent_without_being_certainly_better():
    ranked = [standing("x", 2.0, 9.0, 1.0), standing("y", 1.8, 4.0, -0.1), standing("z", 1.7, 6.0, 0.1)]
    assert choose(ranked, "y").name == "z"


def test_an_incumbent_nobody_knows_is_an_error():
    with pytest.raises(BadInput, match="the incumbent crystal_ball is not among"):
        run(worlds.shop(200), incumbent="crystal_ball")


def test_newest_days_judge_what_older_ones_taught():
    day = np.datetime64("2026-01-05") + np.arange(600) // 60 * np.timedelta64(7, "D")
    split = NewestRows.of(day, rate=0.3, horizon_days=14)
    assert split is not None
    assert split.judged.tolist() == list(range(420, 600))
    # labels of rows 0 … 359 close at the latest on the day the judging rows begin
    assert split.known.tolist() == list(range(360))
    result = run_tournament(worlds.shop(600), terms(validation_rate=0.3, horizon_days=14), day=day)
    assert result.arena.judged.tolist() == split.judged.tolist()
    assert result.card()["judged_rows"] == 180


def test_where_no_label_closed_in_time_units_are_cross_fitted():
    day = np.repeat(np.array(["2026-01-05", "2026-01-12"], dtype="datetime64[D]"), 300)
    result = run_tournament(worlds.shop(600), terms("uniform", horizon_days=28), day=day)
    assert len(result.arena.judged) == 600


def test_the_model_serves_every_outcome_and_survives_the_disk(tmp_path):
    trial = worlds.shop(1000)
    orders = (trial.outcome > 0).astype(float)
    result = run_tournament(trial, terms(), others={"orders": orders})
    rows = worlds.shop(50, seed=8).features
    told = result.model.effects(rows)
    assert list(told.columns) == ["effect_margin", "effect_orders", "effect_margin_low", "effect_margin_high"]
    assert (told["effect_margin_low"] <= told["effect_margin"]).all()
    assert (told["effect_margin"] <= told["effect_margin_high"]).all()
    result.model.save(tmp_path)
    assert UpliftModel.load(tmp_path).effects(rows).equals(told)
    assert json.loads(json.dumps(result.card())) == result.card()


def test_a_model_bent_by_depth_explains_itself_and_survives_the_disk(tmp_path):
    plain = worlds.shop(800)
    depth = np.random.default_rng(5).choice([0.1, 0.2, 0.3], 800)
    trial = Trial(**{**vars(plain), "features": plain.features.assign(depth=depth)})
    settings = {**worlds.SETTINGS, "depth_features": ["depth"]}
    model = run_tournament(trial, terms("nested_s_learner_additive", settings=settings)).model
    rows = trial.features.iloc[:50]
    assert list(model.shapes) == ["margin"]
    effect = model.effects(rows)["effect_margin"]
    assert model.contributions(rows).sum(axis=1).to_numpy() + model.base_effect == pytest.approx(effect, abs=1e-5)
    model.save(tmp_path)
    assert UpliftModel.load(tmp_path).effects(rows).equals(model.effects(rows))


def test_same_seed_same_result():
    first, second = (run(worlds.shop(500), budget_per_row=0.2) for _ in range(2))
    told = [[one.as_json() for one in result.standings] for result in (first, second)]
    assert told[0] == told[1]


def test_intervals_of_bins_hold_what_moods_gain():
    result = run(worlds.shop(4000))
    told = result.model.effects(worlds.each_mood()).set_index(pd.Index(worlds.MOODS))
    for mood, (without, with_) in worlds.SPEND.items():
        assert (
            told.loc[mood, "effect_margin_low"] - 0.3 <= with_ - without <= told.loc[mood, "effect_margin_high"] + 0.3
        )


def test_what_is_expected_of_a_trial_is_worked_out_once_and_forgotten_with_it(monkeypatch):
    worked_out = []
    fit = nuisances.fit_marginal
    monkeypatch.setattr(nuisances, "fit_marginal", lambda *given: worked_out.append(1) or fit(*given))
    trial, known = worlds.shop(300), len(nuisances.KNOWN)
    effects = [
        catalogue.make(worlds.recipe(name)).fit(trial).effect(trial.features)
        for name in ("r_learner_linear", "nested_s_learner", "r_learner_linear")
    ]
    assert len(worked_out) == 1
    assert np.array_equal(effects[0], effects[2])
    again = catalogue.make(worlds.recipe("r_learner_linear")).fit(worlds.shop(300)).effect(trial.features)
    assert np.array_equal(effects[0], again)
    del trial
    assert len(nuisances.KNOWN) <= known
