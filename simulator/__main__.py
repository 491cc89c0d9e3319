"""The simulated shop: `python -m simulator build --customers 20000 --days 180 --seed 1 --out data/simulation`."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console

from simulator import build as building
from simulator import decisions, loop, parameters, truth, world, yardsticks
from simulator.build import Place
from simulator.calendar import date_of
from simulator.dirt import Rates
from simulator.messages import deliverable, no_messages
from warehouse import faults
from warehouse.days import parse_day
from warehouse.errors import BadInput, exit_with_message

CUSTOMERS, PRODUCTS, DAYS, SEED, WEEKS = 20_000, 2_000, 180, 1, 8
WIDE = 120  # columns where no terminal says how many it has


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="build a shop's past: its files in OUT/shop, the truth in OUT/truth")
    run = commands.add_parser(
        "loop", help="decide, let the shop answer, ingest, measure and decide again, week by week"
    )
    for command in (make, run):
        command.add_argument(
            "--customers", type=int, default=CUSTOMERS, help=f"by the last day (default {CUSTOMERS:,})"
        )
        command.add_argument("--products", type=int, default=PRODUCTS, help=f"default {PRODUCTS:,}")
        command.add_argument("--days", type=int, default=DAYS, help=f"days of history (default {DAYS})")
        command.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same bytes (default 1)")
        command.add_argument("--params", type=Path, default=parameters.FILE, help="another world's parameters")
        command.add_argument("--clean", action="store_true", help="files without dirt")
    run.add_argument("--weeks", type=int, default=WEEKS, help=f"weeks to decide for (default {WEEKS})")
    go = commands.add_parser("step", help="live the next day on decisions, and as many days after it as asked")
    value = commands.add_parser("value", help="value the decisions of the next day by the truth")
    know = commands.add_parser("truth", help="write the truth tables anew for the morning of the next day")
    for command in (make, go, value, know):
        command.add_argument("--out", type=Path, required=True, help="folder of the simulated shop")
    for command in (go, value):
        command.add_argument("--day", type=parse_day, help="the shop's next day; said to be sure")
        command.add_argument("--decisions", type=Path, help="CSV, Parquet or published DuckDB file; none sends nothing")
    go.add_argument("--days", type=int, default=1, help="days to live (default 1)")
    go.add_argument("--clean", action="store_true", help="files without dirt")
    return parser.parse_args(words)


def rates(given: argparse.Namespace, made: world.World) -> Rates:
    return Rates.none() if given.clean else Rates.from_parameters(made.known.dirt)


def check_size(given: argparse.Namespace) -> None:
    for name, least in (("customers", 1), ("products", 2), ("days", 1), ("seed", 0)):
        if getattr(given, name) < least:
            raise BadInput(f"--{name} must be at least {least}, not {getattr(given, name)}")


def create(given: argparse.Namespace) -> world.World:
    check_size(given)
    return world.create(given.customers, given.products, given.days, given.seed, parameters.load(given.params))


def build(given: argparse.Namespace) -> None:
    made = create(given)
    place = Place(given.out.resolve())
    building.build(made, place, rates(given, made))
    last = date_of(made.known, made.next_day - 1)
    print(f"{made.registered(made.next_day - 1):,} customers and {made.days} days up to {last} in {place.out}")


def read_decisions(known: world.World, given: argparse.Namespace) -> tuple[date, building.Messages]:
    day = given.day or date_of(known.known, known.next_day)
    decisions.check_day(known, day)
    if given.decisions is None:
        return day, no_messages()
    return day, decisions.to_messages(known, decisions.read(given.decisions, day), day)


def step(given: argparse.Namespace) -> None:
    place = Place(given.out.resolve())
    known = world.load(place.truth)
    day, messages = read_decisions(known, given)
    sent = deliverable(known, messages)
    if given.days < 1:
        raise BadInput(f"--days must be at least 1, not {given.days}")
    after = building.step(place, sent, rates(given, known), given.days)
    stands = date_of(after.known, after.next_day)
    refused = len(messages) - len(sent)
    print(f"{sent.is_shown.sum():,} messages sent on {day}; the shop now stands on the morning of {stands}")
    if refused:
        print(f"{refused:,} decisions not carried out: their customers do not allow the channel")


def value(given: argparse.Namespace) -> None:
    known = world.load(Place(given.out.resolve()).truth)
    day, messages = read_decisions(known, given)
    yard = yardsticks.survey(known, np.empty(0, dtype=np.int64))
    values = yardsticks.compare(yard, yardsticks.judge(known, messages))
    print(json.dumps({"day": str(day)} | {name: round(one, 2) for name, one in values.items()}, indent=1))


def write_truth(given: argparse.Namespace) -> None:
    place = Place(given.out.resolve())
    truth.write(world.load(place.truth), place.truth)


def run_loop(given: argparse.Namespace) -> None:
    check_size(given)
    if given.weeks < 1:
        raise BadInput(f"--weeks must be at least 1, not {given.weeks}")
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    made = create(given)
    loop.run(made, given.weeks, rates(given, made), console)


COMMANDS = {"build": build, "step": step, "value": value, "truth": write_truth, "loop": run_loop}


def main() -> None:
    given = parse_arguments()
    with faults.explained():
        COMMANDS[given.command](given)


if __name__ == "__main__":
    exit_with_message(main)
