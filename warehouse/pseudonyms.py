"""Pseudonyms in place of personal values: each distinct value is hashed once, for all tables of a run."""

from collections.abc import Mapping
from typing import Any

import duckdb

from warehouse import pii
from warehouse.contract import Table
from warehouse.enforcement import literal

DICTIONARY = "create temp table if not exists pseudonyms (name varchar, value varchar, pseudonym varchar)"


def personal(table: Table) -> list[str]:
    return [column.name for column in table.kept if column.pii == "hash"]


def replace_personal(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Put pseudonyms in place of the personal values in `delivered`."""
    names = personal(table)
    if not names:
        return
    for name in names:
        learn(connection, name, "delivered")
    replaced = ", ".join(map(shown, names))
    connection.execute(f"""
        create or replace temp table delivered as
        select delivered.* replace ({replaced}) from delivered {" ".join(join(name) for name in names)}
    """)


def learn(
    connection: duckdb.DuckDBPyConnection, name: str, rows: str, parameters: Mapping[str, Any] | None = None
) -> None:
    """Add the values of a column that are not in the dictionary yet."""
    connection.execute(DICTIONARY)
    connection.execute(
        f"""
        insert into pseudonyms
        select {literal(name)}, value, {pii.hash_sql("value")}
        from (select distinct {name} as value from {rows} where {name} is not null)
        anti join (select value from pseudonyms where name = {literal(name)}) using (value)
        """,
        {**pii.pads(pii.key()), **(parameters or {})},
    )


def shown(name: str) -> str:
    return f"{name}_known.pseudonym as {name}"


def shown_or_made(rows: str, name: str) -> str:
    """The same for rows of a source that is read twice: a value that came in between is hashed where it stands."""
    return f"coalesce({name}_known.pseudonym, {pii.hash_sql(f'{rows}.{name}')}) as {name}"


def join(name: str, rows: str = "delivered") -> str:
    """SQL that brings the pseudonym of a column as `<name>_known.pseudonym`."""
    dictionary = f"(select value, pseudonym from pseudonyms where name = {literal(name)})"
    return f"left join {dictionary} as {name}_known on {name}_known.value = {rows}.{name}"
