"""How far the features moved since the previous run."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Folded, Section, Table
from ml.reporting.words import count, decimals, plural

INDEX = "population_stability_index"


def describe_drift(facts: Facts) -> Section:
    drift = facts.frames.drift
    title = "What changed in the data"
    shifts = known_shifts(drift)
    if shifts.empty and drift.dropna(subset=["previous"]).empty:
        return Section("drift", title, "Not available because there is no earlier run to compare the features with.")
    shown = shifts.head(facts.parameters.report.drift_rows)
    return Section(
        anchor="drift",
        title=title,
        takeaway=drift_takeaway(shifts, facts),
        explanation=(
            "Compares every feature with the previous run. The population stability index adds up how far the shares "
            "of customers (or products) per range of a feature moved: 0 is no change. The limits are rules of thumb, "
            "not tests."
        ),
        blocks=(*((shift_figure(shown, facts),) if len(shown) else ()), *mean_table(drift, facts)),
    )


def known_shifts(drift: pd.DataFrame) -> pd.DataFrame:
    """Stability indexes that could be computed, largest first."""
    shifts = drift[(drift["statistic"] == INDEX) & drift["now"].notna()]
    return shifts.sort_values(["now", "table_name", "column_name"], ascending=[False, True, True])


def drift_takeaway(shifts: pd.DataFrame, facts: Facts) -> str:
    noticeable, _ = facts.parameters.report.drift_limits
    moved = shifts[shifts["now"] >= noticeable]
    if moved.empty:
        features = plural(len(shifts), "feature")
        return f"None of {features} moved noticeably since the previous run (index below {noticeable:g})."
    first = next(rows_of(moved))
    return (
        f"{count(len(moved))} of {plural(len(shifts), 'feature')} moved noticeably since the previous run, most of all "
        f"“{names.column(first.column_name)}” of {names.table(first.table_name)} (index {decimals(first.now, 2)})."
    )


def shift_figure(shifts: pd.DataFrame, facts: Facts) -> Figure:
    noticeable, strong = facts.parameters.report.drift_limits
    frame = pd.DataFrame(
        {
            "label": [f"{names.column(row.column_name)} ({names.table(row.table_name)})" for row in rows_of(shifts)],
            "value": shifts["now"],
            "text": [decimals(value) for value in shifts["now"]],
            "tone": ["second" if value >= noticeable else "accent" for value in shifts["now"]],
        }
    )
    rows = tuple(
        (names.column(row.column_name), names.table(row.table_name), decimals(row.now)) for row in rows_of(shifts)
    )
    return Figure(
        title="Features that moved most",
        text=f"Population stability index; marks: noticeable from {noticeable:g}, strong from {strong:g}.",
        spec=charts.shift_bars(frame, [noticeable, strong], "population stability index (no unit)"),
        numbers=Table(("Feature", "Table", "Index"), rows, "Features that moved most", frozenset({2})),
        is_wide=True,
    )


def mean_table(drift: pd.DataFrame, facts: Facts) -> tuple[Folded, ...]:
    moved = drift[drift["statistic"] != INDEX].dropna(subset=["now", "previous"])
    size = (moved["now"] - moved["previous"]).abs() / moved["previous"].abs().clip(lower=1e-9)
    moved = moved.assign(size=size)[size > 0].sort_values(["size", "column_name"], ascending=[False, True])
    moved = moved.head(facts.parameters.report.drift_rows)
    if moved.empty:
        return ()
    rows = tuple(
        (
            names.column(row.column_name),
            names.table(row.table_name),
            names.column(row.statistic),
            decimals(row.previous),
            decimals(row.now),
        )
        for row in rows_of(moved)
    )
    head = ("Feature", "Table", "Statistic", "Previous run", "This run")
    title = "Means and shares of missing values that changed most"
    return (Folded(title, Table(head, rows, f"{title}, in the unit of the feature", frozenset({3, 4}))),)
