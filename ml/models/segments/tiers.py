"""Member tiers by what was spent in a rolling window: how far to the next, and until when the present one is kept."""

from datetime import date

import numpy as np
import pandas as pd

COLUMNS = ("tier", "next_tier", "next_tier_amount", "amount_to_next_tier", "next_tier_by", "tier_kept_until")


def next_tiers(
    purchases: pd.DataFrame, ladder: pd.DataFrame, as_of: date, window_days: int = 365, amounts: pd.Series | None = None
) -> pd.DataFrame:
    """Tier of each customer as of a day and what it takes to reach the next.

    `purchases` has customer_id, ds (day), amount (currency); `ladder` has tier, minimum_amount (currency in the last
    `window_days`); `amounts` are the customers' amounts of the window, summed from the purchases by default.
    Gives by customer_id: tier; next_tier and next_tier_amount (currency); amount_to_next_tier, what still has to be
    spent by next_tier_by, the last day before a purchase leaves the window; tier_kept_until, the last morning on which
    the tier holds without another purchase. Missing: no tier reached, none above, nothing that leaves.

    >>> days = ["2024-01-10", "2024-03-01"]
    >>> purchases = pd.DataFrame({"customer_id": ["a", "a"], "ds": days, "amount": [60.0, 50.0]})
    >>> ladder = pd.DataFrame({"tier": ["member", "gold"], "minimum_amount": [0.0, 150.0]})
    >>> found = next_tiers(purchases, ladder, date(2024, 4, 1)).loc["a"]
    >>> found["tier"], found["next_tier"], float(found["amount_to_next_tier"]), str(found["next_tier_by"].date())
    ('member', 'gold', 40.0, '2025-01-08')
    """
    inside = in_window(purchases, as_of, window_days)
    own = inside.groupby("customer_id")["amount"].sum() if amounts is None else amounts
    steps = ladder.sort_values("minimum_amount", ignore_index=True)
    held = np.searchsorted(steps["minimum_amount"].to_numpy(dtype=float), own.to_numpy(dtype=float), side="right") - 1
    padded = pd.concat([steps, pd.DataFrame({"tier": [None], "minimum_amount": [np.nan]})], ignore_index=True)
    following = padded.iloc[held + 1].set_axis(own.index)
    now = padded.iloc[np.where(held >= 0, held, len(steps))].set_axis(own.index)
    leaving = inside[inside["ds"] == first_day(as_of, window_days)].groupby("customer_id")["amount"].sum()
    counted = own - leaving.reindex(own.index).fillna(0.0)
    found = pd.DataFrame(
        {
            "tier": now["tier"],
            "next_tier": following["tier"],
            "next_tier_amount": following["minimum_amount"],
            "amount_to_next_tier": following["minimum_amount"] - counted,
        }
    )
    found["next_tier_by"] = (
        leaves_first(inside, as_of, window_days).reindex(own.index).where(found["next_tier"].notna())
    )
    found["tier_kept_until"] = kept_until(inside, own, now["minimum_amount"], window_days)
    return found[list(COLUMNS)]


def first_day(as_of: date, window_days: int) -> pd.Timestamp:
    return pd.Timestamp(as_of) - pd.Timedelta(days=window_days)


def in_window(purchases: pd.DataFrame, as_of: date, window_days: int) -> pd.DataFrame:
    days = purchases.assign(ds=pd.to_datetime(purchases["ds"]).dt.as_unit("ns").dt.normalize())
    return days[(days["ds"] >= first_day(as_of, window_days)) & (days["ds"] < pd.Timestamp(as_of))]


def leaves_first(inside: pd.DataFrame, as_of: date, window_days: int) -> pd.Series:
    """The last day a purchase counts beside all that counts tomorrow: then the oldest of it leaves the window."""
    oldest = inside[inside["ds"] > first_day(as_of, window_days)].groupby("customer_id")["ds"].min()
    return oldest + pd.Timedelta(days=window_days - 1)


def kept_until(inside: pd.DataFrame, own: pd.Series, minimum: pd.Series, window_days: int) -> pd.Series:
    """The last morning on which what is left in the window reaches the tier's minimum; missing for a minimum of 0."""
    daily = inside.groupby(["customer_id", "ds"])["amount"].sum().reset_index().sort_values(["customer_id", "ds"])
    left = daily["customer_id"].map(own) - daily.groupby("customer_id")["amount"].cumsum()
    limit = daily["customer_id"].map(minimum)
    short = daily[(left < limit - 1e-9) & (limit > 0)]
    return (short.groupby("customer_id")["ds"].min() + pd.Timedelta(days=window_days)).reindex(own.index)
