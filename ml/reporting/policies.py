"""What other policies would have earned, as the log tells it."""

import pandas as pd

from ml.reporting.data import rows_of
from ml.reporting.effects import with_range
from ml.reporting.facts import Facts
from ml.reporting.page import Table
from ml.reporting.words import count

HEADLINE = ("dr", "snips")  # the doubly robust one where there is a model of the reward
ESTIMATORS = {"dr": "model and log together", "snips": "log alone, weighted"}


def show_policies(facts: Facts) -> tuple[Table, ...]:
    """Value of each policy per customer and decision, and what it gains over showing nothing, or why there is none."""
    policies = facts.frames.policies
    if policies.empty:
        return ()
    first = policies.assign(place=policies["estimator"].map({name: place for place, name in enumerate(HEADLINE)}))
    kept = first.dropna(subset="place").sort_values("place", kind="stable").drop_duplicates(["origin", "policy"])
    named = kept.rename(columns={"low": "value_low", "high": "value_high"}).sort_values(["origin", "policy"])
    rows = tuple(
        (
            f"{row.policy}, lots drawn by the {row.origin}",
            with_range(row, "value", facts) if not row.refusal else f"cannot be told: {row.refusal}",
            with_range(row, "gain", facts),
            ESTIMATORS[row.estimator],
            count(row.effective_count),
        )
        for row in rows_of(named)
    )
    head = ("Policy", "Value per decision (95% interval)", "Gain over nothing", "Told from", "Customers it rests on")
    caption = (
        "What other policies would have earned in margin less discounts per customer and decision, "
        f"{days_of(policies)} decisions of a single offer"
    )
    return (Table(head, rows, caption, frozenset({1, 2, 4})),)


def days_of(policies: pd.DataFrame) -> str:
    return count(policies.groupby("origin")["decision_count"].max().sum())
