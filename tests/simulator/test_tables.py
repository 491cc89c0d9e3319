"""What the shop hands over in sixty days: every table, every kind of offer, nothing of what only the truth knows."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator import files
from simulator.build import Place
from simulator.people import KINDS
from simulator.sessions import EVENTS
from tests.simulator import small_build
from warehouse import contract


@pytest.fixture(scope="module")
def shop(clean: Place) -> duckdb.DuckDBPyConnection:
    """Every table of the shop without dirt, and the truth about its customers."""
    database = duckdb.connect()
    for name in files.tables_of_shop():
        reader, options = ("read_parquet", "") if name in files.PARQUET else ("read_csv", ", all_varchar = true")
        path = f"'{clean.shop}/{name}/*/*'"
        database.execute(f"create table {name} as from {reader}({path}, hive_partitioning = false{options})")
    database.execute(f"create table truth as from '{clean.truth}/customers.parquet'")
    return database


def one(shop: duckdb.DuckDBPyConnection, query: str) -> float:
    row = shop.execute(query).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.parametrize("table", files.tables_of_shop())
def test_every_table_of_the_contract_has_rows(shop: duckdb.DuckDBPyConnection, table: str) -> None:
    assert one(shop, f"select count(*) from {table}") > 0


def test_every_kind_of_offer_is_shown_and_some_of_it_not(shop: duckdb.DuckDBPyConnection) -> None:
    shown = shop.execute(
        "select offer_type, count(*) filter (where arm = 'holdout'), count(*) filter (where arm = 'exploration') "
        "from exposures join offers using (offer_id) group by all"
    ).fetchall()
    listed = next(column for column in contract.load()["offers"].columns if column.name == "offer_type").values
    assert {kind for kind, *_ in shown} == set(listed)
    assert all(held_out > 0 and explored > 0 for _, held_out, explored in shown)


def test_the_experiment_is_as_random_as_it_says(shop: duckdb.DuckDBPyConnection) -> None:
    drawn, held_out, said = shop.execute(
        "select count(*), count(*) filter (where arm = 'holdout'), avg(probability) "
        "from exposures where arm is not null"
    ).fetchall()[0]
    assert held_out / drawn == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(drawn))
    assert said == pytest.approx(0.5 / 16, rel=0.05)  # sixteen offers on a Monday


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_of_event_happens(shop: duckdb.DuckDBPyConnection, kind: str) -> None:
    assert one(shop, f"select count(*) from events where event_type = '{kind}'") > 0


def test_consents_are_given_withdrawn_and_given_again(shop: duckdb.DuckDBPyConnection) -> None:
    changes = (
        "select customer_id, channel, string_agg(is_granted, ',' order by changed_at) as story "
        "from consents group by all"
    )
    assert one(shop, f"select count(*) from ({changes}) where story like 'true,false%'") > 0
    assert one(shop, f"select count(*) from ({changes}) where story like 'false,true%'") > 0


def test_nobody_gets_a_message_without_a_consent(shop: duckdb.DuckDBPyConnection) -> None:
    """Of that channel on that morning; what changed during the day is written down at noon."""
    asked = one(
        shop,
        "select count(*) from exposures e asof left join "
        "(select customer_id::bigint as customer_id, channel, is_granted::boolean as granted, "
        "changed_at::timestamp - interval 12 hour as since from consents) c "
        "on e.customer_id = c.customer_id and e.channel = c.channel and e.exposed_at >= c.since "
        "where granted is not true and arm is distinct from 'holdout'",
    )
    withdrawn_that_day = one(
        shop,
        "select count(*) from exposures e join consents c on e.customer_id::varchar = c.customer_id "
        "and e.channel = c.channel and c.is_granted = 'false' and c.changed_at::date = e.exposure_date",
    )
    assert asked <= withdrawn_that_day


def test_discounts_of_the_lines_add_up_to_the_redemption(shop: duckdb.DuckDBPyConnection) -> None:
    apart = (
        "select max(abs(r.discount_amount::double - i.discount)) from redemptions r join (select order_id, "
        "sum(coupon_discount_amount::double) as discount from order_items group by all) i using (order_id) "
        "where r.discount_amount is not null"
    )
    assert one(shop, apart) < 0.006
    assert (
        one(shop, "select count(*) from order_items where coupon_discount_amount::double > 0 and offer_id is null") == 0
    )
    used_twice = "select count(*) from (select customer_id, offer_id from redemptions group by all having count(*) > 1)"
    assert one(shop, used_twice) == 0
    in_time = "redemption_date between valid_from and valid_until"
    assert one(shop, f"select count(*) from redemptions join offers using (offer_id) where not ({in_time})") == 0


def test_stock_is_never_negative_and_sometimes_out(shop: duckdb.DuckDBPyConnection) -> None:
    assert one(shop, "select min(units_on_hand) from stock") >= 0
    assert one(shop, "select count(*) from stock where units_on_hand = 0") > 0


def test_units_sold_are_units_that_left_the_stock(shop: duckdb.DuckDBPyConnection) -> None:
    """Nothing is sold that was neither there nor had arrived that morning."""
    beyond = """
        with sold as (
            select product_id::bigint as product_id, order_date::date as day, sum(quantity::double) as units
            from order_items join orders using (order_id)
            group by all
        ),
        known as (
            select product_id, stock_date as day, lag(units_on_hand + units_on_order) over product as before
            from stock
            window product as (partition by product_id order by stock_date)
        )
        select count(*) from sold join known using (product_id, day) where units > before
    """
    assert one(shop, beyond) == 0


def test_rings_share_device_purse_or_address_and_nobody_else_does(shop: duckdb.DuckDBPyConnection) -> None:
    rings = shop.execute(
        "select ring, count(*), count(distinct address) from truth t join customers c "
        "on c.customer_id = t.customer_id::varchar where ring is not null group by ring having count(*) > 1"
    ).fetchall()
    assert rings
    assert any(addresses == 1 for _, _, addresses in rings)
    orders = "from orders o join truth t on o.customer_id = t.customer_id::varchar"
    for column in ("device_id", "payment_id"):
        households = (
            f"select count(distinct coalesce(-ring - 1, t.customer_id)) as n {orders} where {column} is not null"
        )
        assert one(shop, f"select max(n) from ({households} group by {column})") == 1
        of_rings = f"select count(distinct {column}) as n {orders} where ring is not null and {column} is not null"
        assert one(shop, f"select max(n) from ({of_rings} group by ring)") == 1


def test_who_orders_online_was_seen_online_whoever_it_is(shop: duckdb.DuckDBPyConnection) -> None:
    """No kind of customer is given away by orders without a visit."""
    unseen = (
        "select count(*) from orders o where channel <> 'store' and not exists (from events e "
        "where e.customer_id::varchar = o.customer_id and e.event_date = o.order_date::date)"
    )
    assert one(shop, unseen) == 0


def columns(place: Place) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in files.tables_of_shop():
        for file in sorted((place.shop / name).rglob("*.*")):
            yield name, tuple(pq.read_schema(file).names if file.suffix == ".parquet" else header(file))


def header(file: Path) -> list[str]:
    with file.open(newline="") as stream:
        return next(csv.reader(stream))


def test_no_file_has_a_column_the_contract_does_not_know(built: Place) -> None:
    found = dict(columns(built))
    assert found == {name: tuple(files.column_names(name)) for name in files.tables_of_shop()}


def test_no_value_names_a_kind_of_customer(shop: duckdb.DuckDBPyConnection) -> None:
    for name in files.tables_of_shop():
        table: pa.Table = shop.execute(f"from {name}").to_arrow_table()
        for column in table.column_names:
            if pa.types.is_string(table[column].type):
                assert not set(table[column].unique().to_pylist()) & {*KINDS, "ring", "multi-account", "stocks_up"}


def test_the_truth_knows_the_abusers(clean: Place) -> None:
    people = pq.read_table(clean.truth / "customers.parquet")
    is_abuser, stocks_up = people["is_abuser"].to_numpy(), people["stocks_up"].to_numpy()
    assert len(people) >= small_build.CUSTOMERS  # those who register on the next morning are known already
    assert is_abuser.any()
    assert (is_abuser | ~stocks_up).all()
    assert not np.isnan(people["ring"].to_numpy()[is_abuser].astype(float)).any()


def test_the_truth_of_a_morning_values_every_active_offer_of_everybody_who_can_be_reached(clean: Place) -> None:
    (file,) = (clean.truth / "responses").glob("*.parquet")
    values = pq.read_table(file).to_pandas()
    assert values.groupby("customer_id").size().nunique() == 1
    parts = values["margin_with"] - values["margin_without"] - values["borrowed"] - values["cost"]
    assert np.allclose(parts, values["incremental_margin"])
    assert values["redemption"].between(0, 1).all()
    assert (values["cost"] > 0).all()
