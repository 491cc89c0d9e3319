"""Ways in which a delivered row breaks the contract: read from the contract, each with the one reason it gets."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from simulator import files
from simulator.injection import NOWHERE, Injected, Row, Spoil, coerce, sample
from warehouse import contract
from warehouse.contract import Column, Table

FAR_AHEAD = timedelta(days=400)  # further than any delivery is late or any clock is wrong by a zone
NO_NUMBERS = ("two", "n/a")
WRONG_TEXTS: dict[str, tuple[str, ...]] = {
    "bigint": (*NO_NUMBERS, "1.5"),
    "integer": (*NO_NUMBERS, "1.5"),
    "double": NO_NUMBERS,
    "decimal": NO_NUMBERS,
    "date": ("2025-13-45", "soon"),
    "timestamp": ("2025-02-30 10:00:00", "noon"),
    "boolean": ("perhaps",),
}
UNLISTED = "something else"
# A reserved domain (RFC 2606) and numbers kept for fiction (555-0100 to 555-0199): nobody's.
PERSONAL = ("write to somebody@example.com", "call +1 202 555 0143", "(415) 555-0132 after six")


@dataclass(frozen=True)
class Way:
    """One way to break a row: other values, moments put off, or what becomes of its line of text."""

    values: Mapping[str, Any] = field(default_factory=dict)
    put_off: tuple[str, ...] = ()
    spoil: Spoil | None = None


def break_rows(
    name: str, kind: str, reason: str, table: pa.Table, count: int, rng: np.random.Generator
) -> list[Injected]:
    """Copies of good rows, each broken in one way of a kind; none where the table cannot be broken so."""
    ways = list(WAYS[kind](contract.load()[name]))
    if not ways or not count:
        return []
    rows, _ = sample(table, count, rng)
    chosen = rng.integers(0, len(ways), count)
    return [
        Injected(broken(row, ways[way], table.schema), kind, reason, ways[way].spoil)
        for row, way in zip(rows, chosen, strict=True)
    ]


def broken(row: Row, way: Way, schema: pa.Schema) -> Row:
    values = {name: coerce(value, schema.field(name).type) for name, value in way.values.items()}
    moments = {name: row[name] + FAR_AHEAD for name in way.put_off}
    return row | values | moments


def wrong_types(table: Table) -> Iterator[Way]:
    for place, column in enumerate(table.columns):
        if table.name not in files.PARQUET:
            for text in WRONG_TEXTS.get(column.type, ()):
                yield Way(spoil=partial(replace_field, place, text))


def replace_field(place: int, text: str, fields: list[str]) -> str:
    return ",".join([*fields[:place], text, *fields[place + 1 :]])


def missing_values(table: Table) -> Iterator[Way]:
    for column in table.columns:
        if not column.nullable:
            yield Way({column.name: None})


def impossible_values(table: Table) -> Iterator[Way]:
    for column in table.columns:
        for value in values_outside(column):
            yield Way({column.name: value})


def values_outside(column: Column) -> Iterator[float]:
    """Nothing, less than nothing, nine of five stars, fifty for a share."""
    if column.above is not None:
        yield from (column.above, column.above - 2)
    if column.min is not None:
        yield column.min - 1
    if column.max is not None:
        yield from (column.max + 4, column.max * 50)


def unlisted_values(table: Table) -> Iterator[Way]:
    for column in table.landed:
        if column.values:
            yield Way({column.name: UNLISTED})


def future_days(table: Table) -> Iterator[Way]:
    moments = [column for column in table.columns if column.type == "timestamp" or column.name == table.event_date]
    required = tuple(column.name for column in moments if not column.nullable)
    if required:
        yield Way(put_off=required)


def unknown_parents(table: Table) -> Iterator[Way]:
    for column in table.parents:
        yield Way({column.name: NOWHERE})


def personal_texts(table: Table) -> Iterator[Way]:
    for column in table.columns:
        if column.pii == "refuse":
            for text in PERSONAL:
                yield Way({column.name: text})


def spoiled_lines(spoil: Spoil) -> Callable[[Table], Iterator[Way]]:
    """A way that exists in text files alone."""

    def ways(table: Table) -> Iterator[Way]:
        if table.name not in files.PARQUET:
            yield Way(spoil=spoil)

    return ways


def drop_column(fields: list[str]) -> str:
    return ",".join(fields[:-1])


def add_column(fields: list[str]) -> str:
    return ",".join([*fields, "surplus"])


def break_quote(fields: list[str]) -> str:
    """Closed before the field ends: the reader stumbles here and finds its way again in the next line."""
    return ",".join([f'"{fields[0]}"x', *fields[1:]])


def break_encoding(fields: list[str]) -> bytes:
    """A byte that no UTF-8 text holds."""
    return b",".join([fields[0].encode() + b"\xff", *(field.encode() for field in fields[1:])])


def cut_off(fields: list[str]) -> str:
    """What a copy that broke off leaves of a line."""
    return ",".join(fields[: max(len(fields) // 2, 1)])[:-1]


WAYS: dict[str, Callable[[Table], Iterator[Way]]] = {
    "wrong_type": wrong_types,
    "missing_value": missing_values,
    "impossible_value": impossible_values,
    "unlisted_value": unlisted_values,
    "future": future_days,
    "unknown_reference": unknown_parents,
    "personal_data": personal_texts,
    "too_few_columns": spoiled_lines(drop_column),
    "too_many_columns": spoiled_lines(add_column),
    "broken_quote": spoiled_lines(break_quote),
    "bad_encoding": spoiled_lines(break_encoding),
}
REASONS = {
    "wrong_type": "wrong_type",
    "missing_value": "missing_value",
    "impossible_value": "out_of_range",
    "unlisted_value": "not_listed",
    "future": "after_delivery",
    "unknown_reference": "unknown_reference",
    "personal_data": "personal_data",
    "too_few_columns": "unreadable_line",
    "too_many_columns": "unreadable_line",
    "broken_quote": "unreadable_line",
    "bad_encoding": "unreadable_line",
}
