"""How each customer lives on offers, apart from whom the account has something in common with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.models.abuse.activity import Activity, IntArray, days_before

DEEP = 0.9  # an order reduced more than nine of ten is one of deeply reduced goods
STOCKED = 3  # times the usual units of a product, bought reduced, are a stock
SPAN = 1_000_000  # days between one customer's first and the next customer's in a joint number


@dataclass(frozen=True)
class Windows:
    """Days that count before the day asked about, days within which uses are quick, days in which one looks before."""

    window_days: int = 180
    velocity_days: int = 7
    visit_days: int = 7


def measure_behaviour(activity: Activity, windows: Windows) -> pd.DataFrame:
    """A row per customer: order_count, redemption_count, velocity (most uses in a week), offer_count (orders with one),
    stock_count (of deeply reduced goods, or of reduced ones in several times the usual units), offer_rate (of orders,
    drawn to 0 by two more orders),
    stocked_units (above the shop's usual, per reduced order), unvisited_rate, newcomer_count.

    >>> days = ["2026-03-01", "2026-03-02", "2026-03-01"]
    >>> orders = pd.DataFrame({"customer": ["a", "a", "b"], "time": days, "units": 1})
    >>> uses = pd.DataFrame({"customer": ["a", "a"], "time": days[:2], "is_for_newcomers": True})
    >>> found = measure_behaviour(Activity(("a", "b"), pd.Timestamp("2026-03-10").date(), orders, uses), Windows())
    >>> found[["order_count", "redemption_count", "velocity", "offer_rate"]].to_numpy().tolist()
    [[2.0, 2.0, 2.0, 0.5], [1.0, 0.0, 0.0, 0.0]]
    """
    orders, units, reduction = rows_of(activity, "orders", windows)
    uses, newcomers, _ = rows_of(activity, "redemptions", windows)
    visits, _, _ = rows_of(activity, "visits", windows)
    count = len(activity.customers)
    with_offer, usual = np.isin(orders, uses), float(np.median(units)) if len(units) else 0.0
    is_reduced = with_offer | (reduction > 0)
    deep = float(np.quantile(reduction, DEEP)) if len(reduction) else 0.0
    is_stock = (reduction > deep) | (is_reduced & (units >= STOCKED * usual))
    ordered, redeemed, reduced = (tally(keys, count) for keys in (orders, uses, orders[is_reduced]))
    stocked = tally(orders[is_reduced], count, np.maximum(units[is_reduced] - usual, 0))
    return pd.DataFrame(
        {
            "order_count": ordered,
            "redemption_count": redeemed,
            "velocity": most_within(uses, count, windows.velocity_days),
            "offer_count": tally(orders[with_offer], count),
            "stock_count": tally(orders[is_stock], count),
            "offer_rate": tally(orders[with_offer], count) / (ordered + 2),
            "stocked_units": stocked / (reduced + 1),
            "unvisited_rate": tally(uses[~looked_before(uses, visits, windows)], count) / (redeemed + 1),
            "newcomer_count": tally(uses, count, newcomers),
        }
    )


def rows_of(activity: Activity, name: str, windows: Windows) -> tuple[IntArray, np.ndarray, np.ndarray]:
    """Rows in the window as sorted numbers of customer and day, their amounts (units, or 0/1 for newcomers), and their
    reductions."""
    frame: pd.DataFrame = getattr(activity, name)
    place, age = activity.places(frame), days_before(frame["time"], activity.day)
    inside = (place >= 0) & (age >= 1) & (age <= windows.window_days)
    column = {"orders": "units", "redemptions": "is_for_newcomers"}.get(name)
    amounts = frame[column].to_numpy(float) if column else np.ones(len(frame))
    reduction = frame["reduction"].to_numpy(float) if "reduction" in frame else np.zeros(len(frame))
    keys = place * SPAN + SPAN // 2 - age
    order = np.lexsort((amounts[inside], keys[inside]))
    return keys[inside][order], np.nan_to_num(amounts[inside])[order], np.nan_to_num(reduction[inside])[order]


def tally(keys: IntArray, count: int, amounts: np.ndarray | None = None) -> np.ndarray:
    return np.bincount(keys // SPAN, amounts, minlength=count).astype(float)


def most_within(keys: IntArray, count: int, days: int) -> np.ndarray:
    """The most rows of a customer within so many days, (count,)."""
    most = np.zeros(count)
    inside = np.arange(1, len(keys) + 1) - np.searchsorted(keys, keys - days, side="right")
    np.maximum.at(most, keys // SPAN, inside.astype(float))
    return most


def looked_before(uses: IntArray, visits: IntArray, windows: Windows) -> np.ndarray:
    """Whether the customer visited in the days before a use, its own day left out; true where no visits are known."""
    if not len(visits):
        return np.ones(len(uses), dtype=bool)
    first = np.searchsorted(visits, uses - windows.visit_days, side="left")
    return np.asarray(np.searchsorted(visits, uses, side="left") > first)
