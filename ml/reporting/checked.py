"""The gates: which rules held, and what was observed where one did not."""

from typing import Any

import pandas as pd

from ml.reporting import names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Block, DotRows, Folded, Mark, Part, Section, Table
from ml.reporting.words import count, plural

OUTCOMES = {"held": "good", "warning": "warn", "stopped the run": "bad"}


def describe_gates(facts: Facts) -> Section:
    gates = with_outcome(facts.frames.gates)
    title = "Checks the run had to pass"
    if gates.empty:
        return Section("gates", title, "Not available because no gate recorded a result for this day.")
    return Section(
        anchor="gates",
        title=title,
        takeaway=gate_takeaway(gates),
        explanation=(
            "A gate stands at every border: raw data, features, scores, decisions. A critical rule that fails stops "
            "the run before anything is published; a warning is recorded and the run goes on."
        ),
        blocks=(gate_dots(gates), *gate_tables(gates)),
    )


def with_outcome(gates: pd.DataFrame) -> pd.DataFrame:
    failure = gates["severity"].map({"critical": "stopped the run"}).fillna("warning")
    return gates.assign(outcome=failure.mask(gates["is_passed"].astype(bool), "held"))


def gate_takeaway(gates: pd.DataFrame) -> str:
    numbers = gates["outcome"].value_counts()
    held = int(numbers.get("held", 0))
    if held == len(gates):
        return f"All {count(len(gates))} rules held."
    critical, warnings = int(numbers.get("stopped the run", 0)), int(numbers.get("warning", 0))
    return (
        f"{count(held)} of {count(len(gates))} rules held; {plural(critical, 'critical failure')} and "
        f"{plural(warnings, 'warning')}."
    )


def gate_dots(gates: pd.DataFrame) -> DotRows:
    order = [*names.GATES, *sorted(set(gates["gate"]) - set(names.GATES))]
    rows = tuple(dot_row(gate, gates[gates["gate"] == gate]) for gate in order if (gates["gate"] == gate).any())
    return DotRows("Rules by gate", "One dot is one rule.", rows)


def dot_row(gate: str, rules: pd.DataFrame) -> tuple[str, str, tuple[Part, ...]]:
    numbers = rules["outcome"].value_counts()
    parts = tuple(
        Part(outcome, count(numbers[outcome]), int(numbers[outcome]), tone)
        for outcome, tone in OUTCOMES.items()
        if outcome in numbers
    )
    return names.gate(gate), f"{count(numbers.get('held', 0))} of {count(len(rules))} held", parts


def gate_tables(gates: pd.DataFrame) -> tuple[Block, ...]:
    failed, held = gates[gates["outcome"] != "held"], gates[gates["outcome"] == "held"]
    open_table = (gate_table(failed, "Rules that did not hold"),) if len(failed) else ()
    folded = (
        (Folded(f"{plural(len(held), 'rule')} that held", gate_table(held, "Rules that held")),) if len(held) else ()
    )
    return (*open_table, *folded)


def gate_table(gates: pd.DataFrame, caption: str) -> Table:
    head = ("Rule", "Result", "Gate", "Table", "Observed", "Limit", "Why this limit")
    return Table(head, tuple(gate_row(row) for row in rows_of(gates)), caption)


def gate_row(row: Any) -> tuple[str | Mark, ...]:
    return (
        f"{row.code} {row.rule}",
        Mark(names.plain(row.outcome), OUTCOMES[row.outcome]),
        names.gate(row.gate),
        row.table_name or "",
        row.observed_text or "",
        row.limit_text or "",
        row.reason or "",
    )
