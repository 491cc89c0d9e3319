"""What everything together earned: all customers who may be decided for, against those held out for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, FloatArray
from ml.measuring.effects import MONEY, ORDERS, Reading, finite, widen_by_looks
from ml.measuring.lift import Lift, estimate_lift

WEEK = 7
BEFORE = -1  # the week that stands for the days before a customer's first decision
OUTCOMES = {"orders": ORDERS, "revenue": MONEY, "earned": MONEY, "cost": MONEY}
COLUMNS = [
    "period", "first_day", "last_day", "quantity", "unit", "value", "low", "high", "sequential_low", "sequential_high",
    "total", "total_low", "total_high", "customers", "held_out_customers", "method",
]  # fmt: skip


@dataclass(frozen=True)
class Period:
    """Days that are looked at together: `name` is 'since start' or 'week'."""

    name: str
    first: date
    last: date
    weeks: range


def measure_programme(amounts: pd.DataFrame, is_held_out: BoolArray, day: date, reading: Reading) -> pd.DataFrame:
    """One row per period (since the start, and each week) and quantity: orders, revenue, margin earned, discounts.

    `amounts` holds per customer and week since the start (queries/programme.sql; -1 for the days before) orders and
    currency, `is_held_out` the lot of each of the customers in the order of their ids. `earned` is margin after all
    discounts. Everybody whom a lot did not hold out counts as treated, offered or not (intention to treat); totals are
    over these. Empty where nothing was decided before the day or nobody is held out.
    """
    customers = amounts.groupby("customer_id", sort=True)["first_day"].first()
    if min(is_held_out.sum(), (~is_held_out).sum()) < reading.least_customers:
        return pd.DataFrame(columns=COLUMNS)
    start = customers.min()
    rows = [
        describe(period, quantity, compare(amounts, period, quantity, customers, is_held_out, reading), reading)
        for period in list_periods(start, day)
        for quantity in OUTCOMES
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def list_periods(start: date, day: date) -> Iterator[Period]:
    """The whole time, then week by week; the last week may still be running.

    >>> [(period.name, period.last.day) for period in list_periods(date(2025, 12, 1), date(2025, 12, 10))]
    [('since start', 9), ('week', 7), ('week', 9)]
    """
    yesterday, weeks = day - timedelta(1), (day - start - timedelta(1)).days // WEEK + 1
    yield Period("since start", start, yesterday, range(weeks))
    for week in range(weeks):
        first = start + timedelta(WEEK * week)
        yield Period("week", first, min(first + timedelta(WEEK - 1), yesterday), range(week, week + 1))


def compare(
    amounts: pd.DataFrame,
    period: Period,
    quantity: str,
    customers: pd.Series,
    is_held_out: BoolArray,
    reading: Reading,
) -> Lift:
    """Customers known when the period began, treated against held out, adjusted for what they bought before."""
    place = pd.Index(customers.index)
    known = np.ones(len(place), dtype=bool) if period.name != "week" else (customers <= period.first).to_numpy(bool)
    outcome = add_up(amounts[amounts["week"].isin(period.weeks)], quantity, place)
    before = amounts[amounts["week"] == BEFORE]
    covariates = np.column_stack([add_up(before, name, place) for name in ("orders", "earned")])
    return estimate_lift(outcome[known], ~is_held_out[known], covariates[known], confidence=reading.confidence)


def add_up(amounts: pd.DataFrame, quantity: str, customers: pd.Index) -> FloatArray:
    where = customers.get_indexer(pd.Index(amounts["customer_id"]))
    return np.bincount(where, amounts[quantity].to_numpy(dtype=float), len(customers)).astype(float)


def describe(period: Period, quantity: str, lift: Lift, reading: Reading) -> dict:
    early = widen_by_looks(lift, (period.last - period.first).days + 1, reading.confidence)
    return {
        "period": period.name,
        "first_day": period.first,
        "last_day": period.last,
        "quantity": quantity,
        "unit": OUTCOMES[quantity],
        "value": lift.value,
        "low": finite(lift.low),
        "high": finite(lift.high),
        "sequential_low": finite(early.low),
        "sequential_high": finite(early.high),
        "total": lift.value * lift.treated_count,
        "total_low": finite(lift.low) * lift.treated_count,
        "total_high": finite(lift.high) * lift.treated_count,
        "customers": lift.treated_count,
        "held_out_customers": lift.control_count,
        "method": f"{lift.method}; everybody against the held-out customers",
    }
