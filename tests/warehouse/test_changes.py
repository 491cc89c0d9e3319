"""Which landed rows hold on a day."""

import duckdb
import pytest

from warehouse.changes import standing

ROWS = """
    create schema landing;
    create table landing.orders as
    select order_id, store_id, change, day::date as day from (values
        ('o1', 'first', null, '2024-01-05'),
        ('o1', 'second', 'correction', '2024-01-08'),
        ('o1', 'second', 'deletion', '2024-01-12'),
        ('o2', 'first', null, '2024-01-05'),
        ('o3', 'first', '', '2024-01-06'),
        ('o3', 'second', 'correction', '2024-01-06')
    ) as rows(order_id, store_id, change, day)
"""


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2024-01-06", {("o1", "first"), ("o2", "first")}),
        ("2024-01-08", {("o1", "first"), ("o2", "first"), ("o3", "second")}),
        ("2024-01-09", {("o1", "second"), ("o2", "first"), ("o3", "second")}),
        ("2024-01-13", {("o2", "first"), ("o3", "second")}),
    ],
)
def test_a_row_holds_from_its_delivery_until_a_change_of_it_is_delivered(
    before: str, expected: set[tuple[str, str]]
) -> None:
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        held = connection.execute(
            f"select order_id, store_id from ({standing('orders', '$before::date')})", {"before": before}
        )
        assert set(held.fetchall()) == expected
