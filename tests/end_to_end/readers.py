"""People who look at the published file all the time."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event

from warehouse import connection

PAUSE_SECONDS = 0.1
# What belongs together: the newest run and what it decided, asked one after the other on one open file.
NEWEST = "select max(day) from runs"
DECIDED = "select count(*) from user_decisions where day = $day"
OFFERED = "select count(distinct customer_id) from user_promotions where day = $day"
SAID_OFFERED = "select count(*) from user_decisions where day = $day and status = 'offered'"

Version = tuple[date, int, int, int]


def look(file: Path) -> Version:
    with connection.locked_down(file) as published:
        day = published.execute(NEWEST).fetchall()[0][0]
        counts = [published.execute(sql, {"day": day}).fetchall()[0][0] for sql in (DECIDED, OFFERED, SAID_OFFERED)]
    return (day, *counts)


def poll(file: Path, stop: Event) -> list[Version]:
    seen = [look(file)]
    while not stop.is_set():
        seen.append(look(file))
        time.sleep(PAUSE_SECONDS)
    return [*seen, look(file)]


@contextmanager
def polling(file: Path, readers: int) -> Iterator[list[Future[list[Version]]]]:
    """Readers look again and again while the body runs; afterwards each future holds what one of them saw."""
    stop = Event()
    with ThreadPoolExecutor(readers) as threads:
        futures = [threads.submit(poll, file, stop) for _ in range(readers)]
        try:
            yield futures
        finally:
            stop.set()
