"""The contract as SQL over the rows of a delivery: which rows break it and why, and how a good row is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.contract import Column, Table
from warehouse.personal import looks_personal

# Why a row is in quarantine: the closed list.
CODES = (
    "missing_value",
    "wrong_type",
    "out_of_range",
    "not_listed",
    "unknown_reference",
    "duplicate_key",
    "after_delivery",
    "unreadable_line",
    "personal_data",
)
LARGEST_NUMBER = "1e15"  # no shop counts beyond; two values of 1e308 already add up to infinity
WHOLE = ("integer", "bigint")


@dataclass(frozen=True)
class Breach:
    """A rule on single rows: SQL that is true where it is broken, and what is said of such a row."""

    condition: str
    code: str
    reason: str


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def typed(column: Column) -> str:
    """The value as it is landed; an empty text is no value."""
    value = f"try_cast({column.name} as {column.sql_type})"
    return f"nullif({value}, '')" if column.type == "varchar" else value


def typed_columns(table: Table) -> str:
    return ", ".join(f"{typed(column)} as {column.name}" for column in table.landed)


def key_columns(table: Table) -> list[Column]:
    return [column for name in table.key for column in table.columns if column.name == name]


def breaches(table: Table, families: Mapping[str, str]) -> list[Breach]:
    """Rules on single rows in the order in which they are asked; a deletion needs nothing but its key."""
    found = {column.name: list(column_breaches(column, families[column.name])) for column in table.landed}
    first = [*table.key, "change"] if table.changes else []
    spared = [Breach(all_of("change = 'deletion'"), "", "")] if table.changes else []
    always = [breach for name in first for breach in found[name]]
    if table.changes:  # what a deletion says besides its key is landed too
        always += [breach for breaches in found.values() for breach in breaches if breach.code == "personal_data"]
    others = [breach for name, breaches in found.items() if name not in first for breach in breaches]
    return [*always, *spared, *others, *late_breaches(table)]


def all_of(*conditions: str) -> str:
    return " and ".join(conditions)


def column_breaches(column: Column, given: str) -> Iterator[Breach]:
    name, value = column.name, typed(column)
    if not column.nullable:
        empty = f"{name} is null or {name} = ''" if given == "text" else f"{name} is null"
        yield Breach(empty, "missing_value", f"{name} is missing")
    yield from type_breaches(column, given)
    yield from range_breaches(column, value)
    if column.pii == "refuse":
        yield Breach(looks_personal(name), "personal_data", f"{name} holds an e-mail address or a telephone number")


def type_breaches(column: Column, given: str) -> Iterator[Breach]:
    name, value = column.name, typed(column)
    is_given = f"nullif({name}, '') is not null" if given == "text" else f"{name} is not null"
    if column.type == "varchar" and given == "text" and column.pii != "hash":
        yield Breach(f"contains({name}, chr(0))", "wrong_type", f"{name} holds a NUL character")
    if given in {"text", "number"} and column.type in WHOLE:
        number = f"try_cast({name} as double)"
        if given == "text":
            yield Breach(f"{is_given} and {number} is null", "wrong_type", f"{name} is not of type {column.type}")
        fraction = f"{number} <> trunc({number}) or ({is_given} and {value} is null)"
        yield Breach(fraction, "wrong_type", f"{name} is not a whole number")
    elif given in {"text", "number", "integer"} and column.type != "varchar":
        yield Breach(f"{is_given} and {value} is null", "wrong_type", f"{name} is not of type {column.type}")
    if given in {"text", "number"} and column.type == "double":
        yield Breach(f"not isfinite({value})", "wrong_type", f"{name} is not a finite number")


def range_breaches(column: Column, value: str) -> Iterator[Breach]:
    name = column.name
    if column.above is not None:
        yield Breach(f"{value} <= {column.above}", "out_of_range", f"{name} is not above {column.above}")
    if column.min is not None:
        yield Breach(f"{value} < {column.min}", "out_of_range", f"{name} is below {column.min}")
    if column.max is not None:
        yield Breach(f"{value} > {column.max}", "out_of_range", f"{name} is above {column.max}")
    if column.type == "double":
        yield Breach(f"abs({value}) > {LARGEST_NUMBER}", "out_of_range", f"{name} is beyond {LARGEST_NUMBER}")
    if column.type in {"date", "timestamp"}:
        outside = f"not isfinite({value}) or year({value}) not between 1 and 9999"
        yield Breach(outside, "out_of_range", f"{name} is not within the years 1 to 9999")
    if column.values:
        listed = ", ".join(map(literal, column.values))
        yield Breach(f"{value} not in ({listed})", "not_listed", f"{name} is none of {', '.join(column.values)}")


def late_breaches(table: Table) -> Iterator[Breach]:
    """Nothing is delivered before it happened. A moment (UTC) may be a day ahead of the shop's calendar."""
    if table.event_date:
        later = f"try_cast({table.event_date} as date) > day"
        yield Breach(later, "after_delivery", f"{table.event_date} is after the day of delivery")
    for column in table.kept:
        if column.type == "timestamp":
            later = f"try_cast({typed(column)} as date) > day + 1"
            yield Breach(later, "after_delivery", f"{column.name} is after the day of delivery")


def find_breaches(table: Table, families: Mapping[str, str]) -> str:
    """SQL for the rows that break a rule on single rows: row_id, code, reason (of the first rule broken)."""
    rules = breaches(table, families)
    cases = " ".join(f"when {rule.condition} then {number}" for number, rule in enumerate(rules))
    words = ", ".join(f"({number}, '{rule.code}', {literal(rule.reason)})" for number, rule in enumerate(rules))
    return f"""
        select row_id, code, reason
        from (select rowid as row_id, case {cases} end as rule from delivered where rule is not null) as broken
        inner join (values {words}) as rules (rule, code, reason) using (rule)
        where code <> ''
    """
