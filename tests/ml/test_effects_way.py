"""The tiny world from its lots to its decisions: labels, tournament, effects of the day, offers valued by them."""

import json

import numpy as np
import pandas as pd
import pytest

from ml import decide, effects, parameters
from ml.learning import registry
from ml.learning.families import OFFER_EFFECT
from ml.train import train_one
from tests.tiny_world import people
from tests.tiny_world.world import TinyWorld
from warehouse import tables, transform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def decided(tiny_world_of_module: TinyWorld) -> TinyWorld:
    """Trained on the lots of the past campaigns, scored and decided.

    Chances of buying are given, and so are affinities: they are told beside what was decided and decide nothing, and
    forty products are too few for a recommender to earn its place.
    """
    day = tiny_world_of_module.day
    transform.run_dbt("staging", day)
    transform.run_dbt("features", day, panel=True)
    train_one(OFFER_EFFECT, day)
    give_purchase_scores(tiny_world_of_module)
    effects.score(day)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(decide, "affinity_of_pairs", lambda day, pairs: np.full(len(pairs), 0.5))
        decide.decide(day)
    return tiny_world_of_module


def give_purchase_scores(world: TinyWorld) -> None:
    known = tables.read("select customer_id from features.customers where day = $day", {"day": world.day}).to_pandas()
    told = {"family": "purchase", "subject_id": "", "score": 0.3, "model_version": "given", "run_id": "given"}
    tables.replace_day("ml.scores", world.day, known.assign(day=world.day, **told), keys={"family": "purchase"})


def read(sql: str, world: TinyWorld) -> pd.DataFrame:
    return tables.read(sql, {"day": world.day}).to_pandas()


def test_every_pair_of_the_day_has_an_effect_of_the_champion(decided: TinyWorld) -> None:
    champion = registry.champion_for(OFFER_EFFECT, decided.day)
    assert champion is not None
    assert champion.card["caveat"] == effects.RANDOMISED
    assert champion.train_rows > 500
    found = read("select * from ml.effects where day = $day", decided)
    pairs = read("select customer_id, offer_id from features.customer_offers where day = $day", decided)
    assert set(zip(found["customer_id"], found["offer_id"], strict=True)) == set(
        pairs.itertuples(index=False, name=None)
    )
    assert set(found["model_version"]) == {champion.version}
    assert found["effect_margin"].between(found["effect_margin_low"], found["effect_margin_high"]).all()
    assert (found["expected_cost"] >= 0).all()


def test_candidates_are_judged_at_what_a_customer_may_cost_over_their_lots(decided: TinyWorld) -> None:
    champion = registry.champion_for(OFFER_EFFECT, decided.day)
    assert champion is not None
    days = parameters.load().labels.redemption_horizon_days
    lots = read(
        f"""
        select count(*) / count(distinct (customer_id, (newest - day) // {days})) as each
        from features.offer_effect_labels, (
            select max(day) as newest from features.offer_effect_labels where label_closed_on <= $day
        )
        where label_closed_on <= $day and shown_probability > 0 and shown_probability < 1
        """,
        decided,
    )["each"][0]
    budget = tables.read(effects.BUDGET, {"day": decided.day, "horizon_days": days}).to_pylist()[0]["budget"]
    assert lots > 1
    assert champion.card["budget_per_row"] == pytest.approx(float(budget) / lots)


def test_scoring_again_gives_the_same(decided: TinyWorld) -> None:
    everything = "select * from ml.effects where day = $day order by all"
    before = read(everything, decided)
    effects.score(decided.day)
    pd.testing.assert_frame_equal(before, read(everything, decided))


def test_offers_are_valued_by_their_effect(decided: TinyWorld) -> None:
    assigned = read(
        """
        select
            assignments.expected_incremental_margin::double as gained, assignments.expected_uplift,
            assignments.model_versions, effects.effect_margin, effects.effect_orders, effects.model_version,
            effects.expected_cost as cost
        from ml.assignments as assignments
        inner join ml.effects as effects using (day, customer_id, offer_id)
        where day = $day
        """,
        decided,
    )
    known = parameters.load().decide
    expected = assigned["effect_margin"] * (1 - known.pull_forward_rate) - assigned["cost"] - known.message_cost
    assert len(assigned) > 0
    assert assigned["gained"].tolist() == pytest.approx(expected.tolist(), abs=1e-3)
    assert (assigned["expected_uplift"] - assigned["effect_orders"]).abs().max() < 1e-9
    versions = {json.loads(text)[OFFER_EFFECT] for text in assigned["model_versions"]}
    assert versions == set(assigned["model_version"])


def test_whom_offers_move_is_told_from_whom_they_bother(decided: TinyWorld) -> None:
    """By the orders customers placed in weeks with and without an offer; nobody told their kind."""
    found = read(
        "select customer_id, avg(effect_orders) as effect from ml.effects where day = $day group by all", decided
    )
    effect = found.set_index("customer_id")["effect"]
    mean = {kind: effect[effect.index.isin(people.customers_of(kind))].mean() for kind in ("with_offer", "bothered")}
    assert mean["with_offer"] > mean["bothered"]
