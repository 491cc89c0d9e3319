"""What it costs to train every family for the simulator's default world, and to score a million customers.

Every family learns and scores in a process of its own, one after the other, in the order of the stages; its processor
time, its largest memory and the time by the clock are those the operating system counted. Processor time counts all
cores: on a machine that is not busy the clock shows less, where a family uses both of them.

The customers to score are copies of those of the default world, with keys, devices, means of payment and addresses of
their own: every table that scoring reads is a view that repeats the customers' rows, so that a copy looks to each
family as a customer does. Who shares what, and how many goods and offers there are, is as in the small world.
`PROMOLIFT_BENCHMARK_CUSTOMERS` is how many there are to be (1,000,000), and `PROMOLIFT_BENCHMARK_WORLD` a data folder
with features of the default world, to spare building it (`PROMOLIFT_SIMULATION` says where its shop is).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.figures import Figure
from ml.learning.families import FAMILIES
from ml.score import MODULES
from ml.train import EVERYTHING
from simulator import parameters as simulated
from simulator.__main__ import CUSTOMERS, DAYS
from simulator.calendar import date_of
from warehouse import settings
from warehouse.connection import open_database
from warehouse.errors import NotAvailable

SOURCE = "simulator"
TRAIN_SECONDS, TRAIN_GIB, SCORE_SECONDS = 600.0, 6.0, 900.0
KIB_IN_GIB = 2**20
SCHEMAS = ("features", "intermediate", "staging")
REPEATED = ("customer_id", "order_id")  # a table with one of these has rows of customers
OF_A_COPY = (
    *REPEATED,
    "device_id",
    "payment_id",
    "session_id",
    "redemption_id",
    "return_id",
    "address",
    "email",
    "phone",
)
COLUMNS = """
    select table_schema, table_name, list(column_name) from information_schema.columns
    where list_contains($schemas::varchar[], table_schema) and table_name not like '%\\_versions' escape '\\'
        and table_name not like '%\\_labels' escape '\\'
    group by all having list_has_any(list(column_name), $keys::varchar[]) order by all
"""


@dataclass(frozen=True)
class Spent:
    """Processor time and time by the clock (s) and largest resident memory (GiB) of a process with its children."""

    name: str
    processor: float
    clock: float
    memory: float
    has_ended: bool


def run() -> list[Figure]:
    day = date_of(simulated.load(), DAYS)  # the first after the simulated past
    wanted = int(os.environ.get("PROMOLIFT_BENCHMARK_CUSTOMERS") or 1_000_000)
    with tempfile.TemporaryDirectory(prefix="promolift-families-") as folder:
        data = Path(folder, "data")
        environment = build_world(data, day)
        trained = [*train_all(day, environment)]
        copies = max(1, round(wanted / CUSTOMERS))
        repeat_customers(data / "warehouse" / "warehouse.duckdb", copies)
        scored = [*score_all(day, environment)]
    return [*figures_of_training(trained), *figures_of_scoring(scored, copies * CUSTOMERS)]


def build_world(data: Path, day: date) -> Mapping[str, str]:
    """The default world landed, with the features of a day; gives the environment in which its stages run."""
    given = os.environ.get("PROMOLIFT_BENCHMARK_WORLD")
    environment = os.environ | {"PROMOLIFT_DATA": str(data), "PROMOLIFT_SOURCE": SOURCE}
    if given:
        environment.setdefault("PROMOLIFT_SIMULATION", str(Path(given, "simulation", "shop")))
        shutil.copytree(Path(given, "warehouse"), data / "warehouse")
        return environment
    environment["PROMOLIFT_SIMULATION"] = str(data / "simulation" / "shop")
    stages = [["ingest"], ["transform", "staging"], ["transform", "features"]]
    wanted = [["simulator", "build", "--out", str(data / "simulation")]]
    for words in wanted + [["warehouse", *stage, "--day", str(day)] for stage in stages]:
        subprocess.run([sys.executable, "-m", *words], cwd=settings.ROOT, env=environment, check=True)
    return environment


def train_all(day: date, environment: Mapping[str, str]) -> Iterator[Spent]:
    panel = [sys.executable, "-m", "warehouse", "transform", "features", "--panel", "--day", str(day)]
    built = follow("the panel", panel, environment)
    if not built.has_ended:
        raise NotAvailable("the panel to learn from could not be built")
    yield built
    for name in EVERYTHING:
        yield follow(name, python(f"from ml.train import train_one; train_one({name!r}, {day!r})"), environment)


def score_all(day: date, environment: Mapping[str, str]) -> Iterator[Spent]:
    for family in FAMILIES:
        code = f"score_family(by_name({family.name!r}), {day!r})"
        code = f"from ml.score import score_family; from ml.learning.families import by_name; {code}"
        yield follow(family.name, python(code), environment)
    for module in MODULES:
        yield follow(module.removeprefix("ml."), python(f"import {module} as stage; stage.score({day!r})"), environment)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import datetime; {code}"]


def follow(name: str, words: list[str], environment: Mapping[str, str]) -> Spent:
    """Run a process to its end and say what it took; one that failed says so."""
    started = time.monotonic()
    process = subprocess.Popen(words, cwd=settings.ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    clock, memory = time.monotonic() - started, used.ru_maxrss / KIB_IN_GIB
    spent = Spent(name, used.ru_utime + used.ru_stime, clock, memory, process.returncode == 0)
    Console(stderr=True).print(f"{spent.name}: {spent.processor:.1f} s of processor, {spent.memory:.2f} GiB")
    return spent


def repeat_customers(warehouse: Path, copies: int) -> None:
    """Every table that learning reads holds each customer so many times, under keys of their own."""
    with open_database(warehouse, read_only=False) as connection:
        found = connection.execute(COLUMNS, {"schemas": SCHEMAS, "keys": REPEATED}).fetchall()
        if not found:
            raise NotAvailable(f"{warehouse} holds no features of customers to repeat")
        connection.execute("create schema if not exists once")
        for schema, table, _ in found:  # all before the first is replaced: views read one another
            connection.execute(f"create table once.{schema}__{table} as from {schema}.{table}")
        for schema, table, columns in found:
            drop(connection, schema, table)
            connection.execute(repeated(schema, table, columns, copies))


def drop(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
    kind = "select table_type from information_schema.tables where table_schema = ? and table_name = ?"
    is_view = connection.execute(kind, [schema, table]).fetchall()[0][0] == "VIEW"
    connection.execute(f"drop {'view' if is_view else 'table'} {schema}.{table}")


def repeated(schema: str, table: str, columns: Iterable[str], copies: int) -> str:
    """A view over the rows of `once`; the first copy keeps its keys.

    >>> print(repeated("staging", "orders", ["customer_id", "amount"], 3))
    create view staging.orders as select once.* replace (
    case copy when 0 then customer_id else customer_id || '~' || copy end as customer_id
    ) from once.staging__orders as once cross join (select unnest(range(3)) as copy)
    """
    own = [f"case copy when 0 then {one} else {one} || '~' || copy end as {one}" for one in columns if one in OF_A_COPY]
    keys = ",\n".join(own)
    return (
        f"create view {schema}.{table} as select once.* replace (\n{keys}\n) "
        f"from once.{schema}__{table} as once cross join (select unnest(range({copies})) as copy)"
    )


def figures_of_training(spent: list[Spent]) -> Iterator[Figure]:
    world = f"the simulator's default world, {CUSTOMERS:,} customers; a process per family"
    yield total("training, all families", spent, TRAIN_SECONDS, world)
    memory = Figure(
        name="training, largest memory of a family",
        value=round(max(one.memory for one in spent), 2),
        unit="GiB",
        target=TRAIN_GIB,
        is_up_good=False,
        how_measured="resident memory at its largest",
    )
    yield memory
    yield from (figure_of("training", one) for one in spent)


def figures_of_scoring(spent: list[Spent], customers: int) -> Iterator[Figure]:
    copies = f"{customers:,} customers, copies of those of the default world; a process per family"
    yield total("scoring, all families", spent, SCORE_SECONDS if customers >= 1_000_000 else None, copies)
    yield from (figure_of("scoring", one) for one in spent)


def total(name: str, spent: list[Spent], target: float | None, how: str) -> Figure:
    """Seconds of processor in all; no number where a family did not come to its end."""
    failed = [one.name for one in spent if not one.has_ended]
    how += f"; {sum(one.clock for one in spent):,.0f} s by the clock"
    return Figure(
        name=name,
        value=None if failed else round(sum(one.processor for one in spent), 1),
        unit="s of processor",
        target=target,
        is_up_good=False,
        how_measured=f"{how}; did not end: {', '.join(failed)}" if failed else how,
    )


def figure_of(stage: str, spent: Spent) -> Figure:
    how = f"{spent.clock:,.0f} s by the clock, at most {spent.memory:.2f} GiB"
    name, value = f"{stage}, {spent.name}", round(spent.processor, 1) if spent.has_ended else None
    return Figure(
        name, value, "s of processor", is_up_good=False, how_measured=how if spent.has_ended else "did not end"
    )
