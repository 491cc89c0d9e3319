"""Replace the published file and its Parquet copies by the warehouse's marts, as a whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from expectations.rules import CRITICAL, GATES
from warehouse import copies, faults, landing, runs, settings
from warehouse.connection import writing
from warehouse.errors import GateFailed, NotAvailable, StorageFailed

STORAGE_VERSION = "v1.2.0"  # older BI drivers can open it
MARTS = settings.ROOT / "dbt_project" / "models" / "marts"
FAILED = f"""
    select gate, code, table_name, observed_text, limit_text
    from gates.gate_results
    where day = $day and severity = '{CRITICAL}' and not is_passed
    order by gate, code, table_name, rule
"""

Columns = dict[str, list[str]]  # by table


def publish(day: date) -> None:
    """Publish all marts; the file and the copies readers have are untouched until the new ones are complete."""
    with runs.stage("publish", day) as stage, writing() as connection, faults.explained():
        check_gates(connection, day)
        tables = find_marts(connection)
        check_day(connection, tables, day)
        with complete_file(connection) as file:
            for table in tables:
                stage.rows += copy_table(connection, table)
            describe_tables(connection, tables)
            folder = copies.write(connection, list(tables), day)
        file.replace(settings.load().published)
        landing.sync(file.parent)
        copies.point_to(folder)
    print(f"published {len(tables)} tables, {stage.rows:,} rows: {settings.load().published}")


def check_gates(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Every gate of the day has run and none has a critical failure."""
    seen = connection.execute("select distinct gate from gates.gate_results where day = $day", {"day": day}).fetchall()
    missing = [gate for gate in GATES.values() if (gate,) not in seen]
    if missing:
        raise NotAvailable(f"the gate {missing[0]} has no results for {day}: nothing is published without it")
    failed = connection.execute(FAILED, {"day": day}).fetchall()
    if failed:
        gate, code, table, observed, limit = failed[0]
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        raise GateFailed(f"{gate} {code}, {table}: {observed} instead of {limit}{more}; nothing is published for {day}")


def find_marts(connection: duckdb.DuckDBPyConnection) -> Columns:
    """Columns by published table, in the order of the names."""
    sql = """
        select table_name, list(column_name order by column_index)
        from duckdb_columns() inner join duckdb_tables() using (schema_name, table_name)
        where schema_name = 'marts' group by table_name order by table_name
    """
    return dict(connection.execute(sql).fetchall())


def check_day(connection: duckdb.DuckDBPyConnection, tables: Columns, day: date) -> None:
    held = "user_decisions" in tables and connection.execute(
        "select exists (from marts.user_decisions where day = $day)", {"day": day}
    ).fetchall() == [(True,)]
    if not held:
        raise NotAvailable(
            f"the marts hold no decisions for {day}; run `python -m warehouse transform marts --day {day}`"
        )


@contextmanager
def complete_file(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A new database, attached as `published` in the body, whole and on disk after it; removed when the body fails."""
    file = settings.load().published.with_suffix(".unfinished")
    file.parent.mkdir(parents=True, exist_ok=True)
    wal = file.with_name(file.name + ".wal")
    for leftover in (file, wal):
        leftover.unlink(missing_ok=True)
    connection.execute(f"attach '{settings.quoted(file)}' as published (storage_version '{STORAGE_VERSION}')")
    try:
        yield file
        connection.execute("checkpoint published")
    except BaseException:
        connection.execute("detach published")
        file.unlink(missing_ok=True)
        wal.unlink(missing_ok=True)
        raise
    connection.execute("detach published")
    if wal.exists():
        raise StorageFailed(f"{file} could not be completed: rows are still in its log")
    landing.sync(file)
    landing.sync(file.parent)


def copy_table(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Copy a table in one order whatever the run."""
    connection.execute(f"create table published.main.{table} as from marts.{table} order by all")
    return int(connection.execute(f"select count(*) from published.main.{table}").fetchall()[0][0])


def describe_tables(connection: duckdb.DuckDBPyConnection, tables: Columns) -> None:
    """Put the descriptions of dbt's yml files on the tables, so that BI tools show them."""
    for model in (model for file in sorted(MARTS.glob("*.yml")) for model in read_models(file)):
        if model["name"] in tables:
            comment(connection, f"table published.main.{model['name']}", model)
        for column in model.get("columns", []):
            if column["name"] in tables.get(model["name"], []):
                comment(connection, f"column published.main.{model['name']}.{column['name']}", column)


def read_models(file: Path) -> list[dict[str, Any]]:
    return list((yaml.safe_load(file.read_text()) or {}).get("models", []))


def comment(connection: duckdb.DuckDBPyConnection, what: str, entry: dict[str, Any]) -> None:
    text = " ".join(entry.get("description", "").split()).replace("'", "''")
    connection.execute(f"comment on {what} is '{text}'")
