"""The learning and deciding stages: `python -m ml train --day 2017-11-27`; and a test of your own: `experiment`."""

import argparse

from ml.experimenting import command as experiment
from warehouse import faults
from warehouse.days import parse_day
from warehouse.errors import exit_with_message


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="learn every family from what is known and choose champions")
    train.add_argument("--if-missing", action="store_true", help="only where a family has no champion as of the day")
    score = commands.add_parser("score", help="score every customer with the champions of the day")
    decide = commands.add_parser("decide", help="choose the day's offers")
    measure = commands.add_parser("measure", help="see how campaigns and predictions turned out")
    report = commands.add_parser("report", help="write the day's report")
    plan = commands.add_parser("plan", help="what a budget, discount or audience would earn; publishes nothing")
    plan.add_argument("--campaign", help="the campaign to plan; all running ones without it")
    plan.add_argument("--budget", type=float, help="its budget in currency")
    plan.add_argument(
        "--discount", type=float, help="the discount of its offers, as these state it (amount or percent)"
    )
    plan.add_argument("--audience", choices=("all", "new", "active", "lapsed"), help="who may get its offers")
    for command in (train, score, decide, measure, report, plan):
        command.add_argument("--day", type=parse_day, required=True)
    experiment.add_arguments(commands.add_parser("experiment", help="evaluate a randomised test in a file of your own"))
    return parser.parse_args(words)


def run_command(given: argparse.Namespace) -> None:
    """Each command loads only what it needs."""
    if given.command == "train":
        from ml.train import train

        train(given.day, given.if_missing)
    elif given.command == "score":
        from ml.score import score

        score(given.day)
    elif given.command == "decide":
        from ml.decide import decide

        decide(given.day)
    elif given.command == "plan":
        from ml.plan import plan
        from ml.planning.change import Change

        plan(given.day, Change(given.campaign, given.budget, given.discount, given.audience))
    elif given.command == "measure":
        from ml.measure import measure

        measure(given.day)
    elif given.command == "experiment":
        experiment.run(given)
    else:
        from ml import report

        report.run(given.day)


def main() -> None:
    given = parse_arguments()
    with faults.explained():
        run_command(given)


if __name__ == "__main__":
    exit_with_message(main)
