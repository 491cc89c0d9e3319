"""Days of one contract table on their way from a source to files: read, checked, written to the incoming folder."""

from datetime import date
from typing import Any

import duckdb

from warehouse import duplicates, enforcement, landing, references, settings, unreadable
from warehouse.arrival import Arrival, Span
from warehouse.contract import Column, Table
from warehouse.duplicates import Keys
from warehouse.landing import Part
from warehouse.personal import masked, masked_misfit
from warehouse.sources import Source

# The day also stands in the files: DuckDB 1.5 fails on min(day) of a view over one file that only its folder dates.
COPY = "format parquet, compression zstd, compression_level 1"  # higher levels take longer for the same size
COPY_DAYS = f"{COPY}, partition_by (day), write_partition_columns true, overwrite_or_ignore"
ROWS_OF_A_LONG_DAY = 122_880  # a row group: from there on the threads share the work of one file


class Delivery:
    """One table of a source for a span of days. Temporary tables hold the batch in work: `delivered`, `problems` (its
    rows that break the contract, with the reason) and `unreadable` (lines that are no rows)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, table: Table, span: Span) -> None:
        self.connection, self.table, self.span = connection, table, span
        self.arrival = Arrival(connection, source, table, span)

    def run(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters or {}).fetchall()

    def run_for_span(self, sql: str) -> None:
        self.run(sql, {"first": self.span.first, "last": self.span.last})

    def take(self, has_history: bool, write: bool) -> dict[date, Part]:
        """Read, check and describe the rows of each day; with `write`, put them into the incoming folder."""
        parts: dict[date, Part] = {}
        keys = Keys(self.arrival, has_history)
        if references.is_referred_to(self.table):
            references.forget(self.connection, self.table)
        for batch in self.arrival.batches():
            self.check(keys)
            unreadable.note(self.arrival, batch, is_landing=write)
            if references.is_referred_to(self.table):
                references.remember(self.connection, self.table)
            found = self.parts()
            if write:
                self.write(found)
            parts |= found
        return parts

    def check(self, keys: Keys) -> None:
        """Fill `problems`: broken rows first, then rows without their parent, then repeated keys."""
        self.run("create or replace temp table problems (row_id bigint, code varchar, reason varchar)")
        self.add_problems(enforcement.find_breaches(self.table, self.arrival.families))
        for column in self.table.parents:
            orphans = references.find_orphans(self.table, column)
            self.add_problems(orphans, {"first": self.span.first, "last": self.span.last})
        keys.suspect()
        self.add_problems(duplicates.find_duplicates(self.table))
        keys.remember()

    def add_problems(self, found: str, parameters: dict[str, Any] | None = None) -> None:
        self.run(f"insert into problems from ({found}) as found anti join problems using (row_id)", parameters)

    @property
    def good(self) -> str:
        return f"""
            select {enforcement.typed_columns(self.table)}, day
            from delivered anti join problems on delivered.rowid = problems.row_id
        """

    @property
    def bad(self) -> str:
        """Rows with what is wrong about them and where they stand, without what must not be written in clear."""
        shown = ", ".join(f"{self.shown(column)} as {column.name}" for column in self.table.landed)
        empty = ", ".join(f"null::varchar as {column.name}" for column in self.table.landed)
        return f"""
            select code as reason_code, reason, file, {unreadable.LINE} as line, {shown}, day
            from delivered inner join problems on delivered.rowid = problems.row_id
            union all
            select 'unreadable_line', '{unreadable.REASON}', file, line, {empty}, day
            from unreadable
            order by day, file, line, reason, {", ".join(column.name for column in self.table.landed)}
        """

    def shown(self, column: Column) -> str:
        value = f"{column.name}::varchar"
        if column.pii == "hash":
            return value
        return masked(value) if column.type == "varchar" else masked_misfit(value, enforcement.typed(column))

    def write(self, parts: dict[date, Part]) -> None:
        """Long days one after the other, by all threads; short ones all at once, each by one."""
        rows = sum(part.rows for part in parts.values())
        if rows > ROWS_OF_A_LONG_DAY * len(parts):
            for day in parts:
                self.copy(f"from ({self.good}) where day = date '{day}'", "landing", f"day={day}/data_0.parquet")
        elif rows:
            self.copy(self.good, "landing")
        if any(part.quarantined for part in parts.values()):
            self.copy(self.bad, "quarantine")

    def copy(self, rows: str, kind: str, file: str = "") -> None:
        target = landing.incoming() / kind / self.table.name / file
        (target.parent if file else target).mkdir(parents=True, exist_ok=True)
        self.run(f"copy ({rows}) to '{settings.quoted(target)}' ({COPY if file else COPY_DAYS})")

    def parts(self) -> dict[date, Part]:
        """Rows and fingerprint by day; where a row stood in its file makes no difference."""
        names = [column.name for column in self.table.landed]
        good = self.sums(self.good, names)
        bad = self.sums(self.bad, ["reason_code", "reason", *names])
        days = sorted({*good, *bad})
        return {day: make_part(good.get(day, (0, 0)), bad.get(day, (0, 0))) for day in days}

    def sums(self, rows: str, columns: list[str]) -> dict[date, tuple[int, int]]:
        sql = f"select day, count(*), sum(hash({', '.join(columns)})::hugeint) from ({rows}) group by day"
        return {day: (count, total) for day, count, total in self.run(sql)}


def make_part(good: tuple[int, int], bad: tuple[int, int]) -> Part:
    return Part(rows=good[0], quarantined=bad[0], fingerprint=f"{good[1]:x}-{bad[1]:x}")
