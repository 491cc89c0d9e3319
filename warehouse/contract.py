"""The input tables as sources/contract.yml defines them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.settings import ROOT

FILE = ROOT / "sources" / "contract.yml"
SQL_TYPES = {"decimal": "decimal(18, 4)"}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool = True
    above: float | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    references: str | None = None
    on_missing: str = "keep"
    pii: str | None = None
    description: str = ""
    without: str = ""  # what a shop that lacks the column has to do without

    @property
    def sql_type(self) -> str:
        return SQL_TYPES.get(self.type, self.type)


# What a row of a table with changes says about the known row of the same key; empty for an ordinary row.
CHANGE = Column("change", "varchar", values=("correction", "deletion"))


@dataclass(frozen=True)
class Table:
    name: str
    kind: str
    key: tuple[str, ...]
    event_date: str | None
    columns: tuple[Column, ...]
    changes: bool = False
    description: str = ""
    required: bool = False
    without: str = ""  # what a shop that lacks the table has to do without

    @property
    def kept(self) -> tuple[Column, ...]:
        """The shop's columns that reach the disk; what is marked `pii: drop` never does."""
        return tuple(column for column in self.columns if column.pii != "drop")

    @property
    def landed(self) -> tuple[Column, ...]:
        return (*self.kept, CHANGE) if self.changes else self.kept

    @property
    def parents(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.references and column.on_missing == "quarantine")


def parse_column(name: str, entry: dict[str, Any]) -> Column:
    known = {key: value for key, value in entry.items() if key not in {"unit", "values"}}
    return Column(name=name, values=tuple(entry.get("values", ())), **known)


def parse_table(name: str, entry: dict[str, Any]) -> Table:
    columns = tuple(parse_column(column, definition) for column, definition in entry["columns"].items())
    facts = {name: entry[name] for name in ("changes", "description", "required", "without") if name in entry}
    return Table(name, entry["kind"], tuple(entry["key"]), entry.get("event_date"), columns, **facts)


@lru_cache
def load(file: Path = FILE) -> dict[str, Table]:
    """Every input table, parents before the tables that refer to them."""
    tables = {name: parse_table(name, entry) for name, entry in yaml.safe_load(file.read_text()).items()}
    ordered: dict[str, Table] = {}
    while len(ordered) < len(tables):
        ready = [table for name, table in tables.items() if name not in ordered and has_parents(table, ordered)]
        if not ready:
            raise ValueError(f"{file.name}: tables refer to each other in a circle or to a table that is not there")
        ordered |= {table.name: table for table in ready}
    return ordered


def has_parents(table: Table, known: dict[str, Table]) -> bool:
    return all(column.references in known for column in table.parents)
