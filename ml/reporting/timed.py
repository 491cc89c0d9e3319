"""How long each stage took and how much memory it held."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Section, Table
from ml.reporting.words import count, duration, is_known

WAY = (
    "ingest",
    "validate_raw",
    "stage",
    "features",
    "validate_features",
    "train",
    "score",
    "validate_scores",
    "decide",
    "validate_decisions",
    "measure",
    "marts",
    "publish",
)
MIB_PER_GIB = 1024


def describe_times(facts: Facts) -> Section:
    title = "How long it took"
    stages = in_order(facts.frames.stages)
    if stages.empty:
        return Section(
            "times", title, "Not available because no stage recorded its duration for this day.", varies=True
        )
    return Section(
        anchor="times",
        title=title,
        takeaway=time_takeaway(stages),
        explanation=(
            "Each stage as it last ran for this day; writing this report is not in it. This is the only part of the "
            "page that differs when a day is run again."
        ),
        blocks=(time_figure(stages), memory_figure(stages)),
        varies=True,
    )


def time_takeaway(stages: pd.DataFrame) -> str:
    longest = next(rows_of(stages.nlargest(1, "seconds")))
    peak = float(stages["peak_memory_mib"].max())
    memory = f"; no stage held more than {gib(peak)} of memory" if is_known(peak) else ""
    return (
        f"{duration(stages['seconds'].sum())} in all, longest “{longest.stage}” ({duration(longest.seconds)}){memory}."
    )


def in_order(stages: pd.DataFrame) -> pd.DataFrame:
    """Stages in the order of the way, without this report's own time."""
    known = stages[stages["stage"] != "report"]
    place = known["stage"].map({name: position for position, name in enumerate(WAY)}).fillna(len(WAY))
    return known.assign(place=place, stage=known["stage"].map(names.column)).sort_values(["place", "stage"])


def gib(mib: float) -> str:
    """
    >>> gib(1536)
    '1.5 GiB'
    """
    return f"{mib / MIB_PER_GIB:.1f} GiB" if is_known(mib) else "not known"


def time_figure(stages: pd.DataFrame) -> Figure:
    frame = pd.DataFrame({"label": stages["stage"], "value": stages["seconds"], "tone": "accent"})
    rows = tuple((row.stage, duration(row.seconds), count(row.rows)) for row in rows_of(stages))
    return Figure(
        title="Time per stage",
        text="Wall-clock time of each stage, in the order of the way.",
        spec=charts.ranked_bars(frame.assign(text=stages["seconds"].map(duration))),
        numbers=Table(("Stage", "Time", "Rows"), rows, "Time and rows per stage", frozenset({1, 2})),
    )


def memory_figure(stages: pd.DataFrame) -> Figure:
    frame = pd.DataFrame({"label": stages["stage"], "value": stages["peak_memory_mib"].fillna(0.0), "tone": "third"})
    rows = tuple((row.stage, f"{count(row.peak_memory_mib)} MiB") for row in rows_of(stages))
    return Figure(
        title="Memory per stage",
        text="Largest resident memory of each stage's process.",
        spec=charts.ranked_bars(frame.assign(text=stages["peak_memory_mib"].map(gib))),
        numbers=Table(("Stage", "Largest memory"), rows, "Memory per stage", frozenset({1})),
    )
