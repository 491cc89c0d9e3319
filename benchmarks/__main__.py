"""`python -m benchmarks [name]`: a table per benchmark, also written to data/benchmarks."""

import argparse
from importlib import import_module

from rich.console import Console

from benchmarks.figures import as_table, write
from warehouse import faults, settings
from warehouse.errors import exit_with_message

NAMES = (
    "abuse",
    "allocation",
    "behaviour",
    "bundles",
    "decisions",
    "demand",
    "experiment",
    "families",
    "ingest",
    "measurement",
    "predictions",
    "price",
    "pricing",
    "recommendation",
    "resemblance",
    "runtime",
    "segments",
    "simulation",
    "stock",
    "uplift",
    "value",
)


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="name", help=f"of {', '.join(NAMES)}")
    return parser.parse_args(words)


def run_benchmark(name: str, console: Console) -> None:
    """Run `benchmarks/<name>.py`, print its table and write `data/benchmarks/<name>.json`."""
    console.print(f"[bold]{name}[/] is being measured …")
    figures = import_module(f"benchmarks.{name}").run()
    file = settings.load().benchmarks / f"{name}.json"
    write(file, figures)
    console.print(as_table(name, figures))
    console.print(f"written to {file}", highlight=False, soft_wrap=True)


def main() -> None:
    given = parse_arguments()
    console = Console()
    with faults.explained():
        for name in given.names or NAMES:
            run_benchmark(name, console)


if __name__ == "__main__":
    exit_with_message(main)
