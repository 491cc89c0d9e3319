"""The two ways learning touches the warehouse: read as Arrow, replace a day of a declared table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from warehouse.connection import reading, writing
from warehouse.declared import FILE, TABLES, Table

if TYPE_CHECKING:
    import pandas as pd  # half a second of import that most commands do not need

__all__ = ["TABLES", "read", "replace_day"]


def read(sql: str, parameters: dict[str, Any] | None = None) -> pa.Table:
    """Run a query on the warehouse and give its rows as Arrow, with the warehouse closed again."""
    with reading() as connection:
        return connection.execute(sql, parameters).to_arrow_table()


def replace_day(table: str, day: date, rows: pa.Table | pd.DataFrame, keys: dict[str, str] | None = None) -> int:
    """Replace one day of a declared table, narrowed to `keys` (e.g. one family), in one transaction."""
    declared = TABLES[table]
    arrow = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    check_columns(declared, arrow)
    with writing() as connection:
        connection.begin()
        replace_part(connection, declared, arrow, {declared.partition: day, **(keys or {})})
        connection.commit()
    return arrow.num_rows


def replace_part(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, part: dict[str, Any]) -> None:
    condition = " and ".join(f"{column} = ${column}" for column in part)
    columns = ", ".join(table.columns)
    connection.execute(f"delete from {table.name} where {condition}", part)
    connection.register("new_rows", rows)
    connection.execute(f"insert into {table.name} ({columns}) select {columns} from new_rows")
    inside = connection.execute(f"select count(*) from {table.name} where {condition}", part).fetchall()[0][0]
    if inside != rows.num_rows:
        outside = rows.num_rows - inside
        raise ValueError(f"{table.name}: {outside} rows lie outside {part}; a re-run would append them again")


def check_columns(table: Table, rows: pa.Table) -> None:
    if set(rows.column_names) != set(table.columns):
        missing = sorted(set(table.columns) - set(rows.column_names))
        unknown = sorted(set(rows.column_names) - set(table.columns))
        raise ValueError(f"{table.name}: columns missing {missing}, unknown {unknown}; see {FILE.name}")
