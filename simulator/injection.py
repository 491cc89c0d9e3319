"""One thing put into a delivery on top of its good rows, and what ingest must make of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from simulator import files

Row = dict[str, Any]
Spoil = Callable[
    [list[str]], str | bytes
]  # from the fields of a line, quoted where needed, to the line that is delivered


@dataclass(frozen=True)
class Injected:
    row: Row
    kind: str
    reason: str | None  # code in quarantine; None where the row must land
    spoil: Spoil | None = None  # what no typed row can show: for text files only
    after: int = 0  # good rows that must stand before it


@dataclass(frozen=True)
class Identifier:
    """An identifier that nothing real has, for columns of words and of numbers."""

    text: str
    number: int

    def as_type(self, kind: pa.DataType) -> str | int:
        return self.number if pa.types.is_integer(kind) else self.text


NOWHERE = Identifier("X-nowhere", -1)


def new_identifier(day: date, row: int) -> Identifier:
    """
    >>> new_identifier(date(2025, 6, 4), 7)
    Identifier(text='X2506040007', number=-73940600000007)
    """
    return Identifier(f"X{day:%y%m%d}{row:04d}", -(day.toordinal() * 100_000_000 + row))


def coerce(value: Any, kind: pa.DataType) -> Any:
    """A value as a column of that type holds it; Arrow casts no small whole number to a decimal."""
    if isinstance(value, Identifier):
        return value.as_type(kind)
    if pa.types.is_decimal(kind) and value is not None:
        return Decimal(str(value))
    return pa.scalar(value).cast(kind).as_py()


def sample(table: pa.Table, count: int, rng: np.random.Generator) -> tuple[list[Row], np.ndarray]:
    """Random rows and their places."""
    places = np.sort(rng.integers(0, table.num_rows, count))
    return table.take(pa.array(places)).to_pylist(), places


def as_table(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)


def as_lines(injected: list[Injected], schema: pa.Schema) -> list[bytes]:
    """Text lines without their end."""
    table = as_table((one.row for one in injected), schema)
    columns = [files.quote(files.as_text(column.combine_chunks())).to_pylist() for column in table.columns]
    fields = [[value or "" for value in line] for line in zip(*columns, strict=True)]
    return [as_line(one, line) for one, line in zip(injected, fields, strict=True)]


def as_line(injected: Injected, fields: list[str]) -> bytes:
    line = injected.spoil(fields) if injected.spoil else ",".join(fields)
    return line if isinstance(line, bytes) else line.encode()
