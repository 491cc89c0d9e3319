"""Rows whose parent must be known: on the day of the row or before, from this delivery or an earlier one."""

import duckdb

from warehouse import contract
from warehouse.contract import Column, Table
from warehouse.enforcement import literal, typed


def is_referred_to(table: Table) -> bool:
    return any(column.references == table.name for child in contract.load().values() for column in child.parents)


def introduces(table: Table) -> str:
    """SQL condition: a row makes its key known; a deletion does not."""
    return "change is distinct from 'deletion'" if table.changes else "true"


def forget(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(f"create or replace temp table known_{table.name} (key varchar, day date)")


def remember(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Keep the keys of a batch's good rows with the day they are known from."""
    key = next(typed(column) for column in table.columns if column.name == table.key[0])
    connection.execute(f"""
        insert into known_{table.name}
        select {key}::varchar as key, min(day) as day
        from (from delivered anti join problems on delivered.rowid = problems.row_id)
        where {introduces(table)}
        group by all
    """)


def find_orphans(table: Table, column: Column) -> str:
    """SQL for the rows of a batch without a parent known on their day; `$first` and `$last` are the delivery's."""
    assert column.references
    parent = contract.load()[column.references]
    reason = literal(f"{column.name} is not among the {parent.name}")
    return f"""
        with needed as (select distinct {typed(column)} as key from delivered),
        known as (
            select key, min(day) as day
            from (
                select {parent.key[0]} as key, day
                from landing.{parent.name}
                where day not between $first and $last and {introduces(parent)}
                union all
                from known_{parent.name}
            )
            where key in (from needed)
            group by key
        )
        select delivered.rowid as row_id, 'unknown_reference' as code, {reason} as reason
        from delivered
        left join known on known.key = {typed(column)}
        where {typed(column)} is not null
            and (known.day is null or known.day > delivered.day)
            and {introduces(table)}
    """
