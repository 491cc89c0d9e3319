"""The gates from the command line: `python -m expectations raw|features|scores|decisions --day YYYY-MM-DD`."""

import argparse

from expectations.rules import GATES
from warehouse import faults
from warehouse.days import parse_day
from warehouse.errors import exit_with_message


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m expectations", description="Check one gate of one day.")
    parser.add_argument("gate", choices=list(GATES.values()))
    parser.add_argument("--day", type=parse_day, required=True, help="day of the run, YYYY-MM-DD")
    return parser.parse_args(words)


def main() -> None:
    given = parse_arguments()
    from expectations.gate import validate  # takes seconds to import: not for --help or a mistyped word

    with faults.explained():
        validate(given.gate, given.day)


if __name__ == "__main__":
    exit_with_message(main)
