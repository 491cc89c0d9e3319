"""What a source delivers of one table, batch by batch in the temporary table `delivered`, with pseudonyms in place."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from warehouse import pii, pseudonyms, text_files
from warehouse.columns import check_columns, family, nearest, unread
from warehouse.contract import Table
from warehouse.enforcement import literal
from warehouse.errors import BadInput
from warehouse.faults import explain_database, first_line
from warehouse.sources import Source
from warehouse.text_files import Rejected

ONE_DAY = timedelta(days=1)
UNKNOWN_COLUMN = re.compile(
    r'column "(?P<name>[^"]+)" (not found in FROM clause!(\s+Candidate bindings: (?P<given>.*))?'
    r"|referenced that exists in the SELECT clause - but this column cannot be referenced before it is defined)",
    re.IGNORECASE,
)  # the second is said of a column that is missing where the SQL gives its own name to what it reads
QUOTED = re.compile(r'"([^"]+)"')
BATCH_VALUES = 50_000_000  # values of a batch in memory, of about 20 bytes each, and for a moment twice


@dataclass(frozen=True)
class Span:
    first: date
    last: date


def named(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Of the parameters those the SQL names."""
    used = set(re.findall(r"\$([a-z_]\w*)", sql))
    return {name: value for name, value in parameters.items() if name in used}


def in_words(error: duckdb.Error, header: Collection[str]) -> str:
    """What is wrong with the SQL of a source; of a column that its files lack the nearest they have is told. `header`
    holds the columns of the text files it reads: DuckDB names a few at most."""
    found = UNKNOWN_COLUMN.search(str(error))
    if not found:
        return first_line(error)
    given = list(header) or QUOTED.findall(found["given"] or "")
    there = f" ({', '.join(given)})" if given else ""
    return f"the column {found['name']} is not in what it reads{there}{nearest(found['name'], given)}"


class Arrival:
    """The rows of a table for a span of days; `batches` brings them one after the other."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, table: Table, span: Span) -> None:
        self.connection, self.source, self.table, self.span = connection, source, table, span
        self.where = f"{source.mapping.name}/{table.name}.sql"
        self.sql = source.query(table.name) or self.nothing
        text_files.concern(connection, span.first, span.last)
        text_files.take_headers(connection)
        given = {name: kind for name, kind, *_ in self.ask(f"describe select * from ({self.sql}\n)")}
        self.extra = check_columns(table, given, self.where)
        self.unread = unread(table, text_files.take_headers(connection), self.sql, given)
        self.given = given
        self.families = {name: family(kind) for name, kind in given.items()} | {"change": "text"}
        self.is_in_batches = self.has_pseudonyms = False
        self.rejected: list[Rejected] = []

    @property
    def nothing(self) -> str:
        columns = ", ".join(f"null::{column.sql_type} as {column.name}" for column in self.table.kept)
        return f"select {columns}, null::date as day where false"

    @property
    def rows_of_a_batch(self) -> int:
        return BATCH_VALUES // (len(self.table.landed) + 3)

    def run(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters or {}).fetchall()

    def ask(self, sql: str, span: Span | None = None) -> list[tuple[Any, ...]]:
        """Run SQL of the source; what it stumbles over is the source's fault."""
        days = span or self.span
        values = self.source.parameters(days.first, days.last) | pii.pads(pii.key())
        try:
            return self.run(sql, named(sql, values))
        except (duckdb.InternalException, duckdb.FatalException) as error:
            raise BadInput(f"{self.where}: a file it reads is broken in a way that DuckDB cannot stand") from error
        except duckdb.Error as error:
            header = text_files.take_headers(self.connection)
            fault = explain_database(error) or BadInput(f"{self.where} cannot be read: {in_words(error, header)}")
            raise (self.named(fault) if isinstance(fault, BadInput) else fault) from error

    def named(self, fault: BadInput) -> BadInput:
        """The fault with the SQL that met it, where it does not say itself."""
        return fault if self.table.name in str(fault) else BadInput(f"{self.where}: {fault}")

    def batches(self) -> Iterator[Span]:
        """Spans of days whose rows stand in `delivered`, all at once where they are few."""
        if self.read(self.span, self.rows_of_a_batch if self.span.first < self.span.last else None):
            yield self.span
            return
        self.is_in_batches = True
        if self.can_be_read_by_column:
            self.learn_pseudonyms()
        for span in self.split():
            self.read(span)
            yield span

    @property
    def can_be_read_by_column(self) -> bool:
        """Whether single columns of the source are quickly read: then its personal values are known before its rows."""
        return "read_parquet(" in self.sql

    def learn_pseudonyms(self) -> None:
        rows, values = self.whole(pseudonyms.personal(self.table))
        for name in pseudonyms.personal(self.table):
            pseudonyms.learn(self.connection, name, rows, values)
        self.has_pseudonyms = True

    def split(self) -> list[Span]:
        """Days in batches of so many rows; a day with more is a batch of its own."""
        counts = self.ask(f"select day::date as day, count(*) from ({self.sql}\n) group by all order by all")
        text_files.take_rejected(self.connection)
        firsts, rows = [self.span.first], 0
        for day, count in counts:
            if rows and rows + count > self.rows_of_a_batch:
                firsts.append(day)
                rows = 0
            rows += count
        lasts = [first - ONE_DAY for first in firsts[1:]]
        return [Span(*days) for days in zip(firsts, [*lasts, self.span.last], strict=True)]

    def read(self, span: Span, at_most: int | None = None) -> bool:
        """Fill `delivered` with the rows of some days; false when they are more than `at_most`."""
        text_files.concern(self.connection, span.first, span.last)
        limit = f"limit {at_most + 1}" if at_most else ""
        self.ask(f"create or replace temp table delivered as {self.select} {limit}", span)
        self.rejected = text_files.take_rejected(self.connection)
        rows, outside = self.run(
            "select count(*), count(*) filter (day is null or day not between $first and $last) from delivered",
            {"first": span.first, "last": span.last},
        )[0]
        if outside:
            raise BadInput(f"{self.where}: {outside} rows lie outside the days {span.first} to {span.last}")
        if at_most and rows > at_most:
            return False
        if not self.has_pseudonyms:
            pseudonyms.replace_personal(self.connection, self.table)
        return True

    def keys(self) -> tuple[str, dict[str, Any]]:
        """SQL and its parameters for the keys of all that the source delivers, with pseudonyms in place."""
        rows, values = self.whole(self.table.key)
        hidden = [name for name in self.table.key if name in pseudonyms.personal(self.table)]
        for name in hidden:
            pseudonyms.learn(self.connection, name, rows, values)
        shown = [pseudonyms.shown(name) if name in hidden else f"arriving.{name}" for name in self.table.key]
        joins = " ".join(pseudonyms.join(name, "arriving") for name in hidden)
        text_files.take_rejected(self.connection)
        return f"(select {', '.join(shown)} from {rows} as arriving {joins})", values

    def whole(self, names: Iterable[str]) -> tuple[str, dict[str, Any]]:
        """SQL and its parameters for some columns of all that the source delivers."""
        text_files.concern(self.connection, self.span.first, self.span.last)
        columns = ", ".join(self.as_delivered(name) for name in names)
        values = self.source.parameters(self.span.first, self.span.last)
        return f"(select {columns} from ({self.sql}\n))", named(self.sql, values)

    @property
    def select(self) -> str:
        """SQL for the rows of a batch, with pseudonyms where they are known already."""
        columns = [self.as_delivered(column.name) for column in self.table.landed]
        rows = f"select {', '.join([*columns, self.file, self.line, 'day::date as day'])} from ({self.sql}\n)"
        names = pseudonyms.personal(self.table) if self.has_pseudonyms else []
        if not names:
            return rows
        replaced = ", ".join(pseudonyms.shown_or_made("arriving", name) for name in names)
        joins = " ".join(pseudonyms.join(name, "arriving") for name in names)
        return f"select arriving.* replace ({replaced}) from ({rows}) as arriving {joins}"

    def as_delivered(self, name: str) -> str:
        if name == "change":
            return "nullif(change::varchar, '') as change" if "change" in self.given else "null::varchar as change"
        return f"nullif({name}::varchar, '') as {name}" if name in pseudonyms.personal(self.table) else name

    @property
    def folder(self) -> str:
        return f"{self.source.address}/"

    def below_folder(self, file: str) -> str:
        return file.removeprefix(self.folder)

    @property
    def file(self) -> str:
        """The file a row comes from, as it is called below the source's folder."""
        if "file" not in self.given:
            return f"{literal(self.where)} as file"
        short = f"substr(file, {len(self.folder) + 1})"
        return f"if(starts_with(file, {literal(self.folder)}), {short}, file)::varchar as file"

    @property
    def line(self) -> str:
        return f"{'line' if 'line' in self.given else 'null'}::bigint as line"
