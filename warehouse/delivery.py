"""Days of one contract table on their way from a source to files: read, checked, written to the incoming folder."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse import contract, enforcement, landing, pii, settings
from warehouse.contract import Table
from warehouse.errors import BadInput
from warehouse.faults import explain_database, first_line
from warehouse.landing import Part
from warehouse.sources import Source

# The day also stands in the files: DuckDB 1.5 fails on min(day) of a view over one file that only its folder dates.
COPY = "format parquet, partition_by (day), write_partition_columns true, compression zstd, overwrite_or_ignore"


@dataclass(frozen=True)
class Span:
    first: date
    last: date


def named(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Of the parameters those the SQL names."""
    used = set(re.findall(r"\$([a-z_]\w*)", sql))
    return {name: value for name, value in parameters.items() if name in used}


class Delivery:
    """One table of a source for a span of days, in temporary tables `delivered` and `problems` while it is open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, table: Table, span: Span) -> None:
        self.connection, self.source, self.table, self.span = connection, source, table, span
        self.where = f"{source.mapping.name}/{table.name}.sql"

    def run(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters or {}).fetchall()

    def take(self, has_history: bool, write: bool) -> dict[date, Part]:
        """Read, check and describe the rows of each day; with `write`, put them into the incoming folder."""
        if not self.read(self.source.query(self.table.name) or self.nothing) and not self.is_referred_to:
            return {}
        self.check(has_history)
        if self.is_referred_to:
            self.remember()
        if write:
            self.write()
        parts = self.parts()
        for table in ("delivered", "problems"):
            self.run(f"drop table {table}")
        return parts

    @property
    def nothing(self) -> str:
        columns = ", ".join(f"null::{column.sql_type} as {column.name}" for column in self.table.landed)
        return f"select {columns}, null::date as day where false"

    @property
    def is_referred_to(self) -> bool:
        return any(
            column.references == self.table.name for table in contract.load().values() for column in table.parents
        )

    def read(self, sql: str) -> int:
        """Fill `delivered`; personal columns are hashed or left out before anything is kept."""
        given = self.describe(sql)
        enforcement.check_columns(self.table, given, self.where)
        if self.table.changes and "change" not in given:
            sql, given = f"select *, null::varchar as change from ({sql}\n)", given | {"change": "VARCHAR"}
        self.families = {name: enforcement.family(kind) for name, kind in given.items()}
        columns = [
            f"{pii.hash_sql(column.name)} as {column.name}" if column.pii == "hash" else column.name
            for column in self.table.landed
        ]
        file = "file::varchar" if "file" in given else f"'{self.where}'"
        select = f"select {', '.join(columns)}, day::date as day, {file} as file from ({sql}\n)"
        self.query(f"create or replace temp table delivered as {select}")
        rows, outside = self.run(
            "select count(*), count(*) filter (day is null or day not between $first and $last) from delivered",
            {"first": self.span.first, "last": self.span.last},
        )[0]
        if outside:
            raise BadInput(f"{self.where}: {outside} rows lie outside the days {self.span.first} to {self.span.last}")
        return int(rows)

    def describe(self, sql: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.query(f"describe select * from ({sql}\n)")}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL of the source; what it stumbles over is the source's fault."""
        values = self.source.parameters(self.span.first, self.span.last) | pii.pads(pii.key())
        try:
            return self.run(sql, named(sql, values))
        except duckdb.Error as error:
            raise explain_database(error) or BadInput(f"{self.where} cannot be read: {first_line(error)}") from error

    def check(self, has_history: bool) -> None:
        """Fill `problems`: broken rows first, then rows without their parent, then repeated keys."""
        self.run("create or replace temp table problems (row_id bigint, reason varchar)")
        self.add_problems(enforcement.find_breaches(self.table, self.families))
        for column in self.table.parents:
            self.add_problems(enforcement.find_orphans(column))
        if has_history and self.table.kind == "event":
            self.add_problems(enforcement.find_repeats(self.table), {"before": self.span.first})
        self.add_problems(enforcement.find_duplicates(self.table))

    def add_problems(self, found: str, parameters: dict[str, Any] | None = None) -> None:
        new = f"select row_id, reason from ({found}) as found anti join problems using (row_id)"
        self.run(f"insert into problems {new}", parameters)

    def remember(self) -> None:
        """Keep the keys of good rows with the day they are known from, for the tables that refer to them."""
        key = self.table.key[0]
        self.run(f"""
            create or replace temp table known_{self.table.name} as
            select key, min(day) as day
            from (
                select {key}::varchar as key, day from landing.{self.table.name} where day < $before
                union all
                select {key}::varchar as key, day from delivered anti join problems on delivered.rowid = problems.row_id
            )
            group by key
        """, {"before": self.span.first})  # fmt: skip

    @property
    def good(self) -> str:
        return f"""
            select {enforcement.typed_columns(self.table)}, day
            from (from delivered anti join problems on delivered.rowid = problems.row_id
                order by day, {", ".join(self.table.key)})
        """

    @property
    def bad(self) -> str:
        names = [column.name for column in self.table.landed]
        columns = ", ".join(f"{name}::varchar as {name}" for name in names)
        return f"""
            select reason, file, {columns}, day
            from delivered inner join problems on delivered.rowid = problems.row_id
            order by day, reason, {", ".join(names)}
        """

    def write(self) -> None:
        for kind, rows in (("landing", self.good), ("quarantine", self.bad)):
            if self.run(f"select exists (from ({rows}))")[0][0]:
                folder = landing.incoming() / kind / self.table.name
                folder.mkdir(parents=True, exist_ok=True)
                self.run(f"copy ({rows}) to '{settings.quoted(folder)}' ({COPY})")

    def parts(self) -> dict[date, Part]:
        """Rows and fingerprint by day."""
        names = [column.name for column in self.table.landed]
        good = self.sums(self.good, names)
        bad = self.sums(self.bad, ["reason", *names])
        days = sorted({*good, *bad})
        return {day: make_part(good.get(day, (0, 0)), bad.get(day, (0, 0))) for day in days}

    def sums(self, rows: str, columns: list[str]) -> dict[date, tuple[int, int]]:
        sql = f"select day, count(*), sum(hash({', '.join(columns)})::hugeint) from ({rows}) group by day"
        return {day: (count, total) for day, count, total in self.run(sql)}


def make_part(good: tuple[int, int], bad: tuple[int, int]) -> Part:
    return Part(rows=good[0], quarantined=bad[0], fingerprint=f"{good[1]:x}-{bad[1]:x}")
