"""Text files as rows: `csv_rows` in the SQL of a source, the lines it cannot read, and where in a file a row stands."""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from duckdb.func import FunctionNullHandling

from warehouse.columns import nearest
from warehouse.errors import BadInput, NotAvailable

# The options that SQL gives are named as DuckDB's. Everything is text: ingest says what is not of its type. Nothing is
# guessed from the content, which may be broken: the header gives the names. A window numbers the rows, so that a filter
# cannot choose files: csv_files does.
MACRO = """
    create or replace temp macro csv_rows(path, delim := ',', encoding := 'utf-8', header := true, quote := '"')
    as table
    with numbered as (
        select *, row_number() over () as place, lag(filename) over () as file_before
        from read_csv(
            csv_files(path, getvariable('first_day'), getvariable('last_day')),
            columns := from_json(
                csv_columns(path, getvariable('first_day'), getvariable('last_day'), delim, encoding, header, quote),
                csv_columns(path, getvariable('first_day'), getvariable('last_day'), delim, encoding, header, quote)
            ),
            delim := delim, encoding := encoding, header := header, quote := quote, escape := quote,
            auto_detect := false, strict_mode := true, null_padding := false, filename := true,
            hive_partitioning := true, hive_types_autocast := true,
            store_rejects := true, rejects_table := 'csv_rejects', rejects_scan := 'csv_scans'
        )
    )
    select
        * exclude (filename, place, file_before),
        filename as file,
        place - max(if(file_before is distinct from filename, place, null)) over (rows unbounded preceding)
            + if(header, 2, 1) as line
    from numbered
"""
FIRST_LINE = """
    select line
    from read_csv(
        $file, columns = {'line': 'varchar'}, encoding = $encoding, delim = '\x01', quote = '', escape = '',
        header = false, auto_detect = false, strict_mode = false, ignore_errors = true
    )
    limit 1
"""
READ_AT_ONCE = 1 << 20  # bytes
# DuckDB 1.5 notes every column too many with a copy of its line: 200,000 of them on one line take minutes.
LONG_LINE = 20_000  # bytes
MOST_COLUMNS = 2_000
DAY = re.compile(r"[/\\]day=(\d{4}-\d\d-\d\d)[/\\]")
SHOWN_AT_MOST = 10_000  # bytes of what it could not read that DuckDB 1.5 tells
QUOTES_WITHIN = re.compile(rb'(?<=\w)"(?=\w)')  # that neither open nor close
GLOB_SIGNS = re.compile(r"[\[*?]")
TAKE_REJECTED = """
    select distinct file_path, line::bigint, line_byte_position::bigint, error_type = 'UNQUOTED VALUE',
        regexp_extract(user_arguments, 'encoding=''([^'']*)''', 1), trim(csv_line, chr(10) || chr(13))
    from csv_rejects inner join csv_scans using (scan_id, file_id)
    order by all
"""


@dataclass(frozen=True)
class Rejected:
    """A line that is no row; `position` is its first byte, counted from 1, in the file's text as UTF-8. A quote that is
    not closed takes the lines behind it along: they stand in `text`, as far as DuckDB shows it."""

    file: str
    line: int
    position: int
    breaks_quotes: bool
    encoding: str
    text: str

    @property
    def lines(self) -> int:
        """How many lines of the file are lost with it; one whose quotes are closed is one line, however long."""
        if not self.breaks_quotes:
            return 1
        if len(self.text.encode()) >= SHOWN_AT_MOST - 4:
            raise BadInput(
                f"{self.file}: quotes opened at line {self.line} or soon after are not closed; mend the file"
            )
        return (self.text.count("\n") or self.text.count("\r")) + 1


def day_of(file: str) -> date | None:
    """
    >>> day_of("shop/orders/day=2024-05-01/orders.csv")
    datetime.date(2024, 5, 1)
    """
    found = DAY.search(file)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        raise BadInput(f"{file!r} lies in the folder of a day that no calendar has") from None


def offer(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `csv_rows` known to the SQL that runs on this connection; `csv_headers` tells what it has read since."""
    headers: dict[str, None] = {}

    def files(path: str, first: date | None, last: date | None) -> list[str]:
        return [literal(file) for file in files_of(connection, path, first, last)]

    def columns(
        path: str, first: date | None, last: date | None, delim: str, encoding: str, header: bool, quote: str
    ) -> str:
        found = files_of(connection, path, first, last)
        names = names_of(connection, found, delim, encoding, header, quote)
        headers.update(dict.fromkeys(names))
        return json.dumps(dict.fromkeys(names, "VARCHAR"))

    def take_headers() -> list[str]:
        taken = list(headers)
        headers.clear()
        return taken

    days = ["DATE", "DATE"]
    functions: tuple[tuple[str, Callable[..., Any], list[Any], str], ...] = (
        ("csv_files", files, ["VARCHAR", *days], "VARCHAR[]"),
        ("csv_columns", columns, ["VARCHAR", *days, "VARCHAR", "VARCHAR", "BOOLEAN", "VARCHAR"], "VARCHAR"),
    )
    for name, function, takes, gives in functions:
        connection.create_function(name, function, takes, gives, null_handling=FunctionNullHandling.SPECIAL)
    connection.create_function("csv_headers", take_headers, [], "VARCHAR[]", side_effects=True)
    connection.execute(MACRO)


def take_headers(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of the text files that were looked at since the last call."""
    return list(connection.execute("select csv_headers()").fetchall()[0][0])


def concern(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Of files that lie in a folder of their day, `csv_rows` opens those of these days alone."""
    connection.execute(f"set variable first_day = date '{first}'")
    connection.execute(f"set variable last_day = date '{last}'")


def files_of(connection: duckdb.DuckDBPyConnection, path: str, first: date | None, last: date | None) -> list[str]:
    """The files of a path that may hold rows of some days; one of another day where there is none, for its columns."""
    cursor = connection.cursor()
    try:
        rows = cursor.execute("select file from glob($path) order by file", {"path": path}).fetchall()
    except duckdb.InvalidInputException:
        raise BadInput(f"a file that matches {path} cannot be read: its name is not UTF-8") from None
    found = [str(file) for (file,) in rows]
    if not found:
        raise NotAvailable(f"a file is not there: no files found that match {path}")
    if first is None or last is None:
        return found
    concerned = [file for file in found if (day := day_of(file)) is None or first <= day <= last]
    return concerned or found[-1:]


def literal(file: str) -> str:
    """The pattern that one file alone matches.

    >>> literal("shop/orders[1].csv")
    'shop/orders[[]1].csv'
    """
    return GLOB_SIGNS.sub(r"[\g<0>]", file)


def names_of(
    connection: duckdb.DuckDBPyConnection, files: list[str], delim: str, encoding: str, header: bool, quote: str
) -> list[str]:
    """The columns of files that must agree on them."""
    for file in files:
        check_whole(Path(file), delim)
    headers = {file: split_line(first_line(connection, file, encoding), delim, quote) for file in files}
    named = {file: names for file, names in headers.items() if names}
    if not named:
        raise BadInput(f"{files[0]} has no header that can be read")
    first, names = next(iter(named.items()))
    other = next((file for file, others in named.items() if header and others != names), None)
    if other:
        raise BadInput(
            f"the headers of {first} and {other} differ: {difference(names, named[other])}; "
            f"`ingest --day` up to the day of the change first"
        )
    if len(set(names)) < len(names) and header:
        raise BadInput(f"the header of {first} names a column twice")
    return names if header else [f"column{place}" for place in range(len(names))]


def difference(names: list[str], others: list[str]) -> str:
    """How a second header differs from a first, each column it lacks with the nearest of those that are new.

    >>> difference(["order_id", "weight"], ["order_no", "weight"])
    'the second lacks order_id and has order_no; did you mean `order_no`?'
    """
    lost = [name for name in names if name not in others]
    new = [name for name in others if name not in names]
    if not lost and not new:
        return "the same columns in another order or number"
    lacks = [f"lacks {', '.join(lost)}"] if lost else []
    has = [f"has {', '.join(new)}"] if new else []
    hints = [nearest(name, new) for name in lost]
    return f"the second {' and '.join(lacks + has)}{''.join(hints)}"


def check_whole(file: Path, delim: str) -> None:
    """Refuse a compressed file that breaks off, which DuckDB 1.5 reads as far as it goes and says nothing, and a file
    with a line of thousands of columns."""
    if file.is_file() and file.stat().st_size:
        look_through(State(file, file.stat().st_size, file.stat().st_mtime_ns), delim.encode())


@dataclass(frozen=True)
class State:
    """A file as it is now, told by its size and time."""

    file: Path
    size: int
    modified: int


@lru_cache(maxsize=10_000)
def look_through(state: State, delim: bytes) -> None:
    if state.file.suffix != ".gz":
        with state.file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as text:
            check_lines(state.file, text, delim)
        return
    try:
        with gzip.open(state.file) as unpacked:
            while piece := unpacked.read(READ_AT_ONCE):
                check_lines(state.file, piece, delim)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{state.file} is broken or not whole: {error}") from error


def check_lines(file: Path, text: mmap | bytes, delim: bytes) -> None:
    """Refuse a text with a line of too many columns. Of a stretch only the end is searched for the end of a line."""
    start = 0
    while start + LONG_LINE < len(text):
        end = start + LONG_LINE
        last = text.rfind(b"\n", start, end)
        if last < 0:
            last = text.rfind(b"\r", start, end)
        if last < 0 and text[start:end].count(delim) > MOST_COLUMNS:
            raise BadInput(f"{file} has a line of more than {MOST_COLUMNS:,} columns: it is no text of rows, or broken")
        start = last + 1 if last >= 0 else end


def first_line(connection: duckdb.DuckDBPyConnection, file: str, encoding: str) -> str:
    rows = connection.cursor().execute(FIRST_LINE, {"file": literal(file), "encoding": encoding}).fetchall()
    return str(rows[0][0] or "") if rows else ""


def split_line(line: str, delim: str, quote: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delim, quotechar=quote), [])]


def take_rejected(connection: duckdb.DuckDBPyConnection) -> list[Rejected]:
    """Lines that were no rows since the last call."""
    if not has_rejected(connection):
        return []
    found = [Rejected(*row) for row in connection.execute(TAKE_REJECTED).fetchall()]
    connection.execute("delete from csv_rejects; delete from csv_scans")
    return list({(line.file, line.line): line for line in found}.values())


def has_rejected(connection: duckdb.DuckDBPyConnection) -> bool:
    tables = "select count(*) from duckdb_tables() where table_name = 'csv_rejects'"
    return bool(connection.execute(tables).fetchall()[0][0])


@dataclass(frozen=True)
class Lines:
    """The physical lines of a text file at which no row begins, and where its unreadable lines stand."""

    without_row: list[int]
    unreadable: list[int]

    @property
    def gaps(self) -> list[int]:
        """From which line on, counting the header and rows of one line alone, a row stands one line further down.

        >>> Lines(without_row=[3, 4, 6], unreadable=[3]).gaps
        [3, 3, 4]
        """
        return [line - place for place, line in enumerate(self.without_row)]


def lines_of(file: str, rejected: Iterable[Rejected]) -> Lines:
    """Look at a file once more to tell where its rows stand; one that lies elsewhere is believed to be without gaps."""
    found = sorted(rejected, key=lambda line: line.line)
    path = Path(file)
    if not path.is_file():
        lines = sorted({number for line in found for number in range(line.line, line.line + line.lines)})
        return Lines(lines, lines)
    text = read_text(path, found[0].encoding if found else "")
    starts = lines_at(text, [line.position for line in found])
    taken = [range(start, start + line.lines) for start, line in zip(starts, found, strict=True)]
    unreadable = sorted({number for lines in taken for number in lines})
    broken = {number for lines, line in zip(taken, found, strict=True) if line.breaks_quotes for number in lines}
    return Lines(sorted({*unreadable, *blank_lines(text), *continued_lines(text, broken)}), unreadable)


def read_text(path: Path, encoding: str) -> bytes:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    is_plain = encoding.lower().replace("-", "") in {"", "utf8"}
    text = raw if is_plain else raw.decode(encoding, errors="replace").encode()
    return text if b"\n" in text else text.replace(b"\r", b"\n")


def lines_at(text: bytes, positions: Iterable[int]) -> list[int]:
    """The lines of bytes counted from 1; blank lines before one belong to what DuckDB calls its line.

    >>> lines_at(b"a,b\\n\\n1\\n", [5])
    [3]
    """
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
    return [int(np.searchsorted(ends, first_byte(text, position))) + 1 for position in positions]


def first_byte(text: bytes, position: int) -> int:
    start = position - 1
    while text[start : start + 1] in (b"\n", b"\r"):
        start += 1
    return start


def blank_lines(text: bytes) -> list[int]:
    """
    >>> blank_lines(b"a\\r\\n\\r\\n1\\n")
    [2]
    """
    if b"\n\n" not in text and b"\n\r\n" not in text:
        return []
    return [number for number, line in enumerate(text.split(b"\n")[:-1], start=1) if line in (b"", b"\r")]


def continued_lines(text: bytes, broken: Collection[int]) -> list[int]:
    """Lines that begin within quotes; a line whose quotes are `broken` counts for itself alone, and a quote within a
    word is a letter like any other.

    >>> continued_lines(b'a\\n"1\\n2"\\n3"4\\n5\\n', [])
    [3]
    """
    if b'"' not in text:
        return []
    lines = enumerate(text.split(b"\n"), start=1)
    quotes = accumulate(0 if number in broken else QUOTES_WITHIN.sub(b"", line).count(b'"') for number, line in lines)
    return [number for number, count in enumerate(quotes, start=2) if count % 2]
