"""What no recommended price may break, and which prices are left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

KEPT, STEP, SEEN, DEAR, CHEAP, FLOOR, WAIT = (
    "nothing", "maximum change", "prices seen", "dearer than competitors", "cheaper than competitors",
    "floor above cost", "time between changes",
)  # fmt: skip
CENTS = 100
ObjectArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Guardrails:
    """Numbers of `pricing` in ml/params.yml: shares of prices 0-1, days, and the cents a price may end with."""

    least_margin_rate: float = 0.05
    most_change_rate: float = 0.05
    least_days_between: int = 7
    endings: tuple[int, ...] = (9, 19, 29, 39, 49, 59, 69, 79, 89, 99)
    most_above_competitors_rate: float = 0.05
    most_below_competitors_rate: float = 0.15
    explored_rate: float = 0.05
    depths: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
    least_gain_rate: float = 0.01
    least_gain: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.least_margin_rate < 1 or not 0 <= self.most_change_rate < 1 or self.explored_rate < 0:
            raise BadInput("least_margin_rate and most_change_rate must be in 0-1 and explored_rate not below 0")
        if any(not 0 <= one < CENTS for one in self.endings) or any(not 0 < one < 1 for one in self.depths):
            raise BadInput("endings are cents, 0 to 99, and depths shares between 0 and 1")

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> "Guardrails":
        """From the parameters of that name; others are none of its concern."""
        known: dict[str, Any] = {name: numbers[name] for name in cls.__dataclass_fields__ if name in numbers}
        given: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
        return cls(**given)


@dataclass(frozen=True)
class Room:
    """The lowest and highest allowed price (N, currency), the guardrail that set each, and the floor above cost."""

    low: FloatArray
    high: FloatArray
    low_by: ObjectArray
    high_by: ObjectArray
    floor: FloatArray


def floor_price(cost: FloatArray, least_margin_rate: float) -> FloatArray:
    """Lowest price (N) that keeps the least margin, in full cents upwards.

    >>> floor_price(np.array([0.95, 3.0]), 0.05).tolist()
    [1.0, 3.16]
    """
    return np.asarray(np.ceil(np.round(cost / (1 - least_margin_rate) * CENTS, 6)) / CENTS, dtype=float)


def find_room(frame: pd.DataFrame, rules: Guardrails) -> Room:
    """Prices allowed today, from the weakest guardrail to the strongest.

    Seen prices give way to the competitors' position, that to the floor, and all of them to the greatest change of one
    day: what lies below the floor comes nearer day by day. What is dearer or cheaper than competitors allow may stay,
    and goes no further. Where the last change is too young today's price is the only one.
    """
    price = frame["price"].to_numpy(dtype=float)
    floor = floor_price(frame["cost"].to_numpy(dtype=float), rules.least_margin_rate)
    competitor = frame["competitor_price"].to_numpy(dtype=float)
    seen = frame["lowest_price"].to_numpy(dtype=float), frame["highest_price"].to_numpy(dtype=float)
    room = Room(np.zeros(len(price)), np.full(len(price), np.inf), names(price), names(price), floor)
    room = narrow(room, seen[0] * (1 - rules.explored_rate), seen[1] * (1 + rules.explored_rate), SEEN, SEEN)
    cheapest = np.fmin(np.nan_to_num(competitor * (1 - rules.most_below_competitors_rate)), price)
    dearest = np.where(
        np.isnan(competitor), np.inf, np.fmax(competitor * (1 + rules.most_above_competitors_rate), price)
    )
    room = narrow(narrow(room, cheapest, np.inf, CHEAP, CHEAP), 0.0, dearest, DEAR, DEAR)
    room = narrow(room, floor, np.inf, FLOOR, FLOOR)
    least, most = price * (1 - rules.most_change_rate), price * (1 + rules.most_change_rate)
    room = narrow(room, least, most, STEP, STEP)
    is_young = (frame["days_since_change"] < rules.least_days_between).to_numpy()
    held = np.where(is_young, price, 0.0), np.where(is_young, price, np.inf)
    return narrow(room, *held, WAIT, WAIT)


def names(like: FloatArray) -> ObjectArray:
    return np.full(len(like), KEPT, dtype=object)


def narrow(room: Room, low: FloatArray | float, high: FloatArray | float, low_by: str, high_by: str) -> Room:
    """A stronger range on a weaker one: what lies outside moves to the nearer end."""
    bounds = np.broadcast_to(low, room.low.shape), np.broadcast_to(high, room.low.shape)
    lowest, highest = np.clip(room.low, *bounds), np.clip(room.high, *bounds)
    by_low = np.where(room.low < bounds[0], low_by, np.where(room.low > bounds[1], high_by, room.low_by))
    by_high = np.where(room.high > bounds[1], high_by, np.where(room.high < bounds[0], low_by, room.high_by))
    return Room(lowest, highest, by_low, by_high, room.floor)


def nearest_ending(prices: FloatArray, endings: Sequence[int]) -> FloatArray:
    """The nearest prices (currency) that end with one of the cents; the lower of two equally near; any cent if none.

    >>> nearest_ending(np.array([4.12, 5.02, 0.3]), (49, 99)).tolist()
    [3.99, 4.99, 0.49]
    """
    cents = np.round(np.asarray(prices) * CENTS).astype(np.int64)
    if not endings:
        return np.asarray(cents / CENTS, dtype=float)
    allowed = np.concatenate([np.asarray(sorted(endings)) + shift for shift in (-CENTS, 0, CENTS)])
    gap = allowed[None, :] - np.arange(CENTS)[:, None]
    move = gap[np.arange(CENTS), np.argmin(np.abs(gap), axis=1)]
    moved = cents + move[cents % CENTS]
    return np.asarray(np.where(moved > 0, moved, cents - cents % CENTS + min(endings)) / CENTS, dtype=float)
