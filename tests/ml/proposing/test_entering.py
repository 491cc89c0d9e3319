"""A proposal that a verdict accepts is an offer of the next morning, with pairs, menu and a place in the plan."""

from datetime import timedelta

import pandas as pd
import pytest

from ml import parameters
from ml.decide import decide_promotions
from ml.deciding.chance import open_lottery
from ml.deciding.screen import Terms
from ml.deciding.world import read_world
from ml.learning import stages
from tests.tiny_world.world import TinyWorld
from warehouse import tables, transform

pytestmark = pytest.mark.integration
ACCEPTED, OPEN = "proposal-0", "nobody-said-anything"  # the tiny world's managers accept proposal-0 to proposal-3

PAIRS = """
    select 'redemption_offer' as family, customer_id, offer_id as subject_id
    from features.customer_offers where day = $day
"""


@pytest.fixture(scope="module")
def morning(tiny_world_of_module: TinyWorld) -> TinyWorld:
    """The morning after two thresholds and a bundle were proposed."""
    world = tiny_world_of_module
    yesterday = world.day - timedelta(days=1)
    offers = pd.DataFrame(
        {
            "offer_id": [ACCEPTED, "proposal-1", OPEN],
            "offer_type": ["spend_threshold", "bundle", "spend_threshold"],
            "discount_type": ["amount", "percent", "amount"],
            "discount_value": [1.0, 5.0, 1.0],
            "min_basket": [10.0, None, 10.0],
            "valid_from": world.day,
            "valid_until": world.day + timedelta(days=27),
            "status": "proposed",
            "is_entering": False,
        }
    )
    products = pd.DataFrame({"offer_id": "proposal-1", "product_id": ["p01", "p02"], "role": "scope"})
    steps = pd.DataFrame({"offer_id": [ACCEPTED, OPEN], "min_basket": 15.0, "discount_value": 1.5})
    given = {"offer_proposals": offers, "offer_proposal_products": products, "offer_proposal_steps": steps}
    for name, frame in given.items():
        columns = list(tables.TABLES[f"ml.{name}"].columns)
        stages.write_day(f"ml.{name}", yesterday, frame.reindex(columns=columns))
    transform.run_dbt("staging", world.day)
    transform.run_dbt("features", world.day)
    pairs = tables.read(PAIRS, {"day": world.day}).to_pandas()
    stages.write_day("ml.scores", world.day, pairs.assign(score=0.2, model_version="v1"))
    return world


def test_only_what_was_accepted_is_an_offer(morning: TinyWorld) -> None:
    sql = (
        "select offer_id, discount_value_method from staging.stg_shop__offers where discount_value_method = 'proposed'"
    )
    assert tables.read(f"{sql} order by all")["offer_id"].to_pylist() == [ACCEPTED, "proposal-1"]
    scope = "select product_id from staging.stg_shop__offer_products where offer_id = 'proposal-1' order by all"
    assert tables.read(scope)["product_id"].to_pylist() == ["p01", "p02"]


def test_the_allocator_is_asked_about_it(morning: TinyWorld) -> None:
    world = read_world(morning.day, "a run")
    assert {ACCEPTED, "proposal-1"} <= set(world.offers["offer_id"])
    assert OPEN not in set(world.offers["offer_id"])
    pairs = world.pairs["offer_id"].value_counts()
    assert pairs[ACCEPTED] == pairs["proposal-1"] > 0
    assert world.rulebook.offer_menus.query("offer_id == @ACCEPTED")["min_basket"].tolist() == [15.0]
    known = parameters.load()
    decided = decide_promotions(world, Terms(known.shop, known.decide), open_lottery("a run", known.decide))
    assert {ACCEPTED, "proposal-1"} <= set(decided.offer_plans["offer_id"])
    assert {ACCEPTED, "proposal-1"} & set(decided.assignments["offer_id"])


def test_what_was_not_known_on_the_day_before_is_no_offer_of_it(morning: TinyWorld) -> None:
    transform.run_dbt("staging", morning.day - timedelta(days=1))
    sql = "select count(*) from staging.stg_shop__offers where discount_value_method = 'proposed'"
    assert tables.read(sql)[0][0].as_py() == 0
