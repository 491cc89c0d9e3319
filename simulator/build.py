"""Build a simulated shop's past, and let it live further days on somebody's decisions."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulator import dirt, files, truth, world
from simulator.calendar import date_of
from simulator.chance import stream
from simulator.day import Lived, Sender, live_day
from simulator.dirt import Rates
from simulator.memory import Memory
from simulator.messages import Messages, deliverable, no_messages
from simulator.policy import send_own
from simulator.world import World
from warehouse.errors import BadInput

MARK = ".simulated"


@dataclass(frozen=True)
class Place:
    """Where a simulated shop lies: what it delivers, and what only the simulator knows."""

    out: Path

    @property
    def shop(self) -> Path:
        return self.out / "shop"

    @property
    def truth(self) -> Path:
        return self.out / "truth"

    def memory(self, day: int) -> Path:
        """What the dirt of a day needs from the days before."""
        return self.truth / "world" / "memory" / f"day={day}"


def build(made: World, place: Place, rates: Rates, quiet: bool = False) -> None:
    """Live all days of a new world and write files and truth; a folder that is not a simulated shop is not touched."""
    make_room(place)
    world.save_constants(made, place.truth)
    live(made, place, Memory(), rates, [send_own] * made.days, quiet)
    truth.write(made, place.truth)


def make_room(place: Place) -> None:
    """An empty folder, or one whose earlier simulated shop is removed."""
    mark = place.out / MARK
    if place.out.exists() and any(place.out.iterdir()) and not mark.exists():
        raise BadInput(f"{place.out} is not empty and holds no simulated shop; choose another folder with --out")
    place.out.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for folder in (place.shop, place.truth):
        shutil.rmtree(folder, ignore_errors=True)


def step(place: Place, decided: Messages, rates: Rates, days: int = 1) -> World:
    """Live the next days of a built shop: the first on the decisions given, the others without new messages.

    A decision through a channel the customer has not allowed is not carried out.
    """
    known = world.load(place.truth)
    sent = deliverable(known, decided)
    senders: list[Sender] = [lambda *_: sent, *[lambda *_: no_messages()] * (days - 1)]
    live(known, place, Memory.read(place.memory(known.next_day)), rates, senders, quiet=True)
    return known


def live(known: World, place: Place, memory: Memory, rates: Rates, senders: list[Sender], quiet: bool) -> None:
    """Live a day for each sender; while one day is written the next is lived.

    The state is written last, so that after a kill the same days can be lived again and give the same files.
    """
    with ThreadPoolExecutor(max_workers=1) as writer, progress(len(senders), quiet) as bar:
        writing: Future[None] | None = None
        for send in senders:
            day = known.next_day
            lived = live_day(known, send)
            if writing:
                writing.result()
            writing = writer.submit(write_day, known, place, day, lived, rates, memory)
            bar.advance(bar.task_ids[0])
        if writing:
            writing.result()
    memory.write(place.memory(known.next_day))
    world.save_state(known, place.truth)
    for earlier in place.memory(known.next_day).parent.glob("day=*"):
        if earlier != place.memory(known.next_day):
            shutil.rmtree(earlier)


def write_day(known: World, place: Place, day: int, lived: Lived, rates: Rates, memory: Memory) -> None:
    today = date_of(known.known, day)
    written = {name: with_written_ids(name, table) for name, table in lived.tables.items()}
    soiled, ledger = dirt.soil(today, written, rates, stream(known.seed, "dirt", day), memory)
    files.write_day(place.shop, today, soiled)
    dirt.write_ledger(place.truth, today, ledger)
    truth.write_table(place.truth / "spend" / f"day={today}.parquet", lived.spend)


def with_written_ids(name: str, table: pa.Table) -> pa.Table:
    """Ids as text where the file is text, so that an id that is no number has room; the big tables keep numbers."""
    if name in files.PARQUET:
        return table
    for place, column in enumerate(table.schema):
        if column.name.endswith("_id") and pa.types.is_integer(column.type):
            table = table.set_column(place, column.name, table[column.name].cast(pa.string()))
    return table


@contextmanager
def progress(days: int, quiet: bool) -> Iterator[Progress]:
    columns = (TextColumn("living"), BarColumn(), MofNCompleteColumn(), TextColumn("days"), TimeRemainingColumn())
    with Progress(*columns, disable=quiet or days < 2) as bar:
        bar.add_task("days", total=days)
        yield bar
