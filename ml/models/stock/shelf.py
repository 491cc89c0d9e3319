"""What a policy of stock is told of each product."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.stock.units import Units
from warehouse.errors import BadInput

NEEDED = ("unique_id", "mean", "variance", "lead_days", "lead_sd", "price", "cost")
OPTIONAL = {"doubt": 0.0, "extra": 0.0, "holding": np.nan, "salvage": np.nan, "on_hand": 0.0, "on_order": 0.0}


@dataclass(frozen=True)
class Shelf:
    """A row per product: `unique_id`, `mean` and `variance` of units a day (`doubt`: what the mean is off for weeks),
    `lead_days` and `lead_sd` (days), `price`, `cost` and `salvage` (currency a unit), `holding` (currency a unit and
    day), `on_hand` and `on_order` (units).

    `service` is the share of units asked for that should be served (fill rate, 0-1). Holding and salvage may be
    missing: then `holding_rate` of the cost a year and `salvage_rate` of the cost.
    """

    frame: pd.DataFrame
    service: float = 0.95
    review_days: float = 1.0
    holding_rate: float = 0.25
    salvage_rate: float = 0.5

    def __post_init__(self) -> None:
        missing = sorted(set(NEEDED) - set(self.frame.columns))
        if missing:
            raise BadInput(f"a frame of stock needs the columns {', '.join(NEEDED)}; {', '.join(missing)} are missing")
        if not 0 < self.service < 1:
            raise BadInput("the service level is a share between 0 and 1")
        if (self.frame[["mean", "variance", "lead_days", "lead_sd"]] < 0).to_numpy().any():
            raise BadInput("means, variances and lead times cannot be below 0")

    def column(self, name: str) -> FloatArray:
        if name not in self.frame:
            return np.full(len(self.frame), OPTIONAL[name])
        return self.frame[name].to_numpy(float)

    @property
    def daily(self) -> Units:
        return Units(self.column("mean"), self.column("variance"), self.column("doubt"))

    @property
    def protected_days(self) -> FloatArray:
        """Days of sales an order is waited for: placed in the evening, on the shelf on the lead time's last morning.

        Where stock is looked at less often than daily, half of the time between two looks comes on top.
        """
        return np.maximum(self.column("lead_days") - 1, 0) + (self.review_days - 1) / 2

    @property
    def protected(self) -> Units:
        """Units that the reorder level has to last for: those of that time, and the undershoot before it."""
        return self.daily.during(self.protected_days, self.column("lead_sd")).plus(self.daily.undershoot())

    @property
    def holding(self) -> FloatArray:
        """Currency a unit and day."""
        own = self.column("holding")
        return np.where(np.isfinite(own), own, self.holding_rate / 365 * self.column("cost"))

    @property
    def salvage(self) -> FloatArray:
        """Currency a unit that is cleared brings."""
        own = self.column("salvage")
        return np.where(np.isfinite(own), own, self.salvage_rate * self.column("cost"))
