"""Lines of text files that are no rows, and the place in its file of a row that breaks the contract."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import duckdb

from warehouse import text_files
from warehouse.arrival import Arrival, Span
from warehouse.text_files import Rejected

REASON = "the line cannot be read: too few or too many columns, broken quotes, a wrong encoding, or cut off"
# The line of a row as csv_rows counts it, moved down by the lines above at which no row begins.
LINE = """
    line + (select count(*) from gaps where gaps.file = delivered.file and gaps.from_line <= delivered.line)
"""
FILES_OF_BAD_ROWS = "select distinct file from delivered inner join problems on delivered.rowid = problems.row_id"


def note(arrival: Arrival, batch: Span, is_landing: bool) -> None:
    """Fill `unreadable` with the lines of a batch, and `gaps` with how the lines of its bad rows are to be counted.

    A file in a folder of its day concerns that day. A line of any other file keeps the day under which it is in
    quarantine; a new one belongs to the last day that is landed now: such a file grows, its days are not told apart.
    """
    connection = arrival.connection
    connection.execute("create or replace temp table unreadable (file varchar, line bigint, day date)")
    connection.execute("create or replace temp table gaps (file varchar, from_line bigint)")
    if "csv_rows" not in arrival.sql:
        return
    rejected = by_file(arrival.rejected)
    files = {*rejected, *files_of_bad_rows(arrival)}
    lines = {file: text_files.lines_of(file, rejected.get(file, ())) for file in sorted(files)}
    found = [(arrival.below_folder(file), line, file) for file, places in lines.items() for line in places.unreadable]
    known = known_days(arrival)
    newest = arrival.span.last if is_landing and batch.last == arrival.span.last else None
    dated = [(name, line, text_files.day_of(file) or known.get((name, line), newest)) for name, line, file in found]
    insert(connection, "unreadable", [row for row in dated if row[2] and batch.first <= row[2] <= batch.last])
    gaps = [(arrival.below_folder(file), start) for file, places in lines.items() for start in places.gaps]
    insert(connection, "gaps", gaps)


def by_file(rejected: Iterable[Rejected]) -> dict[str, list[Rejected]]:
    found: dict[str, list[Rejected]] = defaultdict(list)
    for line in rejected:
        found[line.file].append(line)
    return found


def files_of_bad_rows(arrival: Arrival) -> list[str]:
    return [f"{arrival.source.address}/{file}" for (file,) in arrival.run(FILES_OF_BAD_ROWS)]


def known_days(arrival: Arrival) -> dict[tuple[str, int], date]:
    """The unreadable lines that are in quarantine, with their day."""
    sql = f"select file, line, day from quarantine.{arrival.table.name} where reason_code = 'unreadable_line'"
    return {(file, line): day for file, line, day in arrival.run(sql)}


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """All rows at once: a broken file may have hundreds of thousands."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        connection.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(columns))}", columns)
