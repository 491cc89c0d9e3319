"""dbt on the tiny world: a layer is built as of a day, a failure is one sentence."""

import pytest

from tests.tiny_world.world import TinyWorld
from warehouse import tables, transform


@pytest.mark.integration
def test_staging_knows_only_what_was_delivered_before_the_day(tiny_world: TinyWorld) -> None:
    transform.run("staging", tiny_world.day)
    newest = tables.read("select max(day) as newest from staging.stg_shop__orders").to_pylist()[0]["newest"]
    assert newest < tiny_world.day
