"""Proofs on the tiny world: what a day knew stays what it knew, whatever is delivered on it or later."""

from datetime import date, timedelta

import pytest
import yaml

from tests.dbt_project.late_rows import deliver_late_rows
from tests.tiny_world.world import TinyWorld
from warehouse import tables, transform
from warehouse.connection import writing

pytestmark = pytest.mark.integration
FEATURES = ("customers", "products", "customer_categories", "customer_campaigns", "customer_offers", "interactions")
LABELS = ("purchase_labels", "category_labels", "campaign_redemption_labels", "offer_redemption_labels")
ONLY_EXPOSED = {"customer_campaigns", "customer_offers"}  # on a panel day those are about the customers exposed on it
WEEKS_BACK = 4  # such a day is of every kind: weekly, about categories and interactions, and the start of a campaign


@pytest.fixture(scope="module")
def past(tiny_world_of_module: TinyWorld) -> date:
    """A past day as its own run saw it (schema daily) and as a panel saw it that also knew all that came later."""
    day = tiny_world_of_module.day
    past = day - timedelta(weeks=WEEKS_BACK)
    build(past, panel=False)
    keep_features("daily", past)
    with writing() as connection:
        deliver_late_rows(connection, past)
    build(day, panel=True)
    return past


def build(day: date, panel: bool) -> None:
    transform.run_dbt("staging", day)
    transform.run_dbt("features", day, panel=panel)


def keep_features(schema: str, day: date) -> None:
    with writing() as connection:
        connection.execute(f"create schema {schema}")
        for table in FEATURES:
            connection.execute(f"create table {schema}.{table} as {rows('features', table, day)}")


def rows(schema: str, table: str, day: date) -> str:
    return f"select * from {schema}.{table} where day = date '{day}'"


def count(query: str) -> int:
    return int(tables.read(f"select count(*) as n from ({query})").to_pylist()[0]["n"])


def grain_of(table: str) -> list[str]:
    model = yaml.safe_load((transform.PROJECT / "models" / "features" / f"{table}.yml").read_text())["models"][0]
    return list(model["data_tests"][0]["unique_grain"]["arguments"]["columns"])


@pytest.mark.parametrize("table", FEATURES)
def test_rows_that_come_after_the_day_or_arrive_late_change_nothing_it_knew(table: str, past: date) -> None:
    """The panel had four more weeks of rows, and a second, different copy of the whole past delivered on the day."""
    daily, panel = rows("daily", table, past), rows("features", table, past)
    assert count(panel) > 0
    assert count(f"({panel}) except ({daily})") == 0
    if table not in ONLY_EXPOSED:
        assert count(f"({daily}) except ({panel})") == 0


def test_late_rows_are_known_from_the_day_after_they_arrived(past: date) -> None:
    moved = "from features.customers where region = 'elsewhere'"
    assert count(f"{moved} and day <= date '{past}'") == 0
    assert count(f"{moved} and day = date '{past + timedelta(weeks=1)}'") > 0


@pytest.mark.parametrize("table", FEATURES + LABELS)
def test_every_row_is_the_only_one_of_its_grain(table: str, past: date) -> None:
    grain = ", ".join(grain_of(table))
    assert count(f"from features.{table}") > 0
    assert count(f"select {grain} from features.{table} group by {grain} having count(*) > 1") == 0


@pytest.mark.parametrize("table", LABELS)
def test_labels_are_of_closed_windows(table: str, past: date, tiny_world_of_module: TinyWorld) -> None:
    day = tiny_world_of_module.day
    assert count(f"from features.{table} where label_closed_on > date '{day}'") == 0
    assert count(f"from features.{table} where label_closed_on = date '{day}'") > 0
    outcome = "has_redeemed" if "redemption" in table else "has_purchased"
    assert count(f"select distinct {outcome} from features.{table}") == 2


@pytest.mark.parametrize("table", ["customer_categories", "customer_campaigns", "customer_offers", "interactions"])
def test_every_row_finds_its_customer(table: str, past: date) -> None:
    assert count(f"from features.{table} anti join features.customers using (day, customer_id)") == 0
