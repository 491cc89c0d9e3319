"""What is known of customers when abuse is looked for: plain frames from anywhere."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

IntArray = npt.NDArray[np.int64]
COLUMNS = {
    "orders": ("customer", "time", "units"),
    "redemptions": ("customer", "time", "is_for_newcomers"),
    "links": ("customer", "kind", "value"),
    "visits": ("customer", "time"),
    "reviews": ("customer", "verdict"),
}
HOLD, CLEAR = "hold", "clear"


def nothing(frame: str) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series([], dtype=object) for column in COLUMNS[frame]})


@dataclass(frozen=True)
class Activity:
    """Orders, uses of offers and what accounts have in common, as of a day; the past of `window_days` counts.

    `orders`: customer, time, units (of the product bought most in the order) and, where known, reduction (share of the
    order's list value taken off for everybody, 0-1). `redemptions`: customer, time,
    is_for_newcomers (whether the offer is meant for new customers). `links`: customer, kind, value: a device, an
    address, a means of payment, as a hash or any other name. `visits`: customer, time. `reviews`: customer, verdict
    (`hold` where a reviewer found abuse, `clear` where none). Frames a shop lacks may be left out. BadInput where a
    column is missing.
    """

    customers: tuple[str, ...]
    day: date
    orders: pd.DataFrame
    redemptions: pd.DataFrame
    links: pd.DataFrame = field(default_factory=lambda: nothing("links"))
    visits: pd.DataFrame = field(default_factory=lambda: nothing("visits"))
    reviews: pd.DataFrame = field(default_factory=lambda: nothing("reviews"))

    def __post_init__(self) -> None:
        for frame, columns in COLUMNS.items():
            missing = sorted(set(columns) - set(getattr(self, frame).columns))
            if missing:
                raise BadInput(f"{frame} lack the column {', '.join(missing)}")

    def before(self, day: date) -> "Activity":
        """What was known on an earlier day; links carry no time and stay, verdicts go where they carry none."""
        timed = {name: getattr(self, name) for name in ("orders", "redemptions", "visits", "reviews")}
        kept = {name: rows[days_before(rows["time"], day) >= 1] for name, rows in timed.items() if "time" in rows}
        return replace(self, day=day, **({"reviews": nothing("reviews")} | kept))

    def places(self, frame: pd.DataFrame) -> IntArray:
        """The place of each row's customer, (rows,); -1 for who is not asked about."""
        return np.asarray(pd.Index(self.customers).get_indexer(pd.Index(frame["customer"])), dtype=np.int64)

    def verdicts(self) -> FloatArray:
        """1 where a reviewer found abuse, 0 where none, not a number where nobody looked, (n,)."""
        found = np.full(len(self.customers), np.nan)
        place = self.places(self.reviews)
        known = place >= 0
        found[place[known]] = (self.reviews["verdict"].to_numpy() == HOLD).astype(float)[known]
        return found


def days_before(times: pd.Series, day: date) -> IntArray:
    """Whole days from a time to the day, 1 for the day before it.

    >>> days_before(pd.Series(["2026-03-01", "2026-02-27"]), date(2026, 3, 2)).tolist()
    [1, 3]
    """
    return (np.datetime64(day, "D") - pd.to_datetime(times).to_numpy().astype("datetime64[D]")).astype(np.int64)
