"""What a source gives and lacks, told before anything is landed: the way of ingest, in a folder that is thrown away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from warehouse import columns, contract, landing, reach, references, settings, sources, text_files
from warehouse.arrival import ONE_DAY, Span, in_words, named
from warehouse.check_report import Finding, show
from warehouse.columns import ACCEPTED, family, nearest
from warehouse.connection import writing
from warehouse.contract import Table
from warehouse.delivery import Delivery
from warehouse.errors import BadInput, PromoliftError, StorageFailed
from warehouse.faults import explain_database
from warehouse.personal import without_personal
from warehouse.sources import Source

SAMPLE = 3


def run(name: str | None, day: date | None, console: Console) -> None:
    """Tell what every table of the contract gets from the source; a source that cannot be landed is an error."""
    source = sources.load(name)
    findings = look(source, day)
    show(source, findings, console)
    hindrances = [finding.hindrance for finding in findings if finding.hindrance]
    if hindrances:
        others = f" (and {len(hindrances) - 1} more)" if len(hindrances) > 1 else ""
        raise BadInput(f"{source.name} cannot be landed yet: {hindrances[0]}{others}")


def look(source: Source, day: date | None) -> list[Finding]:
    with thrown_away(), writing() as connection:
        landing.create_views(connection)
        reach.prepare(connection, source)
        text_files.offer(connection)
        reach.enclose(connection, source)
        for table in filter(references.is_referred_to, contract.load().values()):
            references.forget(connection, table)  # of one that does not fit nothing is known
        described = [describe(connection, source, table, day) for table in contract.load().values()]
        newest = day or newest_day(source, described)
        return [check(connection, source, finding, newest) for finding in described]


@contextmanager
def thrown_away() -> Iterator[None]:
    """A data folder for one look, with the key of the real one, so that a sample shows the pseudonyms ingest would."""
    secret = settings.load().data / "pii.key"
    before = os.environ.get("PROMOLIFT_DATA")
    with tempfile.TemporaryDirectory(prefix="promolift-check-") as folder:
        if secret.exists():
            shutil.copy(secret, folder)
        os.environ["PROMOLIFT_DATA"] = folder
        try:
            yield
        finally:
            os.environ.pop("PROMOLIFT_DATA")
            os.environ |= {"PROMOLIFT_DATA": before} if before is not None else {}


def describe(connection: duckdb.DuckDBPyConnection, source: Source, table: Table, until: date | None) -> Finding:
    """Compare the columns with the contract's and count the rows of every day."""
    sql = source.query(table.name)
    if sql is None:
        return Finding(table, is_mapped=False)
    span = Span(source.first_day, until or source.last_day or date.today())
    values = named(sql, source.parameters(span.first, span.last))
    text_files.concern(connection, span.first, span.last)
    text_files.take_headers(connection)
    try:
        described = connection.execute(f"describe select * from ({sql}\n)", values).fetchall()
        given = {name: kind for name, kind, *_ in described}
        counted = f"select day::date as day, count(*) from ({sql}\n) group by all order by all"
        rows = dict(connection.execute(counted, values).fetchall()) if "day" in given else {}
    except (duckdb.Error, PromoliftError) as error:
        return Finding(table, faults=[f"{source.name}/{table.name}.sql cannot be read: {fault_of(connection, error)}"])
    finally:
        text_files.take_rejected(connection)
    faults = compare(table, given, f"{source.name}/{table.name}.sql")
    if undated := rows.pop(None, 0):
        faults.append(f"{source.name}/{table.name}.sql gives {undated:,} rows without a day")
    ignored = [name for name in given if name not in columns.asked_for(table)]
    unread = columns.unread(table, text_files.take_headers(connection), sql, given)
    return Finding(table, faults=faults, ignored=ignored, unread=unread, rows_by_day=rows)


def fault_of(connection: duckdb.DuckDBPyConnection, error: duckdb.Error | PromoliftError) -> str:
    """What is wrong with the source, with the names that are there, without the line of SQL DuckDB repeats."""
    if isinstance(error, duckdb.BinderException):
        return in_words(error, text_files.take_headers(connection))
    explained = error if isinstance(error, PromoliftError) else explain_database(error)
    if isinstance(explained, StorageFailed) and not isinstance(error, duckdb.InvalidInputException):
        raise explained from error  # a full disk or a server that is gone says nothing about the source
    return without_personal(" ".join(str(explained or error).partition("\nLINE ")[0].split()))


def compare(table: Table, given: dict[str, str], where: str) -> list[str]:
    """Every reason for which the columns given do not fit, each with the nearest name among those nobody asked for."""
    extra = [name for name in given if name not in columns.asked_for(table)]
    wanted = [column.name for column in table.kept] + ["day"]
    missing = [f"{where} lacks the column {name}{nearest(name, extra)}" for name in wanted if name not in given]
    wrong = [
        f"{where} gives {column.name} as {given[column.name]}, the contract says {column.type}"
        for column in table.kept
        if column.name in given and column.pii != "hash"
        and family(given[column.name]) not in ACCEPTED[column.type] | {"nothing"}
    ]  # fmt: skip
    return missing + wrong


def newest_day(source: Source, findings: list[Finding]) -> date | None:
    """The delivery to look at: what a run on the default day knows last, else the newest there is."""
    if source.default_day:
        return source.default_day - ONE_DAY
    return max((day for finding in findings for day in finding.rows_by_day), default=None)


def check(connection: duckdb.DuckDBPyConnection, source: Source, finding: Finding, newest: date | None) -> Finding:
    """Take one delivery of the table as ingest would; tables that others refer to are taken with their history."""
    days = [day for day in finding.rows_by_day if newest and day <= newest]
    if finding.faults or not days:
        return finding
    day = max(days)
    first = source.first_day if references.is_referred_to(finding.table) else day
    try:
        parts = Delivery(connection, source, finding.table, Span(first, day)).take(has_history=False, write=True)
    except PromoliftError as error:
        return replace(finding, day=day, faults=[fault_of(connection, error)])
    good, bad = (landing.incoming() / kind / finding.table.name / f"day={day}" for kind in landing.KINDS)
    return replace(
        finding,
        day=day,
        good=parts[day].rows if day in parts else 0,
        quarantined=ask(connection, bad, "reason_code, reason, count(*) as n", "group by all order by n desc, reason"),
        empty=empty_columns(connection, finding.table, good),
        sample=sample(connection, finding.table, good),
    )


def ask(connection: duckdb.DuckDBPyConnection, folder: Path, select: str, rest: str = "") -> list[Any]:
    if not folder.exists():
        return []
    files = settings.quoted(folder / "*.parquet")
    rows = f"read_parquet('{files}', hive_partitioning = false)"
    return connection.execute(f"select {select} from {rows} {rest}").fetchall()


def empty_columns(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> list[str]:
    names = [column.name for column in table.kept]
    counts = ask(connection, folder, ", ".join(f"count({name})" for name in names))
    return [name for name, count in zip(names, counts[0], strict=True) if not count] if counts else []


def sample(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> list[dict[str, Any]]:
    """A few rows as they would land: personal columns are pseudonyms or not there at all."""
    names = [column.name for column in table.landed]
    rows = ask(connection, folder, ", ".join(names), f"order by {', '.join(table.key)} limit {SAMPLE}")
    return [dict(zip(names, row, strict=True)) for row in rows]
