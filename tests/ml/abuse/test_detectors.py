"""Rings are found and families are not; what chance brings sets the level; boosting needs verdicts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.models.abuse.activity import Activity
from ml.models.abuse.behaviour import Windows, measure_behaviour
from ml.models.abuse.catalogue import CATALOGUE
from ml.models.abuse.evidence import gather_evidence
from ml.models.abuse.flagging import flag_abuse
from ml.models.abuse.judging import plant, rank_losses
from ml.models.abuse.linking import link_accounts
from ml.models.abuse.null import deal_out, level_of_groups
from ml.models.contract import Recipe
from tests.ml.shops import abuse as shop
from warehouse.errors import BadInput, NotAvailable

DAY = date(2026, 3, 10)
NOBODY = pd.DataFrame({"customer": [], "time": [], "units": [], "is_for_newcomers": []})


def activity(customers: str, uses: list[str], orders: list[str], **frames: pd.DataFrame) -> Activity:
    """Orders and uses as customer and days before, as `a3`."""

    def rows(said: list[str]) -> pd.DataFrame:
        times = [pd.Timestamp(DAY) - pd.Timedelta(days=int(one[1:])) for one in said]
        named = pd.DataFrame({"customer": [one[0] for one in said], "time": pd.to_datetime(times)})
        return named.assign(units=1.0, is_for_newcomers=True)

    return Activity(tuple(customers), DAY, rows(orders), rows(uses), **frames)


def test_the_most_uses_in_a_week_are_counted_within_seven_days() -> None:
    behaviour = measure_behaviour(activity("ab", ["a1", "a7", "a8", "b1", "b8", "b15"], []), Windows())
    assert behaviour["velocity"].tolist() == [2.0, 1.0]
    assert behaviour["redemption_count"].tolist() == [3.0, 3.0]


def test_what_happens_on_the_day_itself_or_before_the_window_does_not_count() -> None:
    behaviour = measure_behaviour(activity("a", ["a0", "a5", "a6"], ["a0", "a5"]), Windows(window_days=5))
    assert behaviour[["redemption_count", "order_count"]].to_numpy().tolist() == [[1.0, 1.0]]


def test_a_use_without_a_visit_in_the_week_before_is_unvisited() -> None:
    visits = activity("ab", ["a4", "a30"], []).redemptions[["customer", "time"]]
    behaviour = measure_behaviour(activity("ab", ["a1", "b1"], [], visits=visits), Windows())
    assert behaviour["unvisited_rate"].tolist() == [0.0, 0.5]


def test_without_any_visits_known_no_use_is_unvisited() -> None:
    assert measure_behaviour(activity("a", ["a1"], []), Windows())["unvisited_rate"].tolist() == [0.0]


def test_units_above_the_usual_count_where_goods_are_reduced() -> None:
    known = activity("ab", ["a1"], ["a1", "a2", "b1", "b2", "b3"])
    units = known.orders.assign(units=[9.0, 1.0, 9.0, 1.0, 1.0])
    behaviour = measure_behaviour(replace(known, orders=units), Windows())
    assert behaviour["stocked_units"].tolist() == [(9 - 1) / (1 + 1), 0.0]


def test_a_device_of_too_many_links_nobody() -> None:
    links = pd.DataFrame({"customer": list("abcd"), "kind": "device", "value": "till"})
    known = activity("abcd", [], [], links=links)
    assert len(set(link_accounts(known, 4)[0])) == 1
    assert len(set(link_accounts(known, 3)[0])) == 4


def test_an_unknown_value_links_nobody() -> None:
    links = pd.DataFrame({"customer": list("ab"), "kind": "device", "value": [None, None]})
    assert len(set(link_accounts(activity("ab", [], [], links=links), 20)[0])) == 2


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_evidence_of_others_leaves_out_the_own(labels: list[int]) -> None:
    component = np.unique(labels, return_inverse=True)[1]
    weight = np.arange(len(labels), dtype=float)
    found = gather_evidence(np.zeros((len(labels), 5)), weight, np.zeros(len(labels)), component)
    expected = [weight[component == one].sum() - weight[place] for place, one in enumerate(component)]
    assert found[:, 7] == pytest.approx(expected)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=50), st.integers(0, 9))
def test_dealing_out_keeps_everybody_among_their_like(orders: list[int], seed: int) -> None:
    dealt = deal_out(np.array(orders, dtype=float), np.random.default_rng(seed))
    assert sorted(dealt) == list(range(len(orders)))
    assert all((orders[place] == 0) == (orders[one] == 0) for place, one in enumerate(dealt))


def test_chance_flags_no_more_than_the_rate_of_all_customers() -> None:
    null = np.arange(1000.0)
    level = level_of_groups(null, rate=0.001, customers=10_000, linked=1000)
    assert (null >= level).mean() * 1000 == pytest.approx(0.001 * 10_000, abs=1)


@pytest.mark.parametrize("name", ["components", "isolation_forest", "lightgbm", "combined"])
def test_rings_are_told_from_families(name: str) -> None:
    data = shop.data(3)
    found = CATALOGUE.make(Recipe(name, shop.SETTINGS.get(name, {}), seed=1)).fit(data).score(data)
    is_ring = np.arange(len(found)) < shop.RING
    worst = np.argsort(-found["score"].to_numpy())[: int(0.6 * shop.RING)]
    assert is_ring[worst].mean() >= 0.9


def test_a_shop_of_families_without_rings_has_next_to_nobody_to_review() -> None:
    flagged = [len(flag_abuse(shop.data(seed, has_ring=False, has_verdicts=False), "components")) for seed in range(6)]
    assert sum(flagged) <= 4  # of 6 × 400 customers, where 3 in 10,000 are expected


def test_the_flagged_come_with_evidence_in_words() -> None:
    flagged = flag_abuse(shop.data(3, has_verdicts=False))
    assert len(flagged) >= 10
    assert flagged["score"].is_monotonic_decreasing
    assert flagged["evidence"].str.contains("shares device with 4 other accounts").all()


def test_boosting_without_verdicts_is_not_available() -> None:
    with pytest.raises(NotAvailable, match="verdicts of each kind"):
        CATALOGUE.make(Recipe("lightgbm")).fit(shop.data(1, has_verdicts=False))


def test_frames_that_lack_a_column_are_refused() -> None:
    with pytest.raises(BadInput, match="orders lack the column units"):
        Activity(("a",), DAY, NOBODY.drop(columns="units"), NOBODY)


def test_planted_rings_live_on_offers_and_planted_families_are_anybody() -> None:
    judged = plant(shop.data(1, has_ring=False, has_verdicts=False), seed=1)
    uses = measure_behaviour(judged.activity, Windows())["redemption_count"].to_numpy()[judged.places]
    assert uses[judged.truth == 1].mean() > 2 * uses[judged.truth == 0].mean()


def test_a_candidate_that_knows_the_graph_loses_less_than_one_that_says_nothing() -> None:
    data = shop.data(1, has_verdicts=False)
    judged = plant(data, seed=1)
    losses = rank_losses({"components": CATALOGUE.make(Recipe("components")).fit(data)}, judged)
    assert losses["components"].mean() < 0.25


def test_few_customers_cannot_be_judged() -> None:
    with pytest.raises(NotAvailable, match="too few customers"):
        plant(activity("ab", [], ["a1", "b1"]), seed=1)
