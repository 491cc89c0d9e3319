"""Whether the run can be trusted: gates, drift of the features, time and memory."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.facts import Facts
from ml.reporting.page import Block, Figure, Folded, Mark, Note, Section, Table
from ml.reporting.words import count, decimals, duration, is_known, plural, share

WAY = [
    "ingest",
    "raw",
    "stage",
    "features",
    "validate",
    "train",
    "score",
    "scores",
    "decide",
    "decisions",
    "measure",
    "publish",
    "report",
]
MIB_PER_GIB = 1024


def describe_gates(facts: Facts) -> Section:
    gates = facts.frames.gates
    title = "Checks the run had to pass"
    if gates.empty:
        return Section("gates", title, "Not available because no gate recorded a result for this day.")
    passed = gates["is_passed"].astype(bool)
    return Section(
        anchor="gates",
        title=title,
        takeaway=gate_takeaway(gates, passed),
        explanation=(
            "A gate stands at every border: raw data, features, scores, decisions. A critical rule that fails stops the run "
            "before anything is published; a warning is recorded."
        ),
        blocks=(gate_figure(gates, passed), *gate_tables(gates, passed)),
    )


def gate_takeaway(gates: pd.DataFrame, passed: pd.Series) -> str:
    failed = gates[~passed]
    if failed.empty:
        return f"All {count(len(gates))} rules held."
    critical = int((failed["severity"] == "critical").sum())
    return (
        f"{count(passed.sum())} of {count(len(gates))} rules held; {plural(critical, 'critical rule')} and "
        f"{plural(len(failed) - critical, 'warning')} did not."
    )


def gate_figure(gates: pd.DataFrame, passed: pd.Series) -> Figure:
    by_gate = gates.assign(held=passed.astype(int)).groupby("gate", as_index=False)["held"].agg(["size", "sum"])
    by_gate = by_gate.sort_values("gate", key=lambda codes: codes.map(list(names.GATES).index))
    text = [f"{held} of {size} held" for size, held in zip(by_gate["size"], by_gate["sum"], strict=True)]
    frame = pd.DataFrame(
        {"label": by_gate["gate"].map(names.gate), "value": by_gate["size"], "held": by_gate["sum"], "text": text}
    )
    rows = tuple((row.label, count(row.value), count(row.held)) for row in frame.itertuples())
    return Figure(
        title="Rules by gate",
        text="How many rules each gate checked, and how many of them held.",
        spec=charts.held_bars(frame),
        numbers=Table(("Gate", "Rules", "Held"), rows, "Rules by gate", frozenset({1, 2})),
        is_wide=True,
    )


def gate_tables(gates: pd.DataFrame, passed: pd.Series) -> tuple[Block, ...]:
    failures = gates[~passed]
    held = Folded(f"All {count(passed.sum())} rules that held", gate_table(gates[passed], "Rules that held"))
    if failures.empty:
        return (held,)
    return (gate_table(failures, "Rules that did not hold"), held)


def gate_table(gates: pd.DataFrame, caption: str) -> Table:
    head = ("Result", "Gate", "Rule", "Table", "Observed", "Limit", "Why this limit")
    return Table(head, tuple(gate_row(row) for row in gates.itertuples()), caption)


def gate_row(row: "pd.core.frame.Series") -> tuple[str | Mark, ...]:
    failure = Mark("Stopped the run", "bad") if row.severity == "critical" else Mark("Warning", "warn")
    result = Mark("Held", "good") if row.is_passed else failure
    rule = f"{row.code} {row.rule}"
    return (
        result,
        names.gate(row.gate),
        rule,
        row.table_name or "",
        row.observed_text or "",
        row.limit_text or "",
        row.reason or "",
    )


def describe_drift(facts: Facts) -> Section:
    drift = facts.frames.drift
    title = "What changed in the data"
    if drift.dropna(subset=["previous"]).empty:
        return Section("drift", title, "Not available because there is no earlier run to compare the features with.")
    shifts = drift.query("statistic == 'population_stability_index'").sort_values(
        ["now", "column_name"], ascending=[False, True]
    )
    shifts = shifts[shifts["now"].notna()].head(facts.parameters.report.drift_rows)
    figures = (shift_figure(shifts, facts),) if len(shifts) else ()
    return Section(
        anchor="drift",
        title=title,
        takeaway=drift_takeaway(drift, facts),
        explanation=(
            "Compares every feature with the previous run. The population stability index sums how far the shares of customers "
            "per range of a feature moved: 0 is no change. The limits are rules of thumb, not tests."
        ),
        blocks=(*figures, *mean_table(drift, facts)),
    )


def drift_takeaway(drift: pd.DataFrame, facts: Facts) -> str:
    noticeable, _ = facts.parameters.report.drift_limits
    shifts = drift.query("statistic == 'population_stability_index'").dropna(subset=["now"])
    moved = shifts[shifts["now"] >= noticeable]
    if moved.empty:
        return f"None of {plural(len(shifts), 'feature')} moved noticeably since the previous run (index below {noticeable:g})."
    first = moved.sort_values(["now", "column_name"], ascending=[False, True]).iloc[0]
    return (
        f"{count(len(moved))} of {plural(len(shifts), 'feature')} moved noticeably since the previous run, most of all "
        f"“{names.column(first['column_name'])}” of {names.column(first['table_name'])} (index {decimals(first['now'], 2)})."
    )


def shift_figure(shifts: pd.DataFrame, facts: Facts) -> Figure:
    noticeable, strong = facts.parameters.report.drift_limits
    frame = pd.DataFrame(
        {
            "label": [names.column(column) for column in shifts["column_name"]],
            "value": shifts["now"],
            "text": [
                f"{decimals(value, 3)} ({table})"
                for value, table in zip(shifts["now"], shifts["table_name"], strict=True)
            ],
            "tone": ["second" if value >= noticeable else "accent" for value in shifts["now"]],
        }
    )
    # two tables may have a column of the same name
    frame["label"] += [" (2)" if again else "" for again in frame["label"].duplicated()]
    rows = tuple((row.table_name, names.column(row.column_name), decimals(row.now, 3)) for row in shifts.itertuples())
    return Figure(
        title="Features that moved most",
        text=f"Population stability index; dashed: noticeable from {noticeable:g}, strong from {strong:g}.",
        spec=charts.shift_bars(frame, [noticeable, strong], "population stability index, no unit"),
        numbers=Table(("Table", "Feature", "Index"), rows, "Features that moved most", frozenset({2})),
        is_wide=True,
    )


def mean_table(drift: pd.DataFrame, facts: Facts) -> tuple[Folded, ...]:
    moved = drift.query("statistic != 'population_stability_index'").dropna(subset=["now", "previous"])
    size = (moved["now"] - moved["previous"]).abs() / moved["previous"].abs().clip(lower=1e-9)
    moved = moved.assign(size=size).query("size > 0").sort_values(["size", "column_name"], ascending=[False, True])
    moved = moved.head(facts.parameters.report.drift_rows)
    if moved.empty:
        return ()
    rows = tuple(
        (
            row.table_name,
            names.column(row.column_name),
            names.column(row.statistic),
            decimals(row.previous),
            decimals(row.now),
        )
        for row in moved.itertuples()
    )
    head = ("Table", "Feature", "Statistic", "Previous run", "This run")
    title = "Means and shares of missing values that changed most"
    return (Folded(title, Table(head, rows, f"{title}, in the unit of the feature", frozenset({3, 4}))),)


def describe_times(facts: Facts) -> Section:
    title = "How long it took"
    stages = in_order(facts.frames.stages)
    if stages.empty:
        return Section(
            "times", title, "Not available because no stage recorded its duration for this day.", varies=True
        )
    first = stages.loc[stages["seconds"].idxmax()]
    peak = stages["peak_memory_mib"].max()
    memory = f"; at most {peak / MIB_PER_GIB:.1f} GiB of memory in one stage" if is_known(peak) else ""
    return Section(
        anchor="times",
        title=title,
        takeaway=f"{duration(stages['seconds'].sum())} in all, longest {first['stage']} ({duration(first['seconds'])}){memory}.",
        explanation="Sum over stages as last run for this day; writing this report is not in it. The only part of the page that differs when a day is run again.",
        blocks=(time_figure(stages),),
        varies=True,
    )


def in_order(stages: pd.DataFrame) -> pd.DataFrame:
    """Stages in the order of the way, without this report's own time."""
    place = {name: position for position, name in enumerate(WAY)}
    known = stages.query("stage != 'report'")
    return known.assign(place=known["stage"].map(place).fillna(len(WAY))).sort_values(["place", "stage"])


def time_figure(stages: pd.DataFrame) -> Figure:
    frame = pd.DataFrame(
        {
            "label": stages["stage"],
            "value": stages["seconds"],
            "text": stages["seconds"].map(duration),
            "tone": "accent",
        }
    )
    rows = tuple(
        (row.stage, duration(row.seconds), count(row.rows), f"{count(row.peak_memory_mib)} MiB")
        for row in stages.itertuples()
    )
    return Figure(
        title="Time per stage",
        text="Wall-clock time of each stage, in the order in which they ran.",
        spec=charts.ranked_bars(frame),
        numbers=Table(
            ("Stage", "Time", "Rows", "Largest memory"), rows, "Time, rows and memory per stage", frozenset({1, 2, 3})
        ),
        is_wide=True,
    )
