"""The columns a source gives for a table against those of the contract."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from warehouse.contract import Table
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
PLACES = ("file", "line")  # where a row comes from, when the SQL of the source knows it
CLOSE_ENOUGH = 0.6
COMMENT = re.compile(r"--[^\n]*|/[*].*?[*]/", re.DOTALL)


def family(sql_type: str) -> str:
    return next((name for name, types in FAMILIES.items() if sql_type.startswith(types)), sql_type.lower())


def check_columns(table: Table, delivered: Mapping[str, str], where: str) -> list[str]:
    """Refuse a delivery that lacks a column or gives one of another type; gives the columns nobody asked for."""
    extra = [name for name in delivered if name not in asked_for(table)]
    wanted = [column.name for column in table.kept] + ["day"]
    missing = [name for name in wanted if name not in delivered]
    if missing:
        hint = nearest(missing[0], extra)
        others = f" (and {', '.join(missing[1:])})" if len(missing) > 1 else ""
        raise BadInput(f"{where}: the column {missing[0]} of {table.name} is missing{hint}{others}")
    if "change" in delivered and not table.changes:
        raise BadInput(f"{where}: {table.name} gives `change`, but its rows never change by the contract")
    check_types(table, delivered, where)
    return extra


def asked_for(table: Table) -> set[str]:
    return {column.name for column in table.columns} | {*PLACES, "change", "day"}


def nearest(name: str, given: Collection[str]) -> str:
    """
    >>> nearest("net_amount", ["net_amout", "weight"])
    '; did you mean `net_amout`?'
    """
    found = get_close_matches(name, given, n=1, cutoff=CLOSE_ENOUGH)
    return f"; did you mean `{found[0]}`?" if found else ""


def unread(table: Table, header: Collection[str], sql: str, given: Collection[str]) -> list[str]:
    """Columns of text files that the SQL neither gives nor mentions as a word outside its comments; what the contract
    drops is meant to be left out.

    >>> from warehouse import contract
    >>> unread(contract.load()["products"], ["sku", "Colour", "skus"], "select sku -- not the colour", ["product_id"])
    ['Colour', 'skus']
    """
    text = COMMENT.sub("", sql).lower()
    dropped = {column.name for column in table.columns} - {column.name for column in table.kept}
    return [
        name
        for name in header
        if name and name not in given and name.lower() not in dropped
        and not re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", text)
    ]  # fmt: skip


def check_types(table: Table, delivered: Mapping[str, str], where: str) -> None:
    for column in table.kept:
        given = delivered[column.name]
        if not (column.pii == "hash" or family(given) in ACCEPTED[column.type] | {"nothing"}):
            raise BadInput(
                f"{where}: the column {column.name} of {table.name} is {given}, the contract says {column.type}"
            )
