"""Every contract table delivers a second, different copy of its past on one day: nothing older may notice."""

from datetime import date

import duckdb

from warehouse import contract

LATE = {
    "customers": "region: 'elsewhere'",
    "products": "category: 'renamed', list_price: list_price * 3, cost: cost * 2",
    "orders": "order_id: order_id || '-late'",
    "order_items": "order_id: order_id || '-late'",
    "events": "event_id: event_id || '-late'",
    "ratings": "rated_at: rated_at + interval 1 second, rating: 1",
    "campaigns": "campaign_type: 'renamed', end_date: end_date + 30",
    "offers": "discount_value: discount_value * 5, valid_until: valid_until + 30",
    "offer_products": "product_id: 'p01'",
    "exposures": "exposed_at: exposed_at + interval 1 second",
    "redemptions": "redemption_id: redemption_id || '-late'",
    "stock": "store_id: store_id || '-late'",
    "competitor_prices": "competitor: competitor || '-late', price: price * 2",
    "store_promotions": "store_id: store_id || '-late'",
    "consents": "is_granted: not is_granted",
}


def deliver_late_rows(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Deliver on a day a changed copy of everything delivered before it; also one more line for each known order."""
    connection.execute("create schema late_rows")
    for table in LATE:
        connection.execute(f"create table late_rows.{table} as from landing.{table} limit 0")
        connection.execute(f"insert into late_rows.{table} {changed_copy(table, day)}")
    line = f"select * replace (line_number + 100 as line_number, date '{day}' as day) from landing.order_items"
    connection.execute(f"insert into late_rows.order_items {line} where day < date '{day}'")
    for table in LATE:
        extend_view(connection, table)


def changed_copy(table: str, day: date) -> str:
    """The newest row of each key, changed."""
    key = ", ".join(contract.load()[table].key)
    newest = f"row_number() over (partition by {key} order by day desc) = 1"
    changes = ", ".join(" as ".join(reversed(change.split(": ", 1))) for change in LATE[table].split(", "))
    past = f"select * from landing.{table} where day < date '{day}' qualify {newest}"
    return f"select distinct * replace ({changes}, date '{day}' as day) from ({past})"


def extend_view(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Let the view of a landed table show its late rows too."""
    found = connection.execute(
        "select sql from duckdb_views() where schema_name = 'landing' and view_name = $table", {"table": table}
    ).fetchall()
    select = found[0][0].split(" AS ", 1)[1].rstrip(";")
    connection.execute(
        f"create or replace view landing.{table} as select * from ({select}) union all by name from late_rows.{table}"
    )
