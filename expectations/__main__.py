"""The gates from the command line: `python -m expectations raw|features|scores|decisions --day YYYY-MM-DD`."""

import argparse
from datetime import date

from expectations.rules import GATES
from warehouse.errors import exit_with_message


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m expectations", description="Check one gate of one day.")
    parser.add_argument("gate", choices=list(GATES.values()))
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="day of the run, YYYY-MM-DD")
    return parser.parse_args(words)


def main() -> None:
    arguments = read_arguments()
    from expectations.gate import (
        validate,
    )  # importing Great Expectations takes seconds: not for --help or a typing error

    validate(arguments.gate, arguments.day)


if __name__ == "__main__":
    exit_with_message(main)
