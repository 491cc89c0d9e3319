"""When to send an offer: the customer's hour on the shop's clock, as UTC."""

from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd


def choose_send_times(preferred_hour: pd.Series, day: date, time_zone: str, terms: SimpleNamespace) -> pd.Series:
    """UTC timestamps at each customer's preferred hour of the shop's day, held within the hours that do not annoy.

    >>> terms = SimpleNamespace(default_send_hour=17, earliest_send_hour=9, latest_send_hour=20)
    >>> hours = pd.Series([12.0, 23.0, None])
    >>> choose_send_times(hours, date(2017, 11, 27), "America/New_York", terms).dt.strftime("%d %H:%M").tolist()
    ['27 17:00', '28 01:00', '27 22:00']
    """
    hours = preferred_hour.astype(float).fillna(terms.default_send_hour)
    held = hours.clip(terms.earliest_send_hour, terms.latest_send_hour).astype(int)
    moments = {hour: to_utc(day, hour, time_zone) for hour in np.unique(held)}
    return pd.to_datetime(held.map(moments)).astype("datetime64[us]")


def to_utc(day: date, hour: int, time_zone: str) -> datetime:
    local = datetime.combine(day, time(int(hour)), ZoneInfo(time_zone))
    return local.astimezone(UTC).replace(tzinfo=None)
