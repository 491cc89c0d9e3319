"""What a shop delivers afterwards: changed copies of the past, corrections and deletions. Nothing older may notice."""

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
    "returns": "return_id: return_id || '-late'",
    "stock": "store_id: store_id || '-late'",
    "competitor_prices": "competitor: competitor || '-late', price: price * 2",
    "store_promotions": "store_id: store_id || '-late'",
    "consents": "is_granted: not is_granted",
    "partners": "budget: budget * 2",
    "offer_terms": "stacking_group: 'renamed'",
    "offer_menus": "discount_value: discount_value * 2",
    "stacking_rules": "rule: 'best_of'",
    "member_tiers": "minimum_amount: minimum_amount * 2",
    "contact_limits": "contacts: contacts + 1",
    "proposal_verdicts": "verdict: 'refuse'",
    "reviews": "verdict: 'hold'",
}
CORRECTIONS = {
    "customers": "region: 'corrected'",
    "products": "category: 'corrected'",
    "orders": "order_date: order_date - 1, store_id: 's9'",
    "order_items": "net_amount: net_amount * 2, quantity: quantity + 1",
    "ratings": "rating: 2",
    "campaigns": "budget: 1",
    "offers": "discount_value: discount_value * 3",
    "offer_products": "offer_id: offer_id",
    "redemptions": "redemption_date: redemption_date - 1",
    "returns": "refund_amount: refund_amount * 2",
    "store_promotions": "display_location: null, end_date: end_date + 1",
    "consents": "is_granted: not is_granted",
    "partners": "budget: 1",
    "offer_terms": "minimum_issue: 1",
    "offer_menus": "discount_value: discount_value * 3",
    "stacking_rules": "rule: 'sequential'",
    "member_tiers": "minimum_amount: 1",
    "contact_limits": "contacts: 1",
    "proposal_verdicts": "verdict: 'refuse'",
    "reviews": "verdict: 'hold'",
}
# Of five keys (of all, where there are fewer) one is deleted and one corrected; another day chooses others.
SHARE = 5


def open_late_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the views of the landed tables show the rows that are delivered below, too."""
    connection.execute("create schema late_rows")
    for table in LATE:
        connection.execute(f"create table late_rows.{table} as from landing.{table} limit 0")
        extend_view(connection, table)


def deliver_late_rows(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Deliver on a day a changed copy of everything delivered before it; also one more line for each known order."""
    for table in LATE:
        connection.execute(f"insert into late_rows.{table} {changed_copy(table, day, LATE[table])}")
    connection.execute("delete from late_rows.order_items where order_id not in (select order_id from landing.orders)")
    line = changed_copy("order_items", day, "line_number: line_number + 100")
    connection.execute(f"insert into late_rows.order_items {line}")


def declare_changes(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Deliver on a day corrections and deletions of what was delivered before it."""
    for table, corrected in CORRECTIONS.items():
        for bucket, change, values in ((0, "deletion", ""), (1, "correction", f", {corrected}")):
            declared = changed_copy(table, day, f"change: '{change}'{values}")
            key = ", ".join(contract.load()[table].key)
            chosen = f"row_number() over (order by hash('{day}', {key})) % least({SHARE}, count(*) over ()) = {bucket}"
            connection.execute(f"insert into late_rows.{table} from ({declared}) qualify {chosen}")


def changed_copy(table: str, day: date, values: str) -> str:
    """The newest row of each key that is no deletion, changed."""
    key = ", ".join(contract.load()[table].key)
    newest = f"row_number() over (partition by {key} order by day desc) = 1"
    changes = [" as ".join(reversed(change.split(": ", 1))) for change in values.split(", ")]
    past = f"select * from landing.{table} where day < date '{day}' qualify {newest}"
    if contract.load()[table].changes:
        changes += [] if "change: " in values else ["null as change"]
        past = f"select * from ({past}) where change is distinct from 'deletion'"
    return f"select distinct * replace ({', '.join(changes)}, date '{day}' as day) from ({past})"


def extend_view(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Let the view of a landed table show its late rows too."""
    found = connection.execute(
        "select sql from duckdb_views() where schema_name = 'landing' and view_name = $table", {"table": table}
    ).fetchall()
    select = found[0][0].split(" AS ", 1)[1].rstrip(";")
    connection.execute(
        f"create or replace view landing.{table} as select * from ({select}) union all by name from late_rows.{table}"
    )
