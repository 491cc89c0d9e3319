"""Odd rows that must land: unknown people and products, baskets without a name, rows that are taken back later.

Every one belongs to somebody who does not exist and hangs on no real order, visit or device: what real customers did
stays as it was.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from simulator.injection import Identifier, Injected, Row, new_identifier, sample
from warehouse import contract
from warehouse.contract import Table

KINDS = ("unknown_customer", "anonymous", "unlisted_product", "empty_optional", "deletion")
LINKS = ("order_id", "line_number", "session_id", "device_id", "payment_id", "offer_id")


def optional(table: Table) -> set[str]:
    return {column.name for column in table.columns if column.nullable}


def required(table: Table) -> set[str]:
    return {column.name for column in table.columns} - optional(table)


def can_stray(table: Table, kind: str) -> bool:
    """Facts only, and none that needs a parent: lines come with their order."""
    fits = {
        "unknown_customer": "customer_id" in optional(table) | required(table),
        "anonymous": "customer_id" in optional(table),
        "unlisted_product": table.name == "orders" or "product_id" in required(table),
        "empty_optional": bool(optional(table)),
        "deletion": table.changes,
    }
    return table.kind == "event" and not table.parents and fits[kind]


def make_odd(row: Row, kind: str, table: Table, schema: pa.Schema, own: Identifier) -> Row:
    odd: dict[str, Row] = {
        "anonymous": {"customer_id": None},
        "unlisted_product": with_own(row, ["product_id"], schema, own),
        "empty_optional": dict.fromkeys(optional(table)),
    }
    return row | odd.get(kind, {})


def with_own(row: Row, names: Iterable[str], schema: pa.Schema, own: Identifier) -> Row:
    return row | {name: own.as_type(schema.field(name).type) for name in names if name in row}


def detached(row: Row, table: Table, schema: pa.Schema, own: Identifier) -> Row:
    """The row with identifiers of its own and no link to anything real."""
    links = dict.fromkeys(optional(table).intersection(LINKS))
    return with_own(row | links, ("customer_id", table.key[0]), schema, own)


def stray_rows(
    name: str, kind: str, tables: Mapping[str, pa.Table], day: date, numbers: list[int], rng: np.random.Generator
) -> Iterator[tuple[str, Injected]]:
    """Strays of one kind by table, one for each number; a stray order comes with a line, as a basket does."""
    table, schema = contract.load()[name], tables[name].schema
    if not (numbers and can_stray(table, kind)):
        return
    rows, _ = sample(tables[name], len(numbers), rng)
    for number, row in zip(numbers, rows, strict=True):
        own = new_identifier(day, number)
        fresh = make_odd(detached(row, table, schema, own), kind, table, schema, own)
        yield name, Injected(fresh, kind, None)
        if name == "orders" and tables["order_items"].num_rows:
            yield "order_items", Injected(line_of(fresh, kind, own, tables["order_items"], rng), kind, None)


def line_of(order: Row, kind: str, own: Identifier, lines: pa.Table, rng: np.random.Generator) -> Row:
    row = sample(lines, 1, rng)[0][0] | {"order_id": order["order_id"], "line_number": 1, "offer_id": None}
    return with_own(row, ["product_id"], lines.schema, own) if kind == "unlisted_product" else row
