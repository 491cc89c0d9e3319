"""Days of the simulated shop: weeks that begin on Monday, the year's swing, and festivals with their ramps."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np

from simulator.catalogue import Catalogue, FloatArray

YEAR_DAYS = 365.25


def date_of(known: SimpleNamespace, day: int) -> date:
    return known.world.first_day + timedelta(days=int(day))


def day_number(known: SimpleNamespace, day: date) -> int:
    return (day - known.world.first_day).days


def week_number(known: SimpleNamespace, day: int) -> int:
    """Weeks since the Monday on or before the first day."""
    return (day + known.world.first_day.weekday()) // 7


def monday_of(known: SimpleNamespace, week: int) -> int:
    """Number of the day on which a week begins; negative for the Monday before the first day."""
    return 7 * week - known.world.first_day.weekday()


def bustle(known: SimpleNamespace, day: int) -> float:
    """How many wishes to buy a day sees against a usual one."""
    today, seasons = date_of(known, day), known.seasons
    year = 1 + seasons.year_swing * np.cos(2 * np.pi * (today.timetuple().tm_yday - 350) / YEAR_DAYS)
    return float(
        seasons.week[today.weekday()] * year * np.prod([festival(known, today, name) for name in seasons.festivals])
    )


def festival(known: SimpleNamespace, today: date, name: str) -> float:
    """Waiting in the middle of the ramp, a rush towards the day, and quiet days after it."""
    of = known.seasons
    peak = date.fromisoformat(f"{today.year}-{name}")
    left = (peak - today).days
    if 0 <= left <= of.festival_ramp:
        rush = of.festival_lift * np.exp(-of.festival_rush * left)
        waiting = of.festival_dip * np.exp(-(((left - of.festival_ramp / 2) / of.festival_waiting) ** 2))
        return 1 + rush - waiting
    is_quiet = -of.festival_quiet_days <= left < 0
    return 1 - of.festival_dip * np.exp(left / of.festival_quiet) if is_quiet else 1.0


def category_seasons(known: SimpleNamespace, catalogue: Catalogue, day: int) -> FloatArray:
    """Demand of each category against its mean over the year."""
    of_year = date_of(known, day).timetuple().tm_yday
    return 1 + catalogue.swing * np.cos(2 * np.pi * (of_year - catalogue.peak_day) / YEAR_DAYS)
