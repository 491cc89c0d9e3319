"""Copies of customers are customers of their own in every table, and what a process took is what it took."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.families import Spent, figures_of_scoring, follow, python, repeat_customers
from warehouse.connection import open_database
from warehouse.errors import NotAvailable


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    file = tmp_path / "warehouse.duckdb"
    with open_database(file, read_only=False) as connection:
        for schema in ("features", "intermediate", "staging"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table features.customers as select * from (values ('a', 1), ('b', 2)) t(customer_id, x)"
        )
        connection.execute("create table features.products as select 'tea' as product_id")
        connection.execute("create table intermediate.lines as select 'o1' as order_id, 'a' as customer_id, 3 as units")
        connection.execute(
            "create view staging.orders as select order_id, customer_id, 'd' as device_id from intermediate.lines"
        )
    return file


def test_each_customer_is_there_as_often_as_asked_with_what_is_theirs(warehouse: Path) -> None:
    repeat_customers(warehouse, 3)
    with open_database(warehouse, read_only=True) as connection:
        found = connection.execute("from features.customers order by all").fetchall()
        assert found == [("a", 1), ("a~1", 1), ("a~2", 1), ("b", 2), ("b~1", 2), ("b~2", 2)]
        assert connection.execute("from features.products").fetchall() == [("tea",)]
        joined = (
            "from staging.orders join intermediate.lines using (order_id, customer_id) select customer_id, device_id"
        )
        assert connection.execute(f"{joined} order by all").fetchall() == [("a", "d"), ("a~1", "d~1"), ("a~2", "d~2")]


def test_a_warehouse_without_customers_cannot_be_repeated(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="no features of customers"):
        repeat_customers(tmp_path / "empty.duckdb", 2)


def test_time_and_memory_of_a_process_are_counted_and_a_failure_is_told() -> None:
    busy = follow("busy", python("x = bytearray(200_000_000); sum(range(10_000_000))"), os.environ)
    idle = follow("idle", [sys.executable, "-c", "import time; time.sleep(0.5); raise SystemExit(3)"], os.environ)
    assert busy.has_ended
    assert busy.memory > 0.18
    assert (idle.has_ended, idle.clock > 0.5, idle.processor < busy.processor) == (False, True, True)


def test_no_number_is_given_where_a_family_did_not_end() -> None:
    spent = [Spent("one", 10.0, 12.0, 1.0, True), Spent("other", 3.0, 4.0, 1.0, False)]
    whole, one, other = figures_of_scoring(spent, 1_000_000)
    assert (whole.value, one.value, other.value) == (None, 10.0, None)
    assert "other" in whole.how_measured
    assert next(figures_of_scoring(spent[:1], 1_000_000)).value == 10.0
