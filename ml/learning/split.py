"""Time splits: learn on the past, calibrate on what came next, decide on the newest, and no label reaches across."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Days = Sequence[date]


@dataclass(frozen=True)
class Split:
    """As-of days of each part. A day in none of them lies in a gap: its label window crosses into a later part."""

    train: tuple[date, ...]
    calibrate: tuple[date, ...]
    validate: tuple[date, ...]


def split_days(days: npt.ArrayLike, outcome: npt.ArrayLike, horizon_days: int, rate: float) -> Split | None:
    """Cut the as-of days of n rows so that validation and calibration each hold at least `rate` of the positive rows.

    Validation is the shortest newest run of days that does; calibration the shortest run before it whose label windows
    (`horizon_days` long) end before validation begins; training everything whose windows end before calibration begins.
    None where a part would hold no positive row. Source: Roberts et al. 2017, Ecography 40(8), on blocking with gaps.

    >>> weekly = [date(2017, 1, 1) + timedelta(days=7 * week) for week in range(5)]
    >>> parts = split_days(weekly, [1] * 5, horizon_days=7, rate=0.2)
    >>> [len(part) for part in (parts.train, parts.calibrate, parts.validate)]
    [3, 1, 1]
    >>> len(split_days(weekly, [1] * 5, horizon_days=8, rate=0.2).train)
    1
    """
    known, code = np.unique(np.asarray(days, dtype="datetime64[D]"), return_inverse=True)
    ordered: list[date] = known.tolist()
    positives = dict(zip(ordered, np.bincount(code, np.asarray(outcome, dtype=float)).tolist(), strict=True))
    needed = rate * sum(positives.values())
    validate = newest(ordered, positives, needed)
    calibrate = newest(closing_before(ordered, validate, horizon_days), positives, needed)
    train = closing_before(ordered, calibrate, horizon_days)
    if not validate or not calibrate or sum(positives[day] for day in train) == 0:
        return None
    return Split(tuple(train), tuple(calibrate), tuple(validate))


def newest(days: Days, positives: dict[date, float], needed: float) -> list[date]:
    """The shortest run of last days with at least `needed` positive rows; none where there are not so many."""
    held = 0.0
    for count, day in enumerate(reversed(days), start=1):
        held += positives[day]
        if held >= needed and held > 0:
            return list(days[len(days) - count :])
    return []


def closing_before(days: Days, later: Days, horizon_days: int) -> list[date]:
    """Days whose label window has ended when the first of the later days begins; none where there are no later days."""
    return [day for day in days if later and day + timedelta(days=horizon_days) <= min(later)]


def has_no_leak(split: Split, horizon_days: int) -> bool:
    """Whether every label window ends before the next part's first as-of day."""
    parts = (split.train, split.calibrate, split.validate)
    return all(max(part) + timedelta(days=horizon_days) <= min(later) for part, later in pairwise(parts))
