"""A day of the shop as the files it delivers: CSV, Parquet for the big tables, the same bytes every time."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter, methodcaller
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse import contract

PARQUET = frozenset({"events", "exposures", "stock", "competitor_prices"})  # the tables with the most rows
# What campaign managers set stands beside the SQL of the source: the shop neither writes nor soils it.
MANAGED = frozenset(
    {
        "partners",
        "offer_terms",
        "offer_menus",
        "stacking_rules",
        "member_tiers",
        "contact_limits",
        "proposal_verdicts",
        "reviews",
    }
)
ROWS_AT_ONCE = 131_072  # text is made in pieces, so that memory does not grow with the day
ROW_GROUP = 131_072
NEEDS_QUOTES = '[",\r\n]'
ARROW_TYPES: dict[str, pa.DataType] = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double": pa.float64(),
    "decimal": pa.decimal128(18, 4),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Soiled:
    """Rows of one delivery in their final order, and what stands between them that is no row.

    `lines` holds raw lines (without line end) by their physical line in the text file, whose header is line 1; `cut` is
    a last line that breaks off; `beside` are further files in the folder of the day, by name.
    """

    table: pa.Table
    lines: Mapping[int, bytes] = field(default_factory=dict)
    cut: bytes | None = None
    beside: Mapping[str, bytes] = field(default_factory=dict)


def file_name(table: str) -> str:
    return f"{table}.parquet" if table in PARQUET else f"{table}.csv"


def relative_file(table: str, day: date) -> str:
    """Path of a delivery below the shop's folder."""
    return f"{table}/day={day}/{file_name(table)}"


def tables_of_shop() -> list[str]:
    return [name for name in contract.load() if name not in MANAGED]


def write_day(shop: Path, day: date, tables: Mapping[str, pa.Table | Soiled]) -> None:
    """Write every table that has rows, in the place of an earlier write of the day.

    A table that never had a row is written empty, once: a shop that has no returns yet still has a file for them.
    """
    for name in tables_of_shop():
        soiled = as_soiled(name, tables.get(name))
        folder = shop / name / f"day={day}"
        if has_content(soiled) or not has_earlier_day(folder):
            write_delivery(folder, name, soiled)
        elif folder.exists():
            shutil.rmtree(folder)


def as_soiled(name: str, given: pa.Table | Soiled | None) -> Soiled:
    if given is None:
        return Soiled(empty(name))
    soiled = given if isinstance(given, Soiled) else Soiled(given)
    return Soiled(with_change(name, soiled.table), soiled.lines, soiled.cut, soiled.beside)


def column_names(name: str) -> list[str]:
    """Columns of a file in the contract's order; tables that know corrections and deletions end with `change`."""
    table = contract.load()[name]
    return [column.name for column in table.columns] + (["change"] if table.changes else [])


def empty(name: str) -> pa.Table:
    types = {column.name: ARROW_TYPES[column.type] for column in contract.load()[name].columns}
    return pa.table({column: pa.array([], types.get(column, pa.string())) for column in column_names(name)})


def with_change(name: str, table: pa.Table) -> pa.Table:
    """The table with `change`, empty where nothing is declared; other columns than the contract's are refused."""
    expected = column_names(name)
    if "change" in expected and "change" not in table.column_names:
        table = table.append_column("change", pa.nulls(table.num_rows, pa.string()))
    if table.column_names != expected:
        raise ValueError(f"{name} needs the columns {', '.join(expected)}, not {', '.join(table.column_names)}")
    return table


def has_content(soiled: Soiled) -> bool:
    return bool(soiled.table.num_rows or soiled.lines or soiled.cut or soiled.beside)


def has_earlier_day(folder: Path) -> bool:
    return any(other.name < folder.name for other in folder.parent.glob("day=*"))


def write_delivery(folder: Path, name: str, soiled: Soiled) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / file_name(name), lambda stream: write_table(stream, name, soiled))
    for extra, content in soiled.beside.items():
        replace_file(folder / extra, methodcaller("write", content))
    for left in {file.name for file in folder.iterdir()} - {file_name(name), *soiled.beside}:
        (folder / left).unlink()


def replace_file(file: Path, write: Callable[[BinaryIO], object]) -> None:
    """Readers see the old file or the new one, never half of it, and no file of a kind they look for meanwhile."""
    unfinished = file.with_name(f".{file.name.partition('.')[0]}.unfinished")
    with unfinished.open("wb") as stream:
        write(stream)
    unfinished.replace(file)


def write_table(stream: BinaryIO, name: str, soiled: Soiled) -> None:
    if name not in PARQUET:
        write_csv(stream, soiled)
    elif soiled.lines or soiled.cut:
        raise ValueError(f"{name} is delivered as Parquet, which has no lines to break")
    else:
        write_parquet(stream, name, soiled.table)


def write_parquet(stream: BinaryIO, name: str, table: pa.Table) -> None:
    """Words repeat and get a dictionary; who acted with which device repeats too little to be worth one."""
    personal = {column.name for column in contract.load()[name].columns if column.pii == "hash"}
    words = [field.name for field in table.schema if pa.types.is_string(field.type) and field.name not in personal]
    options = {"compression": "zstd", "row_group_size": ROW_GROUP, "use_dictionary": words, "store_schema": False}
    pq.write_table(table, stream, **options)


def write_csv(stream: BinaryIO, soiled: Soiled) -> None:
    stream.write((",".join(soiled.table.column_names) + "\n").encode())
    raw = raw_by_row(soiled.lines)
    rows = soiled.table.num_rows
    if any(row > rows for row in raw):
        raise ValueError(f"a raw line stands behind the end of a file of {rows} rows")
    for first in range(0, rows, ROWS_AT_ONCE):
        text = csv_lines(soiled.table.slice(first, ROWS_AT_ONCE))
        stream.writelines(weave(text, {row - first: lines for row, lines in raw.items() if row >= first}))
    stream.writelines(raw.get(rows, []))
    stream.write(soiled.cut or b"")


def raw_by_row(lines: Mapping[int, bytes]) -> dict[int, list[bytes]]:
    """Raw lines, ended, by the number of rows of the table that stand before them."""
    placed = [(line - 2 - before, lines[line] + b"\n") for before, line in enumerate(sorted(lines))]
    return {row: [content for _, content in group] for row, group in groupby(placed, key=itemgetter(0))}


def weave(text: pa.StringArray, raw: Mapping[int, list[bytes]]) -> Iterator[bytes | memoryview]:
    """The lines of an array as one stretch of bytes, interrupted by raw lines before the rows they are keyed by."""
    offsets = np.frombuffer(text.buffers()[1], np.int32)
    content = memoryview(text.buffers()[2])
    start = 0
    for row in sorted(row for row in raw if row < len(text)):
        end = int(offsets[row])
        yield content[start:end]
        yield from raw[row]
        start = end
    yield content[start : int(offsets[len(text)])]


def csv_lines(table: pa.Table) -> pa.StringArray:
    """One ended line of text per row.

    >>> csv_lines(pa.table({"id": ["a", "b, c"], "price": [1.5, None]})).to_pylist()
    ['a,1.5\\n', '"b, c",\\n']
    """
    columns = [quote(as_text(column.combine_chunks())) for column in table.columns]
    options = {"null_handling": "replace", "null_replacement": ""}
    lines = pc.binary_join_element_wise(*columns, ",", **options)
    return pc.binary_join_element_wise(lines, "", "\n")


def as_text(column: pa.Array) -> pa.StringArray:
    """Values as CSV shows them; timestamps to the second, in UTC."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"), safe=False).cast(pa.timestamp("s"), safe=False)
    return column.cast(pa.string())


def quote(column: pa.StringArray) -> pa.StringArray:
    special = pc.match_substring_regex(column, NEEDS_QUOTES)
    if not pc.any(special).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), column)
