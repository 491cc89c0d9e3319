"""Habits of customers as numbers that learners use."""

from datetime import timedelta

import pandas as pd

from ml.models.value.transactions import Transactions, summarise

WINDOWS = (7, 28, 91)


def describe(data: Transactions) -> pd.DataFrame:
    """Habits by customer_id: the summary, weeks since the last purchase, orders and spend of recent windows."""
    known = summarise(data).drop(columns="frequency")
    known["silence"] = known["age"] - known["recency"]
    known["gap"] = known["recency"] / (known["count"] - 1).where(known["count"] > 1)
    known["silence_in_gaps"] = known["silence"] / known["gap"]
    for days in WINDOWS:
        lately = data.frame[data.frame["ds"] >= pd.Timestamp(data.as_of - timedelta(days=days))]
        grouped = lately.groupby("customer_id", observed=True)["amount"]
        known[f"orders_{days}"] = grouped.size().reindex(known.index).fillna(0.0)
        known[f"spend_{days}"] = grouped.sum().reindex(known.index).fillna(0.0)
    return known
