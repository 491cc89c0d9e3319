"""Land what the source delivered: every missing day up to the run's, checked against the contract, all or nothing."""

from datetime import date

import duckdb
from rich.console import Console

from warehouse import compact, extensions, faults, landing, reach, redelivery, runs, sources, text_files
from warehouse.arrival import Span
from warehouse.connection import writing
from warehouse.errors import NotAvailable
from warehouse.landing import Manifest
from warehouse.sources import Source
from warehouse.spans import ONE_DAY, days_between, read_span, spans


def run(day: date, replace: bool = False) -> None:
    """Land every delivery before a day; `replace` accepts a delivery that has changed since it landed."""
    source = sources.load()
    check_day(source, day)
    with runs.stage("ingest", day) as stage:
        land(source, day - ONE_DAY, replace)
        stage.rows = landing.count_before(day)  # all the day knows, so that a second run records the same
    runs.record_run(day, landing.fingerprint(day))
    compact.compact()  # before the stages of the day fill the file again


def land_until(last_day: date) -> None:
    """Land a replayed source up to and including a day, also past the run's: what happened to its predictions."""
    source = sources.load()
    if source.is_replay:
        land(source, last_day)


def check_day(source: Source, day: date) -> None:
    if day <= source.first_day:
        raise NotAvailable(
            f"{source.name} starts on {source.first_day}: the first day to run is {source.first_day + ONE_DAY}"
        )
    if source.last_day and day > source.last_day + ONE_DAY:
        raise NotAvailable(
            f"{source.name} ends on {source.last_day}: the last day to run is {source.last_day + ONE_DAY}"
        )


def land(source: Source, last_day: date, replace: bool = False) -> None:
    """Land what is missing up to a day; the warehouse is held meanwhile."""
    last = min(last_day, source.last_day or last_day)
    with writing() as connection, faults.explained(), landing.cleaned_up():
        encrypt_spilled(connection)
        landing.create_views(connection)
        landing.check_files(connection)
        reach.prepare(connection, source)
        text_files.offer(connection)
        reach.enclose(connection, source)
        changed = redelivery.find_changed_days(connection, source, replace)
        missing = set(days_between(source.first_day, last)) - set(landing.committed())
        wanted = missing | set(changed)
        for span in spans(wanted):
            land_span(connection, source, span)
        if not wanted:
            print(f"{source.name}: everything up to {last} has landed before", flush=True)
        landing.create_views(connection)
        connection.execute("checkpoint")
        redelivery.remember(source)


def encrypt_spilled(connection: duckdb.DuckDBPyConnection) -> None:
    """What does not fit into memory goes to files for a while: personal values must not stand there in clear."""
    extensions.load(connection, "httpfs")  # brings the cryptography
    connection.execute("set temp_file_encryption = true")


def land_span(connection: duckdb.DuckDBPyConnection, source: Source, span: Span) -> None:
    """Write a span of days to the incoming folder and commit them."""
    console = Console()
    console.print(f"landing {source.name}, {span.first} to {span.last}", highlight=False)
    manifests = read_span(connection, source, span, write=True)
    if not source.is_replay:
        manifests = without_silent_end(manifests)
        silent = span.last - max(manifests, default=span.first - ONE_DAY)
        if silent:
            console.print(f"  nothing delivered yet for the last {silent.days} days", highlight=False)
    landing.commit(manifests)
    landing.create_views(connection)


def without_silent_end(manifests: dict[date, Manifest]) -> dict[date, Manifest]:
    """The last days of a living shop wait for their delivery as long as nothing of them is there."""
    newest = max((day for day, manifest in manifests.items() if manifest), default=None)
    return {day: manifest for day, manifest in manifests.items() if newest and day <= newest}
