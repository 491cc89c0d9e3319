"""The tables that Python writes, as tables.yml declares them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

FILE = Path(__file__).with_name("tables.yml")


@dataclass(frozen=True)
class Table:
    name: str
    description: str
    partition: str
    grain: tuple[str, ...]
    columns: dict[str, str]


def parse(name: str, entry: dict[str, Any]) -> Table:
    return Table(
        name=name,
        description=entry["description"],
        partition=entry.get("partition", "day"),
        grain=tuple(entry["grain"]),
        columns={column: definition["type"] for column, definition in entry["columns"].items()},
    )


def load(file: Path = FILE) -> dict[str, Table]:
    """Every table of the schemas ml and gates by its full name."""
    return {name: parse(name, entry) for name, entry in yaml.safe_load(file.read_text()).items()}


TABLES = load()


def create_missing(connection: duckdb.DuckDBPyConnection) -> None:
    """Every declared table with every declared column: those that are new stay empty in rows of older days."""
    known = {
        (f"{schema}.{table}", column)
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where database_name = current_database()"
        ).fetchall()
    }
    held = {name for name, _ in known}
    for table in TABLES.values():
        columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
        connection.execute(f"create table if not exists {table.name} ({columns})")
        for column, kind in table.columns.items() if table.name in held else ():
            if (table.name, column) not in known:
                connection.execute(f"alter table {table.name} add column {column} {kind}")
