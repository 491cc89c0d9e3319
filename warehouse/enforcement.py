"""The contract as SQL over the rows of a delivery: which rows break it and why, and how a good row is written."""

from collections.abc import Iterator, Mapping

from warehouse.contract import Column, Table
from warehouse.errors import BadInput

FAMILIES = {
    "text": ("VARCHAR", "UUID", "ENUM"),
    "integer": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    "number": ("FLOAT", "DOUBLE", "DECIMAL"),
    "timestamp": ("TIMESTAMP",),
    "date": ("DATE",),
    "boolean": ("BOOLEAN",),
    "nothing": ('"NULL"', "NULL"),
}
ACCEPTED = {
    "varchar": {"text", "integer"},
    "bigint": {"integer", "number", "text"},
    "integer": {"integer", "number", "text"},
    "double": {"integer", "number", "text"},
    "decimal": {"integer", "number", "text"},
    "date": {"date", "timestamp", "text"},
    "timestamp": {"timestamp", "text"},
    "boolean": {"boolean", "text"},
}
OPTIONAL = {"file"}  # the delivered file a row comes from, where the SQL of the source knows it


def family(sql_type: str) -> str:
    return next((name for name, types in FAMILIES.items() if sql_type.startswith(types)), sql_type.lower())


def check_columns(table: Table, delivered: Mapping[str, str], where: str) -> None:
    """Refuse a delivery whose columns differ from the contract in name or type."""
    expected = {column.name for column in (*table.columns, *table.landed)}
    missing = [column.name for column in table.kept if column.name not in delivered]
    missing += ["day"] if "day" not in delivered else []
    unknown = sorted(set(delivered) - expected - OPTIONAL - {"day"})
    if missing:
        raise BadInput(f"{where}: the column {', '.join(missing)} of {table.name} is missing")
    if unknown:
        raise BadInput(f"{where}: the contract of {table.name} knows no column {', '.join(unknown)}")
    for column in table.kept:
        given = delivered[column.name]
        if not (column.pii == "hash" or family(given) in ACCEPTED[column.type] | {"nothing"}):
            raise BadInput(
                f"{where}: the column {column.name} of {table.name} is {given}, the contract says {column.type}"
            )


def typed(column: Column) -> str:
    return f"try_cast({column.name} as {column.sql_type})"


def typed_columns(table: Table) -> str:
    return ", ".join(f"{typed(column)} as {column.name}" for column in table.landed)


def typed_key(table: Table) -> str:
    """What no two rows may share; an entity may come again on a later day."""
    types = {column.name: column for column in table.columns}
    keys = [typed(types[name]) for name in table.key]
    return ", ".join(keys + ["day"] if table.kind == "entity" else keys)


def breaches(table: Table, families: Mapping[str, str]) -> list[tuple[str, str]]:
    """Conditions on single rows, each with the reason it gives, in the order of the columns."""
    found = [breach for column in table.landed for breach in column_breaches(column, families[column.name])]
    if table.event_date:
        found.append(
            (f"try_cast({table.event_date} as date) > day", f"{table.event_date} is after the day of delivery")
        )
    return found


def column_breaches(column: Column, given: str) -> Iterator[tuple[str, str]]:
    name, value = column.name, typed(column)
    if not column.nullable:
        empty = f"{name} is null or {name} = ''" if given == "text" else f"{name} is null"
        yield empty, f"{name} is missing"
    if given == "text" and column.type != "varchar":
        yield f"nullif({name}, '') is not null and {value} is null", f"{name} is not of type {column.type}"
    if given == "number" and column.type == "decimal":
        yield f"{name} is not null and {value} is null", f"{name} is not of type {column.type}"
    if given in {"text", "number"} and column.type in {"integer", "bigint"}:
        number = f"try_cast({name} as double)"
        yield (
            f"{number} <> trunc({number}) or ({name} is not null and {value} is null)",
            f"{name} is not a whole number",
        )
    if given in {"text", "number"} and column.type == "double":
        yield f"not isfinite({value})", f"{name} is not a finite number"
    yield from range_breaches(column, value)


def range_breaches(column: Column, value: str) -> Iterator[tuple[str, str]]:
    name = column.name
    if column.above is not None:
        yield f"{value} <= {column.above}", f"{name} is not above {column.above}"
    if column.min is not None:
        yield f"{value} < {column.min}", f"{name} is below {column.min}"
    if column.max is not None:
        yield f"{value} > {column.max}", f"{name} is above {column.max}"
    if column.values:
        listed = ", ".join(f"'{one}'" for one in column.values)
        yield f"{value} not in ({listed})", f"{name} is none of {', '.join(column.values)}"


def find_breaches(table: Table, families: Mapping[str, str]) -> str:
    """SQL for the rows that break a rule on single rows: row_id, reason (the first rule broken)."""
    cases = " ".join(f"when {condition} then '{reason}'" for condition, reason in breaches(table, families))
    return f"select rowid as row_id, case {cases} end as reason from delivered where reason is not null"


def find_orphans(column: Column) -> str:
    """SQL for rows whose parent was not known on their day; `known_<parent>` holds key and first day."""
    return f"""
        select delivered.rowid as row_id, '{column.name} is not among the {column.references}' as reason
        from delivered
        left join known_{column.references} as known on known.key = {typed(column)}
        where {typed(column)} is not null and (known.day is null or known.day > delivered.day)
    """


def find_duplicates(table: Table) -> str:
    """SQL for every row but the first of a key. Grouping by a hash of the key first keeps 20 million rows in memory."""
    key = typed_key(table)
    order = ", ".join(column.name for column in table.landed)
    return f"""
        with good as (select rowid as row_id, * from delivered anti join problems on delivered.rowid = problems.row_id),
        suspects as (select hash({key}) as suspect from good group by all having count(*) > 1)
        select row_id, 'a row of the same key was delivered before' as reason
        from good
        where hash({key}) in (from suspects)
        qualify row_number() over (partition by {key} order by day, {order}) > 1
    """


def find_repeats(table: Table) -> str:
    """SQL for rows of an event whose key landed on a day before `$before`."""
    names = {column.name: column for column in table.columns}
    keys = ", ".join(f"{typed(names[name])} as {name}" for name in table.key)
    return f"""
        with keys as (select rowid as row_id, {keys} from delivered),
        landed as (select {", ".join(table.key)} from landing.{table.name} where day < $before)
        select row_id, 'a row of the same key was delivered before' as reason
        from keys semi join landed using ({", ".join(table.key)})
    """
