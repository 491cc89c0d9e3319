"""`python -m ml experiment`: a file in, a folder with the finding out."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ml.experimenting.question import parse_per_arm
from warehouse import settings
from warehouse.errors import BadInput

ABOUT = """Evaluate a randomised test in a CSV or Parquet file: did it work, for whom, and whom to treat?

One row per customer (or several, with --unit). Every column that is not named is a feature and must have been known
before the treatment. Example:

  python -m ml experiment test.csv --treatment segment --outcome spend --cost mail=0.6,call=2 --margin 0.3

What every number means: docs/how-to/evaluate-a-randomised-test.md"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.formatter_class = ABOUT, argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path, help="CSV, .csv.gz, .tsv or Parquet")
    parser.add_argument("--treatment", required=True, metavar="COLUMN", help="what each row got: the name of its arm")
    parser.add_argument("--outcome", required=True, metavar="COLUMN", help="what came of it: 0/1, a count or an amount")
    parser.add_argument(
        "--control", metavar="VALUE", help="the arm that got nothing (found by itself if called control, 0, none, …)"
    )
    parser.add_argument(
        "--probability",
        metavar="CHANCE",
        help="chance of treatment: a number, a column, or ARM=number (or column),… (default: the shares of rows)",
    )
    parser.add_argument("--unit", metavar="COLUMN", help="the customer, where several rows are one customer's")
    parser.add_argument(
        "--cost",
        metavar="COST",
        help="what treating a row costs: a number, a column of what was spent, or ARM=number,…",
    )
    parser.add_argument(
        "--margin",
        metavar="MARGIN",
        help="currency that one unit of the outcome earns: a number, a column, or ARM=number,… (default 1)",
    )
    parser.add_argument(
        "--budget", type=float, metavar="AMOUNT", help="the most the policy may spend on the rows of the file"
    )
    parser.add_argument(
        "--ignore",
        nargs="+",
        default=[],
        metavar="COLUMN",
        help="columns that are no features: ids, or measured after the treatment",
    )
    parser.add_argument(
        "--observational", action="store_true", help="nobody drew lots: estimate the chances, and label every number"
    )
    parser.add_argument(
        "--candidates",
        nargs="+",
        default=[],
        metavar="NAME",
        help="learners that compete (default: experiment.candidates of ml/params.yml)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the page, the effects and the numbers go (default data/experiments/NAME)",
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same numbers (default 0)")


def run(given: argparse.Namespace) -> None:
    """Nothing is written unless the test could be evaluated."""
    from ml.experiment import evaluate
    from ml.experimenting.written import read_test, write_finding

    folder = given.out or settings.load().data / "experiments" / given.file.name.split(".")[0]
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; --out names a folder")
    frame = read_test(given.file)
    console = Console()
    with progress(console) as bar:
        task = bar.add_task("reading", total=1.0)
        finding = evaluate(
            frame,
            given.treatment,
            given.outcome,
            follow=lambda what, share: bar.update(task, description=what, completed=share),
            **options(given),
        )
        write_finding(finding, folder, given.file.name)
        bar.update(task, description="done", completed=1.0)
    for sentence in finding.sentences:
        console.print(escape(sentence), highlight=False, soft_wrap=True)
    console.print(escape(f"\nPage, effects per row and all numbers: {folder}"), highlight=False, soft_wrap=True)


def options(given: argparse.Namespace) -> dict[str, object]:
    return {
        "control": given.control,
        "probability": parse_per_arm(given.probability),
        "unit": given.unit,
        "cost": parse_per_arm(given.cost),
        "margin": parse_per_arm(given.margin),
        "budget": given.budget,
        "ignore": tuple(given.ignore),
        "observational": given.observational,
        "candidates": tuple(given.candidates),
        "seed": given.seed,
    }


def progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<42}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
