"""Stages of a customer's life with the shop, and who went from which to which."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.models.value.features import describe
from ml.models.value.transactions import DAYS_PER_WEEK, Transactions

STAGES = ("new", "active", "lapsed")
IntArray = npt.NDArray[np.int64]
SILENCE_STEPS = np.array([7, 14, 28, 42])
TENURE_STEPS = np.array([0, 28])
ORDER_STEPS = np.array([2, 6, 13])


@dataclass(frozen=True)
class Limits:
    """A customer is new for `new_days` after the first order, and lapsed `lapsed_days` after the last (days)."""

    new_days: int
    lapsed_days: int


def stage_of(habits: pd.DataFrame, limits: Limits) -> IntArray:
    """The place in `STAGES` (n) by `silence` and `age`, weeks to yesterday: lapsed before new before active.

    >>> habits = pd.DataFrame({"silence": [0.0, 0.0, 20.0], "age": [1.0, 50.0, 50.0]})
    >>> stage_of(habits, Limits(new_days=60, lapsed_days=56)).tolist()
    [0, 1, 2]
    """
    silence, tenure = days_of(habits, "silence"), days_of(habits, "age")
    return np.where(silence > limits.lapsed_days, 2, np.where(tenure <= limits.new_days, 0, 1)).astype(np.int64)


def days_of(habits: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Days to this morning of a column in weeks to yesterday."""
    return np.asarray(np.round(habits[column].to_numpy(dtype=float) * DAYS_PER_WEEK) + 1, dtype=float)


def habit_of(habits: pd.DataFrame, limits: Limits) -> IntArray:
    """A class (n) within the stage: by silence, orders of the last 91 days, and how much of being new is left."""
    silence = np.searchsorted(SILENCE_STEPS, days_of(habits, "silence"))
    left = np.searchsorted(TENURE_STEPS, limits.new_days - days_of(habits, "age"))
    orders = np.searchsorted(ORDER_STEPS, habits["orders_91"].to_numpy(dtype=float))
    return np.asarray((silence * (len(TENURE_STEPS) + 1) + left) * (len(ORDER_STEPS) + 1) + orders, dtype=np.int64)


def habit_count() -> int:
    return (len(SILENCE_STEPS) + 1) * (len(TENURE_STEPS) + 1) * (len(ORDER_STEPS) + 1)


@dataclass(frozen=True)
class Moves:
    """Stage and habit (n) on a morning, stage (n) a horizon later."""

    stage: IntArray
    habit: IntArray
    later: IntArray


def moves_of(data: Transactions, limits: Limits, landmarks: int, step_days: int) -> Moves:
    """What became of everybody over `horizon_days`, from each of `landmarks` closed mornings, `step_days` apart."""
    ends = [data.as_of - timedelta(days=step_days * one) for one in range(landmarks)]
    starts = [end - timedelta(days=data.horizon_days) for end in ends]
    parts = [move(data, start, end, limits) for start, end in zip(starts, ends, strict=True)]
    stages, habits, later = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Moves(stages, habits, later)


def move(data: Transactions, start: date, end: date, limits: Limits) -> tuple[IntArray, IntArray, IntArray]:
    before, after = (describe(data.before(day)) for day in (start, end))
    return stage_of(before, limits), habit_of(before, limits), stage_of(after.loc[before.index], limits)
