"""Segments: kinds that differ at a glance are found, named and keep their names; tiers by arithmetic."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from ml import segments
from ml.models.contract import Recipe
from ml.models.segments.catalogue import CATALOGUE
from ml.models.segments.judging import segment_loss
from ml.models.segments.kmeans import KMeansSegments
from ml.models.segments.portraits import NO_ORDERS, NamedCentres, read_portraits
from ml.models.segments.tiers import next_tiers
from tests.ml.shops import segments as shop
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

LADDER = pd.DataFrame({"tier": ["member", "silver", "gold"], "minimum_amount": [0.0, 100.0, 200.0]})
DAY = date(2024, 6, 1)


def fitted(seed: int = 1, previous: NamedCentres | None = None, **settings: float) -> KMeansSegments:
    recipe = Recipe("kmeans", {**shop.SETTINGS["kmeans"], **settings}, seed=1)
    model = CATALOGUE.make(recipe).fit(replace(shop.data(seed), previous=previous))
    assert isinstance(model, KMeansSegments)
    return model


def test_kinds_that_differ_at_a_glance_are_found_and_named_in_plain_words():
    model, data = fitted(), shop.data(1)
    found = model.score(data)
    kinds = np.arange(len(found)) % 3
    ordered = data.has_orders.to_numpy()
    assert adjusted_rand_score(kinds[ordered], found["segment"][ordered]) > 0.95
    named = [found["segment"][ordered & (kinds == kind)].mode()[0] for kind in range(3)]
    assert "frequent" in named[0]
    assert "buys on offer" in named[0]
    assert "big baskets" in named[1]
    assert "long absent" in named[2]


def test_who_never_ordered_is_a_segment_of_its_own_without_scores():
    found = fitted().score(shop.data(1))
    assert (found["segment"][:6] == NO_ORDERS).all()
    assert found[["recency_score", "frequency_score", "monetary_score"]][:6].isna().all(axis=None)
    assert found["recency_score"][6:].between(1, 5).all()


def test_names_stay_where_other_customers_of_the_same_kinds_come():
    first = fitted(1)
    given = replace(first.named, names=("a", "b", "c"))
    again = fitted(2, previous=given)
    assert sorted(again.names) == ["a", "b", "c"]
    data = shop.data(2)
    own, old = (
        again.score(data)["segment"],
        first.score(data)["segment"].replace(dict(zip(first.names, "abc", strict=True))),
    )
    assert (own == old).mean() > 0.95


def test_a_segment_that_moved_is_named_anew():
    first = fitted(1)
    moved = first.named.centres.copy()
    moved[0] += 3.0
    again = fitted(1, previous=NamedCentres(("a", "b", "c"), first.traits, moved))
    assert len({"a", "b", "c"} & set(again.names)) == 2


def test_too_few_customers_are_not_cut():
    few = read_portraits(shop.data(1).frame.head(20))
    with pytest.raises(NotAvailable, match="too few"):
        CATALOGUE.make(Recipe("kmeans", shop.SETTINGS["kmeans"])).fit(few)


def test_shares_on_offer_may_lack():
    bare = read_portraits(shop.data(1).frame[["customer_id", "recency", "frequency", "amount"]])
    model = CATALOGUE.make(Recipe("kmeans", shop.SETTINGS["kmeans"])).fit(bare)
    assert isinstance(model, KMeansSegments)
    assert model.traits == ("recency", "frequency", "basket")


def test_segments_that_tell_nothing_lose_as_much_as_none():
    chance = np.random.default_rng(1)
    came, kinds = chance.normal(size=(4000, 2)), pd.Series(chance.choice(list("abc"), 4000))
    same = pd.Series(["all"] * 4000)
    assert segment_loss(kinds, came, kinds, came).mean() == pytest.approx(1.0, abs=0.01)
    assert segment_loss(same, came, same, came).mean() == pytest.approx(1.0)


def test_the_way_to_the_next_tier_is_told_in_money_and_days():
    bought = [
        ("low", "2024-05-01", 30.0),
        ("mid", "2023-06-02", 100.0),
        ("mid", "2024-01-01", 50.0),
        ("top", "2024-05-31", 500.0),
    ]
    purchases = pd.DataFrame(bought, columns=["customer_id", "ds", "amount"])
    found = next_tiers(purchases, LADDER, DAY)
    assert found["tier"].to_dict() == {"low": "member", "mid": "silver", "top": "gold"}
    assert found.loc["low", ["next_tier", "amount_to_next_tier"]].tolist() == ["silver", 70.0]
    assert found.loc["top", ["next_tier"]].isna().all()
    # The 100 leave the window tomorrow morning (2023-06-02 is the first of its 365 days): only the 50 still count.
    assert found.loc["mid", "amount_to_next_tier"] == 200.0 - 50.0
    assert found.loc["mid", "next_tier_by"] == pd.Timestamp("2024-12-30")
    assert found.loc["mid", "tier_kept_until"] == pd.Timestamp("2024-06-01")
    assert found.loc["top", "tier_kept_until"] == pd.Timestamp("2025-05-31")
    assert pd.isna(found.loc["low", "tier_kept_until"])


def test_spending_what_is_asked_for_by_the_day_reaches_the_tier():
    purchases = pd.DataFrame({"customer_id": ["a"] * 2, "ds": ["2023-09-10", "2024-02-01"], "amount": [40.0, 20.0]})
    told = next_tiers(purchases, LADDER, DAY).loc["a"]
    last = {"customer_id": ["a"], "ds": [told["next_tier_by"]], "amount": [told["amount_to_next_tier"]]}
    spent = pd.concat([purchases.assign(ds=pd.to_datetime(purchases["ds"])), pd.DataFrame(last)])
    morning = (told["next_tier_by"] + pd.Timedelta(days=1)).date()
    assert next_tiers(spent, LADDER, morning).loc["a", "tier"] == told["next_tier"]
    late = spent.assign(ds=[*spent["ds"][:2], told["next_tier_by"] + pd.Timedelta(days=1)])
    after = (told["next_tier_by"] + pd.Timedelta(days=2)).date()
    assert next_tiers(late, LADDER, after).loc["a", "tier"] != told["next_tier"]


def test_without_customers_the_stage_says_so_and_writes_no_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing():
        pass
    segments.train(DAY)
    assert segments.score(DAY) == 0
    assert capsys.readouterr().out.count("not available") == 3
    counts = tables.read("select count(*) from ml.customer_segments union all select count(*) from ml.customer_tiers")
    assert counts[0].to_pylist() == [0, 0]
