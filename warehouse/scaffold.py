"""A new source to begin with: a folder that works on two example days and says what to change."""

import csv
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from warehouse import contract, settings
from warehouse.contract import Column, Table
from warehouse.errors import BadInput

TEMPLATE = Path(__file__).with_name("template")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# The shop's local day of a moment that its files give in UTC.
DERIVED = {"order_date": "((try_cast(ordered_at as timestamp) at time zone 'UTC') at time zone $time_zone)::date"}


def create(name: str) -> Path:
    """Write the folder of a new source, whole or not at all."""
    if not NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} is no name for a source: a small letter, then up to 39 small letters, digits and _, e.g. myshop"
        )
    folder = settings.load().sources / name
    if folder.exists():
        raise BadInput(f"{folder} is there already; choose another name or remove it first")
    unfinished = folder.with_name(f".{name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(TEMPLATE, unfinished)
    for file in (unfinished / "source.yml", unfinished / "README.md"):
        file.write_text(file.read_text().replace("NAME", name))
    for table in contract.load().values():
        if table.required:
            (unfinished / f"{table.name}.sql").write_text(query(table, header(unfinished / "files" / table.name)))
    unfinished.rename(folder)
    return folder


def header(folder: Path) -> list[str]:
    """The columns that the example files of a table have."""
    with next(folder.glob("*/*.csv")).open(newline="") as stream:
        return next(csv.reader(stream))


def query(table: Table, given: Collection[str]) -> str:
    """SQL that fills a table from CSV files, with what the contract says of each column."""
    lines = [f"    -- {describe(column)}\n    {expression(column, given)}," for column in table.kept]
    return f"""\
-- {table.description}
-- Left of `as` stands your column, right of it the contract's. All is read as text: the contract checks the types.
select
{chr(10).join(lines)}
    -- Where the row stands, for the quarantine, and the day on which the shop delivered it: the name of the folder.
    file,
    line,
    day
from csv_rows($folder || '/{table.name}/day=*/*.csv')
where day between $first_day and $last_day
"""


def describe(column: Column) -> str:
    """
    >>> describe(Column("cost", "decimal", nullable=False, min=0, description="Unit cost."))
    'Unit cost. (decimal, required, at least 0)'
    """
    rules = [column.type, *([] if column.nullable else ["required"])]
    rules += [] if column.above is None else [f"above {column.above:g}"]
    rules += [] if column.min is None else [f"at least {column.min:g}"]
    rules += [f"one of {', '.join(column.values)}"] if column.values else []
    rules += ["hashed at ingest"] if column.pii == "hash" else []
    return f"{column.description} ({', '.join(rules)})"


def expression(column: Column, given: Collection[str]) -> str:
    if column.name in DERIVED:
        return f"{DERIVED[column.name]} as {column.name}"
    return f"{column.name if column.name in given else f'null::{column.sql_type}'} as {column.name}"
