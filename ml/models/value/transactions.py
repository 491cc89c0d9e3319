"""What customer value is learned from: who bought when for how much; and its summary per customer."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

DAYS_PER_WEEK = 7.0
COLUMNS = ("customer_id", "ds", "amount")


@dataclass(frozen=True)
class Transactions:
    """Purchases before a day and the days ahead that are asked about.

    `frame` has a row per purchase: customer_id, ds (day), amount (currency); `as_of` is the first day not known,
    `horizon_days` how far to look ahead from it.
    """

    frame: pd.DataFrame
    as_of: date
    horizon_days: int

    def before(self, day: date, horizon_days: int | None = None) -> "Transactions":
        """What was known on an earlier day."""
        known = self.frame[self.frame["ds"] < pd.Timestamp(day)]
        return replace(self, frame=known, as_of=day, horizon_days=horizon_days or self.horizon_days)

    @property
    def history_days(self) -> int:
        """Days from the first purchase of anybody to the day it is."""
        return (self.as_of - self.frame["ds"].min().date()).days if len(self.frame) else 0


def read_transactions(frame: pd.DataFrame, as_of: date, horizon_days: int) -> Transactions:
    """Transactions from a frame of anywhere; ValueError where a column lacks. Rows from `as_of` on are left out.

    Purchases of a customer on one day are one, as Fader, Hardie & Lee (2005) count them.

    >>> raw = pd.DataFrame({"customer_id": ["a", "a"], "ds": ["2024-01-01"] * 2, "amount": [2.0, 3.0]})
    >>> float(read_transactions(raw, date(2024, 2, 1), 28).frame["amount"].iloc[0])
    5.0
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise ValueError(f"transactions need the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing")
    days = frame.assign(ds=pd.to_datetime(frame["ds"]).dt.as_unit("ns").dt.normalize())
    known = days[days["ds"] < pd.Timestamp(as_of)]
    summed = known.groupby(["customer_id", "ds"], observed=True)["amount"].sum().reset_index()
    return Transactions(summed.assign(amount=summed["amount"].astype(float)), as_of, horizon_days)


def summarise(transactions: Transactions) -> pd.DataFrame:
    """A row per customer, by customer_id: frequency, recency, age (weeks), amount, count.

    frequency: days with a purchase after the first; recency: weeks from the first purchase to the last; age: weeks
    from the first purchase to the last day known; amount: mean currency per such day; count: such days.

    >>> raw = pd.DataFrame({"customer_id": ["a"] * 2, "ds": ["2024-01-01", "2024-01-15"], "amount": [2.0, 4.0]})
    >>> summarise(read_transactions(raw, date(2024, 1, 30), 28)).iloc[0].to_dict()
    {'frequency': 1.0, 'recency': 2.0, 'age': 4.0, 'amount': 3.0, 'count': 2.0}
    """
    frame = transactions.frame
    grouped = frame.groupby("customer_id", observed=True).agg(
        first=("ds", "min"), last=("ds", "max"), count=("ds", "size"), amount=("amount", "mean")
    )
    now = pd.Timestamp(transactions.as_of - timedelta(days=1))
    return pd.DataFrame(
        {
            "frequency": grouped["count"] - 1.0,
            "recency": (grouped["last"] - grouped["first"]).dt.days / DAYS_PER_WEEK,
            "age": (now - grouped["first"]).dt.days / DAYS_PER_WEEK,
            "amount": grouped["amount"].clip(lower=0),
            "count": grouped["count"].astype(float),
        }
    ).sort_index()


def outcomes(transactions: Transactions, opened: date, days: int) -> pd.DataFrame:
    """Orders (days with a purchase) and spend (currency) in the `days` from `opened`, per customer known before it."""
    frame = transactions.frame
    start, end = pd.Timestamp(opened), pd.Timestamp(opened + timedelta(days=days))
    later = frame[(frame["ds"] >= start) & (frame["ds"] < end)].groupby("customer_id", observed=True)["amount"]
    known = np.sort(frame.loc[frame["ds"] < start, "customer_id"].unique())
    found = pd.DataFrame({"orders": later.size(), "spend": later.sum()}).reindex(known).fillna(0.0)
    return found.clip(lower=0).rename_axis("customer_id")


def judged_days(transactions: Transactions, parts: int = 3) -> int:
    """Days of the newest closed window on which a prediction may be judged: the horizon, or a share of a short history.

    >>> raw = pd.DataFrame({"customer_id": ["a"], "ds": ["2024-01-01"], "amount": [1.0]})
    >>> [judged_days(read_transactions(raw, date(2024, 3, 31), days)) for days in (28, 91)]
    [28, 30]
    """
    return max(1, min(transactions.horizon_days, transactions.history_days // parts))
