"""Answers by channel and hour: rates by hand, tastes that are found, messages nobody answers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml import channels
from ml.models.channels.base import Response
from ml.models.channels.catalogue import CATALOGUE
from ml.models.channels.messages import Messages, rates_by, read_messages
from ml.models.contract import Recipe
from tests.ml.shops import channel_response as shop
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable


def fitted(name: str, data: Messages) -> Response:
    model = CATALOGUE.make(Recipe(name)).fit(data)
    assert isinstance(model, Response)
    return model


def test_own_rates_lie_between_the_customers_and_the_shops():
    frame = pd.DataFrame({"customer_id": ["a"] * 20 + ["b"] * 20 + ["c"], "channel": "app", "hour": 9})
    data = read_messages(frame.assign(answered=[1] * 18 + [0] * 2 + [1] * 2 + [0] * 18 + [0]))
    rates = rates_by(data, "channel")
    own = rates.of(pd.Series(["a", "b", "c", "stranger"]), pd.Series(["app"] * 4))
    assert own[0] < 18 / 20
    assert own[1] > 2 / 20
    assert own[1] < own[2] < own[0]
    assert own[3] == pytest.approx(20.5 / 42)


@pytest.mark.parametrize("name", ["shrunk_rates", "logistic_response"])
def test_the_channel_a_customer_likes_is_found(name):
    data = shop.data(3)
    found = fitted(name, data).score(data)
    liked = np.where(np.arange(len(found)) % 2 == 0, "app", "mail")
    assert (found["best_channel"] == liked).mean() > 0.85
    assert (found["messages"] == 30).all()
    rates = found[["best_channel_rate", "best_hour_rate"]]
    assert ((rates > 0) & (rates < 1)).all(axis=None)


def test_who_knows_the_customer_loses_less_on_later_messages():
    earlier, later = shop.data(4).parts(0.7)
    assert earlier.frame["ds"].max() < later.frame["ds"].min()
    recipes = {name: Recipe(name) for name in CATALOGUE.classes}
    loss = {name: one.mean() for name, one in channels.judge(recipes, earlier, later).items()}
    assert loss["logistic_response"] < loss["shop_rate"]
    assert loss["shrunk_rates"] < loss["shop_rate"]


def test_the_evening_is_best_for_all_where_nobody_is_known():
    data = shop.data(5)
    stranger = pd.DataFrame({"customer_id": "x", "channel": "app", "hour": [9, 18]})
    for name in CATALOGUE.classes:
        chance = fitted(name, data).chances(data, stranger)
        assert chance[1] >= chance[0]


def test_messages_that_nobody_answers_teach_nothing():
    data = shop.data(1)
    silent = Messages(data.frame.assign(answered=0.0))
    with pytest.raises(NotAvailable, match="answered alike"):
        fitted("logistic_response", silent)


def test_without_messages_the_stage_says_so_and_writes_no_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    channels.train(date(2024, 5, 1))
    assert channels.score(date(2024, 5, 1)) == 0
    assert "not available: too few messages" in capsys.readouterr().out
    assert tables.read("select count(*) from ml.channel_responses")[0][0].as_py() == 0
