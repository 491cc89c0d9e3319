"""Time ahead in periods, and who ordered in which: the rows that discrete-time hazards are learned from."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.value.features import describe
from ml.models.value.transactions import DAYS_PER_WEEK, Transactions
from warehouse.errors import NotAvailable

BORDERS = (0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, 42, 56, 91, 182)
LEAST_HISTORY_DAYS = 28
OWN = ("silence", "silence_in_gaps")


def borders_of(horizon_days: int) -> npt.NDArray[np.int64]:
    """Borders (k + 1) of k periods in days ahead, from 0 to the horizon; a day each at first, wider later.

    >>> borders_of(9).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 9]
    """
    return np.array([*(border for border in BORDERS if border < horizon_days), horizon_days])


@dataclass(frozen=True)
class PersonPeriods:
    """Rows at risk: habits on the landmark (rows × traits), the period of each (rows), whether it ended in an order."""

    habits: pd.DataFrame
    period: npt.NDArray[np.int64]
    ordered: npt.NDArray[np.bool_]


def days_to_next(data: Transactions, customers: pd.Index, day: pd.Timestamp) -> FloatArray:
    """Days (n) from a day to the next purchase of each customer; not a number where none is known."""
    later = data.frame[data.frame["ds"] >= day].groupby("customer_id", observed=True)["ds"].min()
    return np.asarray((later - day).dt.days.reindex(customers), dtype=float)


def person_periods(data: Transactions, landmarks: int, step_days: int, sample: int) -> PersonPeriods:
    """What was at risk from each of `landmarks` days, `step_days` apart and before `as_of`; later periods are censored.

    A row per landmark, customer and period that began without an order and is over. Sources: Singer & Willett (1993),
    J. Educ. Stat. 18, on discrete time; van Houwelingen (2007), Scand. J. Stat. 34, on landmarks.
    """
    days = [data.as_of - timedelta(days=step_days * one) for one in range(1, landmarks + 1)]
    known = [data.before(day) for day in days]
    parts = [at_risk(data, one, sample) for one in known if one.history_days >= LEAST_HISTORY_DAYS]
    if not parts:
        raise NotAvailable(f"fewer than {LEAST_HISTORY_DAYS + step_days} days of orders are known")
    return PersonPeriods(
        pd.concat([one.habits for one in parts], ignore_index=True),
        np.concatenate([one.period for one in parts]),
        np.concatenate([one.ordered for one in parts]),
    )


def at_risk(data: Transactions, known: Transactions, sample: int) -> PersonPeriods:
    """The rows of one landmark; of a large shop every so many-th customer."""
    habits = describe(known)
    habits = habits.iloc[:: max(1, -(-len(habits) // sample))]
    borders = borders_of(data.horizon_days)
    wait = days_to_next(data, habits.index, pd.Timestamp(known.as_of))
    waited = np.where(np.isnan(wait), np.inf, wait)
    closed = int(np.searchsorted(borders[1:], (data.as_of - known.as_of).days, side="right"))
    rows, period = np.nonzero(waited[:, None] >= borders[None, :closed])
    return PersonPeriods(habits.iloc[rows].reset_index(drop=True), period, waited[rows] < borders[period + 1])


def at_period(habits: pd.DataFrame, period: npt.NDArray[np.int64], horizon_days: int) -> pd.DataFrame:
    """Habits (rows × traits) as they are when the period of each row begins: the silence has grown by then."""
    start = borders_of(horizon_days)[period] / DAYS_PER_WEEK
    grown = habits["silence"].to_numpy(dtype=float) + start
    return habits.assign(silence=grown, silence_in_gaps=grown / habits["gap"].to_numpy(dtype=float))
