"""Policies (s, S): order up to S once stock and orders have fallen to s."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import stats

from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.model import Model, State
from ml.models.stock.economics import critical_rate, lot
from ml.models.stock.shelf import Shelf


class Policy(Model[Shelf]):
    """Scores are unique_id, safety_stock, reorder_level, order_up_to, order_quantity (units) and expected_fill_rate.

    A policy learns nothing of its own: what it knows of demand comes with the shelf.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.settings: dict[str, Any] = dict(recipe.settings)

    def fit(self, data: Shelf) -> Self:  # noqa: ARG002
        return self

    @abstractmethod
    def levels(self, shelf: Shelf) -> tuple[FloatArray, FloatArray]:
        """Reorder levels s and order-up-to levels S (N,), whole units with S at least s + 1."""

    def score(self, data: Shelf) -> pd.DataFrame:
        reorder, upto = self.levels(data)
        position = data.column("on_hand") + data.column("on_order")
        usual = data.column("mean") * data.protected_days
        return pd.DataFrame(
            {
                "unique_id": data.frame["unique_id"].astype(str),
                "safety_stock": np.maximum(reorder - usual, 0),
                "reorder_level": reorder,
                "order_up_to": upto,
                "order_quantity": np.where(position <= reorder, np.maximum(upto - position, 0), 0),
                "expected_fill_rate": fill_rate(data, reorder, upto),
            }
        )

    def state(self) -> State:
        return State({}, {})

    def restore(self, state: State) -> None:  # noqa: ARG002
        return None


def fill_rate(shelf: Shelf, reorder: FloatArray, upto: FloatArray) -> FloatArray:
    """The share of units served (N,) in a cycle where what is not there is not sold: lot / (lot + shortage).

    The lot is what an order brings, undershoot included.

    Source: Silver, Pyke and Thomas (2017), Inventory and Production Management in Supply Chains, ch. 7, fill rate with
    lost sales.
    """
    size = np.maximum(upto - reorder, 1) + shelf.daily.undershoot().mean
    short = shelf.protected.shortage(reorder) - shelf.protected.shortage(upto)
    return np.asarray(size / (size + np.maximum(short, 0)))


class MeanDays(Policy):
    """The rule of thumb: order at the mean of so many days, up to the mean of more."""

    name = "mean_days"

    def levels(self, shelf: Shelf) -> tuple[FloatArray, FloatArray]:
        mean = shelf.column("mean")
        reorder = np.ceil(mean * float(self.settings.get("reorder_days", 9)))
        return reorder, np.maximum(np.ceil(mean * float(self.settings.get("cover_days", 21))), reorder + 1)


class SafetyStock(Policy):
    """The textbook's safety stock: no shortage in a share `service` of the cycles, demand taken for normal.

    Source: s = mean + z · sd of the time until receipt, with the lead time's variance (Silver, Pyke and Thomas, ch. 6).
    """

    name = "safety_stock"

    def levels(self, shelf: Shelf) -> tuple[FloatArray, FloatArray]:
        until = shelf.protected
        reorder = np.ceil(until.mean + stats.norm.ppf(shelf.service) * np.sqrt(until.variance))
        reorder = np.maximum(reorder, 0)
        return reorder, reorder + lot(shelf, self.settings)


class FillRate(Policy):
    """The least reorder level at which the share `service` of units is served, demand counted as negative binomial."""

    name = "fill_rate"

    def levels(self, shelf: Shelf) -> tuple[FloatArray, FloatArray]:
        size = lot(shelf, self.settings)
        low = np.full(len(size), -1.0)  # does not suffice, or is below every level
        high = np.maximum(shelf.protected.quantile(0.999999), 1.0)
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            suffices = fill_rate(shelf, middle, middle + size) >= shelf.service
            low, high = np.where(suffices, low, middle), np.where(suffices, middle, high)
        return high, high + size


class Newsvendor(Policy):
    """Order up to the critical quantile of what is asked for until the next receipt, whenever something was sold.

    Source: Arrow, Harris and Marschak (1951); the fill rate follows from the economics, `service` is not asked.
    """

    name = "newsvendor"

    def levels(self, shelf: Shelf) -> tuple[FloatArray, FloatArray]:
        upto = np.maximum(shelf.protected.quantile(critical_rate(shelf, shelf.protected_days)), 1)
        return upto - 1, upto
