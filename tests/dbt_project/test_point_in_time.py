"""Proofs on the tiny world: what a day knew stays what it knew, whatever is delivered on it or later."""

from datetime import date, timedelta

import pytest
import yaml

from tests.dbt_project.late_rows import CORRECTIONS, declare_changes, deliver_late_rows, open_late_rows
from tests.tiny_world.world import TinyWorld
from warehouse import contract, tables, transform
from warehouse.connection import writing

pytestmark = pytest.mark.integration
FEATURES = ("customers", "products", "customer_categories", "customer_campaigns", "customer_offers", "interactions")
LABELS = (
    "purchase_labels",
    "category_labels",
    "campaign_redemption_labels",
    "offer_redemption_labels",
    "offer_effect_labels",
)
# What the tables of campaign managers hold is read by decide itself, not by features; offers end what hangs on them.
RULES = (
    "partners",
    "offer_terms",
    "offer_menus",
    "stacking_rules",
    "member_tiers",
    "contact_limits",
    "proposal_verdicts",
    "reviews",
)
OF_OFFERS = {"offer_terms", "offer_menus"}
ONLY_EXPOSED = {"customer_campaigns", "customer_offers"}  # on a panel day those are about the customers exposed on it
OUTCOMES = {"offer_effect_labels": "is_shown"}
CHANGED_BEFORE = timedelta(days=10)  # corrections and deletions that the past day knew already
WEEKS_BACK = 4  # such a day is of every kind: weekly, about categories and interactions, and the start of a campaign


@pytest.fixture(scope="module")
def past(tiny_world_of_module: TinyWorld) -> date:
    """A past day as its own run saw it (schema daily) and as a panel saw it that also knew all that came later.

    Rows are corrected and deleted ten days before that day, and others on it.
    """
    day = tiny_world_of_module.day
    past = day - timedelta(weeks=WEEKS_BACK)
    with writing() as connection:
        open_late_rows(connection)
        declare_changes(connection, past - CHANGED_BEFORE)
    build(past, panel=False)
    keep_features("daily", past)
    with writing() as connection:
        declare_changes(connection, past)
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
        for table in RULES:
            connection.execute(f"create table {schema}.{table} as from staging.stg_shop__{table}")


def rows(schema: str, table: str, day: date) -> str:
    return f"select * from {schema}.{table} where day = date '{day}'"


def versions_on(table: str, day: date) -> str:
    """The rows of a table that a run of the day knew, from what a later run knows of them."""
    known = f"day < date '{day}' and (superseded_on is null or superseded_on >= date '{day}')"
    columns = ", ".join(tables.read(f"from daily.{table} limit 0").column_names)
    offers = f"offer_id in (select offer_id from staging.stg_shop__offer_versions where {known})"
    versions = f"staging.stg_shop__{table.removesuffix('s')}_versions"
    return f"select {columns} from {versions} where {known} and ({offers if table in OF_OFFERS else 'true'})"


def count(query: str) -> int:
    return int(tables.read(f"select count(*) as n from ({query})").to_pylist()[0]["n"])


def grain_of(table: str) -> list[str]:
    model = yaml.safe_load((transform.PROJECT / "models" / "features" / f"{table}.yml").read_text())["models"][0]
    return list(model["data_tests"][0]["unique_grain"]["arguments"]["columns"])


@pytest.mark.parametrize("table", FEATURES)
def test_rows_that_come_after_the_day_or_arrive_late_change_nothing_it_knew(table: str, past: date) -> None:
    """The panel had four more weeks of rows; corrections, deletions and a second copy of the past came on the day."""
    daily, panel = rows("daily", table, past), rows("features", table, past)
    assert count(panel) > 0
    assert count(f"({panel}) except ({daily})") == 0
    if table not in ONLY_EXPOSED:
        assert count(f"({daily}) except ({panel})") == 0


@pytest.mark.parametrize("table", RULES)
def test_a_rule_holds_on_a_day_as_it_was_set_before_it(table: str, past: date) -> None:
    """Rules were corrected and deleted before the day, and again, all of them, on it."""
    daily, today = f"from daily.{table}", f"from staging.stg_shop__{table}"
    later = versions_on(table, past)
    assert count(daily) > 0
    assert count(f"({later}) except ({daily})") == 0
    assert count(f"({daily}) except ({later})") == 0
    key = ", ".join(contract.load()[table].key)
    assert 0 < count(today) < count(daily) < count(f"select distinct {key} from landing.{table}")


def test_late_rows_are_known_from_the_day_after_they_arrived(past: date) -> None:
    moved = "from features.customers where region = 'elsewhere'"
    assert count(f"{moved} and day <= date '{past}'") == 0
    assert count(f"{moved} and day = date '{past + timedelta(weeks=1)}'") > 0


@pytest.mark.parametrize("table", CORRECTIONS)
def test_every_table_that_may_change_was_corrected_and_deleted_from(table: str, past: date) -> None:
    for change in ("correction", "deletion"):
        assert count(f"from late_rows.{table} where change = '{change}'") > 0


def test_what_was_deleted_is_known_until_the_day_of_its_deletion_and_then_no_more(past: date) -> None:
    gone = f"select customer_id from late_rows.customers where change = 'deletion' and day = date '{past}'"
    weekly = f"from features.customers semi join ({gone}) using (customer_id)"
    assert count(f"{weekly} where day = date '{past}'") == count(f"select distinct customer_id from ({gone})")
    assert count(f"{weekly} where day = date '{past + timedelta(weeks=1)}'") == 0
    assert count(f"from staging.stg_shop__customers semi join ({gone}) using (customer_id)") == 0


def test_a_line_counts_once_and_as_it_was_corrected_last(past: date) -> None:
    newest = """
        select order_id, line_number, net_amount from landing.order_items
        qualify row_number() over (partition by order_id, line_number order by day desc) = 1
    """
    held = "select order_id, line_number, net_amount from staging.stg_shop__order_items"
    assert count(held) > 0
    assert count(f"({held}) except ({newest})") == 0
    deleted = "select order_id from landing.orders where change = 'deletion'"
    assert count(f"from ({held}) semi join ({deleted}) using (order_id)") == 0


def test_refunds_are_taken_off_on_the_day_they_are_known(past: date) -> None:
    bought = "select day, customer_id, net_amount_last_365_days as bought from intermediate.int_customers_amounts"
    kept = f"""
        select bought - net_amount_last_365_days as refund, refund_rate_last_365_days * bought::double as share
        from features.customers inner join ({bought}) using (day, customer_id)
        where day = date '{past}' and refund_rate_last_365_days > 0
    """
    assert count(kept) > 0
    assert count(f"from ({kept}) where abs(refund::double - share) > 0.001") == 0


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
    outcome = OUTCOMES.get(table, "has_redeemed" if "redemption" in table else "has_purchased")
    assert count(f"select distinct {outcome} from features.{table}") == 2


@pytest.mark.parametrize("table", ["customer_categories", "customer_campaigns", "customer_offers", "interactions"])
def test_every_row_finds_its_customer(table: str, past: date) -> None:
    assert count(f"from features.{table} anti join features.customers using (day, customer_id)") == 0


def test_what_was_withheld_is_described_like_what_was_shown_and_is_no_contact(past: date) -> None:
    """Half of the customers are a campaign's control: their rows have features, no label of use and no contact."""
    lots = f"select * from features.offer_effect_labels where day = date '{past}'"
    for side in ("is_shown", "not is_shown"):
        assert count(f"from ({lots}) where {side}") > 0
    assert count(f"from ({lots}) anti join features.customer_offers using (day, customer_id, offer_id)") == 0
    assert count(f"from ({lots}) where shown_probability <> 0.5") == 0
    withheld = f"select day, customer_id, offer_id from ({lots}) where not is_shown"
    contacts = "(select *, contact_date as day from intermediate.int_contacts where exposure_count > 0)"
    for table in ("features.offer_redemption_labels", contacts):
        assert count(f"from {table} semi join ({withheld}) using (day, customer_id, offer_id)") == 0


def test_windows_of_a_lot_hold_the_orders_of_their_days(past: date) -> None:
    """Orders of the horizon as anybody would count them from what holds today."""
    counted = """
        select labels.day, labels.customer_id, labels.offer_id, count(distinct orders.order_id) as order_count
        from features.offer_effect_labels as labels
        left join staging.stg_shop__orders as orders
            on labels.customer_id = orders.customer_id
            and orders.order_date >= labels.day and orders.order_date < labels.label_closed_on
        group by all
    """
    wrong = f"from features.offer_effect_labels inner join ({counted}) using (day, customer_id, offer_id)"
    assert count(f"{wrong} where orders <> order_count") == 0
    assert count("from features.offer_effect_labels where orders > 0") > 0
