"""`python -m orchestration run [--day D]` runs a day through Airflow; `ui` keeps it running, `airflow` is its CLI."""

import argparse
import os
import re
import signal
import sys
from datetime import date

from rich.console import Console

from orchestration.commands import command_line, run_day, serve
from orchestration.replay import default_day
from orchestration.simulated import build_if_missing
from warehouse import settings, sources
from warehouse.errors import BadInput, exit_with_message
from warehouse.sources import Source

DEFAULT_PORT = 8080
WIDE = 120  # columns where no terminal says how many it has


def read_day(text: str | None, source: Source) -> date:
    if not text:
        return default_day(source)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise BadInput(f"DAY must look like 2017-11-27, not {text!r}")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"DAY {text!r} is no day of the calendar: {error}") from error


def read_port(text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise BadInput(f"PORT must be a number from 1024 to 65535, not {text!r}")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m orchestration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run one day through Airflow").add_argument("--day", help="YYYY-MM-DD")
    commands.add_parser("ui", help="keep Airflow and its UI running").add_argument("--port", default=str(DEFAULT_PORT))
    own = commands.add_parser("airflow", help="Airflow's own command line on this installation")
    own.add_argument("words", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    installation = settings.load()
    os.environ["PROMOLIFT_SOURCE"] = installation.source
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        carry_out(chosen, installation, Console(width=None if sys.stdout.isatty() else WIDE))
    except KeyboardInterrupt:
        sys.exit("Stopped; nothing keeps running. A run that was cut off can be started again.")


def carry_out(chosen: argparse.Namespace, installation: settings.Settings, console: Console) -> None:
    if chosen.command in {"run", "ui"}:
        build_if_missing(installation, console)
    if chosen.command == "run":
        run_day(installation, read_day(chosen.day, sources.load(installation.source)), console)
    elif chosen.command == "airflow":
        command_line(installation, chosen.words)
    else:
        serve(installation, read_port(chosen.port), console)


if __name__ == "__main__":
    exit_with_message(main)
