"""Chains over the stages of life: counts by hand, the stages of the profile, no row without orders."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ml import life_cycle
from ml.deciding.eligibility import name_life_cycle
from ml.models.contract import Recipe
from ml.models.life_cycle.catalogue import CATALOGUE
from ml.models.life_cycle.chains import Chain, brier
from ml.models.life_cycle.stages import STAGES, Limits, moves_of, stage_of
from ml.models.value.features import describe
from ml.models.value.transactions import Transactions, read_transactions
from tests.ml.shops import life_cycle as shop
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

LIMITS = Limits(new_days=60, lapsed_days=56)
DAY = date(2024, 6, 1)


def chain(name: str, data: Transactions, **settings: float) -> Chain:
    model = CATALOGUE.make(Recipe(name, settings)).fit(data)
    assert isinstance(model, Chain)
    return model


def test_stages_are_those_of_the_profile():
    tenures, silences = (side.ravel() for side in np.meshgrid([58, 59, 60, 61, 62, 120], [1, 2, 55, 56, 57, 58]))
    ids = [f"c{place:02}" for place in range(len(tenures))]
    ago = np.concatenate([tenures, silences])
    days = pd.Timestamp(DAY) - pd.to_timedelta(ago, unit="D")
    data = read_transactions(pd.DataFrame({"customer_id": ids * 2, "ds": days, "amount": 1.0}), DAY, 28)
    features = pd.DataFrame({"tenure_days": tenures, "days_since_last_order": silences})
    known = name_life_cycle(features, SimpleNamespace(new_customer_days=60, lapsed_after_days=56))
    assert [STAGES[place] for place in stage_of(describe(data), LIMITS)] == known.tolist()


def test_a_chain_counts_who_went_where():
    data = shop.data(2)
    moves = moves_of(data, LIMITS, 3, 14)
    found = chain("markov", data, landmarks=3, prior_rows=0).table
    for stage in range(3):
        own = moves.later[moves.stage == stage]
        np.testing.assert_allclose(found[stage], np.bincount(own, minlength=3) / len(own))


@pytest.mark.parametrize("name", CATALOGUE.classes)
def test_probabilities_add_up_and_nobody_becomes_new_again(name):
    data = shop.data(4)
    found = chain(name, data).score(data)
    chances = found[[f"{one}_probability" for one in STAGES]]
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert (chances >= 0).all(axis=None)
    assert (found.loc[found["stage"] == "active", "new_probability"] == 0).all()


def test_habits_foresee_better_than_staying():
    data = shop.data(5)
    earlier = data.before(data.as_of - timedelta(days=28))
    losses = life_cycle.judge({name: Recipe(name) for name in CATALOGUE.classes}, data, earlier)
    assert losses["markov_by_habit"].mean() < losses["stays"].mean()
    assert brier(np.eye(3), np.arange(3)).sum() == 0


def test_a_short_history_shows_nobody_move():
    data = shop.data(1)
    with pytest.raises(NotAvailable, match="too short"):
        CATALOGUE.make(Recipe("markov")).fit(data.before(date(2024, 2, 1)))


def test_without_orders_the_stage_says_so_and_writes_no_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    life_cycle.train(DAY)
    assert life_cycle.score(DAY) == 0
    assert "not available: the history is too short" in capsys.readouterr().out
    assert tables.read("select count(*) from ml.life_cycles")[0][0].as_py() == 0
