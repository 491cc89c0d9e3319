"""The tiny world on the way from staged rows to a customer under review."""

import pandas as pd
import pytest

from ml import abuse
from ml.deciding.world import CUSTOMERS
from ml.learning import stages
from tests.tiny_world.world import TinyWorld
from warehouse import tables, transform

pytestmark = pytest.mark.integration
FOUND = ["customer_id", "score", "component_size", "evidence_codes", "evidence", "verdict", "is_flagged", "flagged_on"]


@pytest.fixture(scope="module")
def world(tiny_world_of_module: TinyWorld) -> TinyWorld:
    transform.run_dbt("staging", tiny_world_of_module.day)
    transform.run_dbt("features", tiny_world_of_module.day)
    return tiny_world_of_module


def flag(world: TinyWorld, customer: str, is_flagged: bool) -> None:
    row = [customer, 2.0, 3, "sharing", "shares device", "open", is_flagged, world.day]
    stages.write_day(abuse.TABLE, world.day, pd.DataFrame([row], columns=FOUND), {"model_version": "by hand"})


def test_the_stage_learns_what_it_can_and_leaves_a_day_without_flags_of_chance(world: TinyWorld) -> None:
    abuse.train(world.day)
    written = abuse.score(world.day)
    found = tables.read("select is_flagged from ml.abuse_flags where day = $day", {"day": world.day}).to_pandas()
    assert len(found) == written
    assert written <= 1


@pytest.mark.parametrize("is_flagged", [True, False])
def test_only_who_is_flagged_is_under_review(world: TinyWorld, is_flagged: bool) -> None:
    customers = tables.read(CUSTOMERS, {"day": world.day}).to_pandas()["customer_id"]
    flag(world, customers[0], is_flagged)
    decided = tables.read(CUSTOMERS, {"day": world.day}).to_pandas().set_index("customer_id")["is_under_review"]
    assert decided[customers[0]] == is_flagged
    assert decided.sum() == int(is_flagged)


def test_what_is_read_lies_before_the_day(world: TinyWorld) -> None:
    data = abuse.read_activity(world.day)
    assert len(data.orders) > 100
    for frame in (data.orders, data.redemptions, data.visits):
        assert not len(frame) or frame["time"].max() < pd.Timestamp(world.day)
