"""Days without a gap, and what a source delivers in them table by table."""

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import date

import duckdb
from rich.console import Console

from warehouse import contract, landing
from warehouse.arrival import ONE_DAY, Arrival, Span
from warehouse.delivery import Delivery
from warehouse.landing import Manifest, Part
from warehouse.sources import Source


def days_between(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]


def spans(days: Iterable[date]) -> Iterator[Span]:
    """Days as runs without a gap, oldest first.

    >>> [(span.first.day, span.last.day) for span in spans([date(2017, 1, day) for day in (5, 1, 2)])]
    [(1, 2), (5, 5)]
    """
    first = last = None
    for day in sorted(days):
        if last is None or day > last + ONE_DAY:
            if first and last:
                yield Span(first, last)
            first = day
        last = day
    if first and last:
        yield Span(first, last)


def read_span(connection: duckdb.DuckDBPyConnection, source: Source, span: Span, write: bool) -> dict[date, Manifest]:
    """The manifests of a span of days as the source delivers them now; with `write`, also the incoming files."""
    console = Console()
    manifests: dict[date, Manifest] = {day: {} for day in days_between(span.first, span.last)}
    has_history = any(not span.first <= day <= span.last for day in landing.committed())
    for table in contract.load().values():
        started = time.monotonic()
        delivery = Delivery(connection, source, table, span)
        if write:
            warn(delivery.arrival)
        parts = delivery.take(has_history, write=write)
        for day, part in parts.items():
            manifests[day][table.name] = part
        if parts:
            console.print(
                f"  {summary(table.name, parts.values())} ({time.monotonic() - started:.1f} s)", highlight=False
            )
    return manifests


def warn(arrival: Arrival) -> None:
    """Tell what is there and does not land; nothing of it is an error."""
    extra, unread = (", ".join(names) for names in (arrival.extra, arrival.unread))
    if extra:
        print(f"  warning: {arrival.where} gives {extra}, which the contract does not know: ignored", flush=True)
    if unread:
        print(f"  warning: {arrival.where} mentions no {unread} of its files: ignored", flush=True)


def summary(table: str, parts: Collection[Part]) -> str:
    """
    >>> summary("stock", [Part(1200, 0, ""), Part(3, 2, "")])
    'stock                    1,203 rows, 2 in quarantine'
    """
    quarantined = sum(part.quarantined for part in parts)
    bad = f", {quarantined:,} in quarantine" if quarantined else ""
    return f"{table:<18}{sum(part.rows for part in parts):>12,} rows{bad}"
