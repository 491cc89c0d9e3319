"""When to send an offer: the customer's hour on the shop's clock, as UTC."""

from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd


def choose_send_times(preferred_hour: pd.Series, day: date, time_zone: str, terms: SimpleNamespace) -> pd.Series:
    """UTC timestamps on the shop's day at the hour each customer prefers, held within the hours that do not annoy.

    `preferred_hour` is in UTC as features have it, missing where unknown; the hours of the terms are the shop's.

    >>> terms = SimpleNamespace(default_send_hour=17, earliest_send_hour=9, latest_send_hour=20)
    >>> hours = pd.Series([17.0, 4.0, None])  # in New York noon, an hour before midnight, unknown
    >>> choose_send_times(hours, date(2017, 11, 27), "America/New_York", terms).dt.strftime("%d %H:%M").tolist()
    ['27 17:00', '28 01:00', '27 22:00']
    """
    local = {hour: to_local(day, hour, time_zone) for hour in preferred_hour.dropna().unique()}
    hours = preferred_hour.map(local).astype(float).fillna(terms.default_send_hour)
    held = hours.clip(terms.earliest_send_hour, terms.latest_send_hour).astype(int)
    moments = {hour: to_utc(day, hour, time_zone) for hour in np.unique(held)}
    return pd.to_datetime(held.map(moments)).astype("datetime64[us]")


def to_local(day: date, hour: float, time_zone: str) -> int:
    return datetime.combine(day, time(int(hour)), UTC).astimezone(ZoneInfo(time_zone)).hour


def to_utc(day: date, hour: int, time_zone: str) -> datetime:
    local = datetime.combine(day, time(int(hour)), ZoneInfo(time_zone))
    return local.astimezone(UTC).replace(tzinfo=None)
