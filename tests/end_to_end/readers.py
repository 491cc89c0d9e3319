"""People who look at the published file all the time, each in a process of their own, as BI tools are."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from warehouse import connection

PAUSE_SECONDS = 0.3
# What belongs together: the newest run and what it decided, asked one after the other on one open file.
NEWEST = "select max(day) from runs"
DECIDED = "select count(*) from user_decisions where day = $day"
OFFERED = "select count(distinct customer_id) from user_promotions where day = $day"
SAID_OFFERED = "select count(*) from user_decisions where day = $day and status = 'offered'"

Version = tuple[date, int, int, int]


def look(file: Path) -> Version:
    with connection.locked_down(file) as published:
        day = published.execute(NEWEST).fetchall()[0][0]
        decided, offered, said = (
            published.execute(sql, {"day": day}).fetchall()[0][0] for sql in (DECIDED, OFFERED, SAID_OFFERED)
        )
    return day, decided, offered, said


def poll(file: Path, stop: Path) -> set[Version]:
    """Every version that was seen until the file `stop` appeared, and once after."""
    seen = {look(file)}
    while not stop.exists():
        time.sleep(PAUSE_SECONDS)
        seen.add(look(file))
    return seen


@contextmanager
def polling(file: Path, stop: Path, readers: int) -> Iterator[list[Future[set[Version]]]]:
    """Readers look again and again while the body runs; afterwards each future holds what one of them saw."""
    with ProcessPoolExecutor(readers, mp_context=get_context("spawn")) as processes:
        futures = [processes.submit(poll, file, stop) for _ in range(readers)]
        try:
            yield futures
        finally:
            stop.touch()
