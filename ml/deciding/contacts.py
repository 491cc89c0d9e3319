"""How often each customer may still be contacted: over all channels together, and on each channel."""

from datetime import date

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, IntArray

ALL = "all"


def count_contact_days(contacts: pd.DataFrame, customers: int, day: date, window_days: int) -> IntArray:
    """Distinct days on which each customer was contacted within the window that ends with the day, the day excluded.

    >>> contacts = pd.DataFrame({"customer": [0, 0, 0, 1], "contact_date": pd.to_datetime(
    ...     ["2017-11-26", "2017-11-26", "2017-11-21", "2017-11-20"])})
    >>> count_contact_days(contacts, 3, date(2017, 11, 27), window_days=7).tolist()
    [2, 0, 0]
    """
    days_ago = (pd.Timestamp(day) - pd.to_datetime(contacts["contact_date"])).dt.days
    recent = contacts[(days_ago > 0) & (days_ago < window_days) & (contacts["customer"] >= 0)]
    distinct = recent[["customer", "contact_date"]].drop_duplicates()
    return np.bincount(distinct["customer"].to_numpy(dtype=np.int64), minlength=customers)


def complete_limits(limits: pd.DataFrame, contacts: int, window_days: int) -> pd.DataFrame:
    """The managers' limits per channel; the parameters limit all channels together where they set nothing for that.

    >>> limits = pd.DataFrame({"channel": ["app"], "contacts": [1], "window_days": [2]})
    >>> complete_limits(limits, contacts=2, window_days=7).values.tolist()
    [['app', 1, 2], ['all', 2, 7]]
    """
    if (limits["channel"] == ALL).any():
        return limits
    row = pd.DataFrame({"channel": [ALL], "contacts": [contacts], "window_days": [window_days]})
    return row if limits.empty else pd.concat([limits, row], ignore_index=True)


def longest_window(limits: pd.DataFrame) -> int:
    return int(limits["window_days"].max())


def remaining_contacts(limits: pd.DataFrame, contacts: pd.DataFrame, customers: int, day: date) -> dict[str, IntArray]:
    """Contacts that each of so many customers may still get today, by channel and for `all` together.

    `limits` has channel, contacts and window_days; `contacts` customer (code), channel and contact_date. A message
    counts on its channel and for all; however many offers a day's messages hold, the day counts once.

    >>> limits = pd.DataFrame({"channel": ["all", "app"], "contacts": [2, 1], "window_days": [7, 7]})
    >>> seen = pd.DataFrame({"customer": [0, 1], "channel": ["app", "mail"],
    ...     "contact_date": pd.to_datetime(["2017-11-26", "2017-11-26"])})
    >>> {name: left.tolist() for name, left in remaining_contacts(limits, seen, 2, date(2017, 11, 27)).items()}
    {'all': [1, 1], 'app': [0, 1]}
    """
    left = {}
    for channel, most, window in zip(limits["channel"], limits["contacts"], limits["window_days"], strict=True):
        counted = contacts if channel == ALL else contacts[contacts["channel"] == channel]
        used = count_contact_days(counted, customers, day, int(window))
        left[str(channel)] = np.maximum(int(most) - used, 0)
    return left


def has_room_on_channel(customer: IntArray, channel: np.ndarray, left: dict[str, IntArray]) -> BoolArray:
    """Whether each pair's customer may still be contacted on the channel beside it."""
    has_room = np.ones(len(customer), dtype=bool)
    for name, contacts in left.items():
        if name != ALL:
            has_room &= (channel != name) | (contacts[customer] > 0)
    return has_room
