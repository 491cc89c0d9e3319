"""The commands of the warehouse: `python -m warehouse ingest --day 2017-11-27`."""

import argparse
import sys

from rich.console import Console

from warehouse import faults
from warehouse.days import parse_day
from warehouse.errors import exit_with_message

LAYERS = ("staging", "features", "marts")


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ingest = commands.add_parser("ingest", help="land every delivery before a day")
    ingest.add_argument("--replace", action="store_true", help="land days again whose delivery has changed")
    transform = commands.add_parser("transform", help="build a layer with dbt as of a day")
    transform.add_argument("layer", choices=LAYERS)
    transform.add_argument("--panel", action="store_true", help="also build the training panel")
    publish = commands.add_parser("publish", help="replace the published tables by the warehouse's marts")
    for command in (ingest, transform, publish):
        command.add_argument("--day", type=parse_day, required=True)
    query = commands.add_parser("query", help="run one read-only query")
    query.add_argument("sql")
    query.add_argument("--published", action="store_true", help="ask the published file instead of the warehouse")
    new = commands.add_parser("new-source", help="make the folder of a new source, to be filled in")
    new.add_argument("name")
    check = commands.add_parser("check-source", help="tell what a source gives and lacks, before anything is landed")
    check.add_argument("name", nargs="?", help="the one PROMOLIFT_SOURCE names, if left out")
    check.add_argument("--day", type=parse_day, help="the delivery to look at; the newest, if left out")
    names = commands.add_parser("pseudonyms", help="tell the customer_id of the published tables for ids of the shop")
    names.add_argument("file", nargs="?", type=argparse.FileType(encoding="utf-8"), default="-", help="one id a line")
    commands.add_parser("compact", help="rewrite the warehouse's file when it is mostly empty")
    commands.add_parser("status", help="show what has landed, which days have run and how large the files are")
    return parser.parse_args(words)


def ingest(given: argparse.Namespace) -> None:
    from warehouse import ingest

    ingest.run(given.day, replace=given.replace)


def transform(given: argparse.Namespace) -> None:
    from warehouse import transform

    transform.run(given.layer, given.day, given.panel)


def publish(given: argparse.Namespace) -> None:
    from warehouse import publish

    publish.publish(given.day)


def query(given: argparse.Namespace) -> None:
    from warehouse import status

    status.answer(given.sql, given.published, Console())


def pseudonyms(given: argparse.Namespace) -> None:
    from warehouse import shop_ids

    shop_ids.write_pseudonyms(given.file, sys.stdout)


def compact(_: argparse.Namespace) -> None:
    from warehouse import compact

    print("the warehouse was rewritten" if compact.compact() else "the warehouse is compact enough")


def status(_: argparse.Namespace) -> None:
    from warehouse import status

    status.show_status(Console())


def new_source(given: argparse.Namespace) -> None:
    from warehouse import scaffold

    folder = scaffold.create(given.name)
    print(f"{folder} is there; next: edit it, then python -m warehouse check-source {given.name}")


def check_source(given: argparse.Namespace) -> None:
    from warehouse import check_source

    check_source.run(given.name, given.day, Console())


COMMANDS = {"ingest": ingest, "transform": transform, "publish": publish, "query": query, "compact": compact}
COMMANDS |= {"pseudonyms": pseudonyms, "status": status, "new-source": new_source, "check-source": check_source}


def main() -> None:
    given = parse_arguments()
    with faults.explained():
        COMMANDS[given.command](given)


if __name__ == "__main__":
    exit_with_message(main)
