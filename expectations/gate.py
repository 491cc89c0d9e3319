"""A gate: look at the rows of the day, record what every rule saw, stop the run when a critical one does not hold."""

from collections.abc import Callable, Iterable
from datetime import date

import pyarrow as pa
from rich.console import Console
from rich.markup import escape

from expectations import decisions, drift, features, raw, scores
from expectations.checks import Check
from expectations.outcomes import Outcome, observe
from expectations.rules import CRITICAL
from expectations.run import Run, find_run
from warehouse import runs, tables
from warehouse.errors import GateFailed

SUITES: dict[str, Callable[[Run], list[Check]]] = {
    "raw": raw.suite,
    "features": features.suite,
    "scores": scores.suite,
    "decisions": decisions.suite,
}
PREPARATIONS: dict[str, Callable[[Run], None]] = {"features": drift.measure_drift}


def validate(gate: str, day: date) -> list[Outcome]:
    """Check one gate and record its results; raises GateFailed when a critical rule does not hold."""
    with runs.stage(f"validate_{gate}", day) as stage:
        run = find_run(gate, day)
        if gate in PREPARATIONS:
            PREPARATIONS[gate](run)
        outcomes = observe(SUITES[gate](run))
        stage.rows = record(gate, day, outcomes)
        show(gate, day, outcomes)
        stop_on_breach(gate, day, outcomes)
    return outcomes


def record(gate: str, day: date, outcomes: Iterable[Outcome]) -> int:
    rows = [outcome.as_row(day, runs.run_id(day)) for outcome in outcomes]
    return tables.replace_day("gates.gate_results", day, pa.Table.from_pylist(rows), keys={"gate": gate})


def stop_on_breach(gate: str, day: date, outcomes: Iterable[Outcome]) -> None:
    breaches = [outcome for outcome in outcomes if not outcome.is_passed and outcome.rule.severity == CRITICAL]
    if breaches:
        others = f" (and {len(breaches) - 1} more: {codes(breaches[1:])})" if len(breaches) > 1 else ""
        raise GateFailed(f"the {gate} gate of {day} stops the run: {breaches[0].sentence}{others}")


def codes(outcomes: Iterable[Outcome]) -> str:
    return ", ".join(outcome.rule.code for outcome in outcomes)


def show(gate: str, day: date, outcomes: list[Outcome]) -> None:
    console = Console()
    for outcome in outcomes:
        if not outcome.is_passed:
            console.print(f"{outcome.rule.severity}: {escape(outcome.sentence)}", highlight=False, soft_wrap=True)
    held = sum(outcome.is_passed for outcome in outcomes)
    console.print(f"{gate} gate of {day}: {held} of {len(outcomes)} rules hold", highlight=False)
