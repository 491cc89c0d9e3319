"""Policies lived through: units served, units missed and stock held, day by day over a known demand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.learning.metrics import FloatArray

Levels = Callable[[int], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Lived:
    """Units asked for, units served, units held at the end of a day on average, and orders placed, each (N,)."""

    asked: FloatArray
    served: FloatArray
    held: FloatArray
    orders: FloatArray

    @property
    def fill_rate(self) -> float:
        return float(self.served.sum() / max(self.asked.sum(), 1e-12))


def replay(levels: Levels, demand: FloatArray, lead_days: FloatArray, start: FloatArray, warm_up: int = 0) -> Lived:
    """Live `demand` (N × T, units a day) with levels (s, S) asked each morning of day t: `levels(t)`.

    Evenings order up to S where stock and orders are at most s; an order arrives on the morning `lead_days` (N,) later;
    what is asked for beyond the stock is lost. Days before `warm_up` are lived and not counted.

    >>> always = lambda day: (np.array([1.0]), np.array([3.0]))
    >>> replay(always, np.array([[1.0, 1, 1, 1]]), np.array([1]), np.array([3.0])).fill_rate
    1.0
    """
    count, days = demand.shape
    lead = np.maximum(np.ceil(lead_days), 1).astype(int)
    arriving = np.zeros((count, days + lead.max() + 1))
    stock, on_order = start.astype(float).copy(), np.zeros(count)
    asked, served, held, orders = (np.zeros(count) for _ in range(4))
    rows = np.arange(count)
    for day in range(days):
        stock += arriving[:, day]
        on_order -= arriving[:, day]
        sold = np.minimum(stock, demand[:, day])
        stock -= sold
        reorder, upto = levels(day)
        quantity = np.where(stock + on_order <= reorder, np.maximum(upto - stock - on_order, 0), 0)
        arriving[rows, day + lead] += quantity
        on_order += quantity
        if day >= warm_up:
            asked, served, held = asked + demand[:, day], served + sold, held + stock
            orders += quantity > 0
    return Lived(asked, served, held / max(1, days - warm_up), orders)
