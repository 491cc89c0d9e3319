"""What a lower price does: units more, and which of them are only bought earlier or instead of something else."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

NEEDED = ("product_id", "price", "cost", "elasticity")
OPTIONAL = {
    "elasticity_low": np.nan,
    "elasticity_high": np.nan,
    "taken_rate": 0.2,
    "neighbour_margin": 0.0,
    "salvage": np.nan,
    "excess_units": 0.0,
    "on_hand": np.inf,
}


@dataclass(frozen=True)
class Goods:
    """A row per product: product_id, price and cost (currency a unit), elasticity (% of units per % of price, below 0).

    Where known: elasticity_low and elasticity_high (ends of its interval), taken_rate (share of the extra units that
    neighbours of the category lose), neighbour_margin (currency a unit of theirs), salvage (currency a unit that will
    not sell otherwise), excess_units (units of such stock) and on_hand (units there are).
    """

    frame: pd.DataFrame
    pull_forward_rate: float = 0.2

    def __post_init__(self) -> None:
        missing = sorted(set(NEEDED) - set(self.frame.columns))
        if missing:
            raise BadInput(f"a frame of goods needs the columns {', '.join(NEEDED)}; {', '.join(missing)} are missing")
        if (self.frame["elasticity"] > 0).any():
            raise BadInput("an elasticity above 0 would sell more at a higher price")

    def column(self, name: str) -> FloatArray:
        """A column (N,), as is usual where it is not given or not known."""
        if name not in self.frame:
            return np.full(len(self.frame), OPTIONAL[name])
        return np.asarray(self.frame[name].astype(float).fillna(OPTIONAL.get(name, np.nan)), dtype=np.float64)

    def elasticities(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The weakest, the expected and the strongest answer (N,), the same where there is no interval."""
        middle = self.column("elasticity")
        ends = np.column_stack([self.column("elasticity_low"), self.column("elasticity_high")])
        ends = np.minimum(np.where(np.isnan(ends), middle[:, None], ends), 0)
        return ends.max(axis=1), middle, ends.min(axis=1)

    @property
    def margin(self) -> FloatArray:
        return self.column("price") - self.column("cost")

    @property
    def salvage(self) -> FloatArray:
        """Half of the cost where nobody knows better."""
        salvage = self.column("salvage")
        return np.where(np.isnan(salvage), 0.5 * self.column("cost"), salvage)

    @property
    def extra_margin(self) -> FloatArray:
        """Currency (N,) that a unit more earns at the full price, less what it takes from later and from neighbours."""
        lost = self.column("taken_rate") * self.column("neighbour_margin")
        return np.asarray(self.margin * (1 - self.pull_forward_rate) - lost)

    def take(self, products: list[str]) -> "Goods":
        """The rows of these products, in this order."""
        rows = self.frame.set_index(self.frame["product_id"].astype(str)).loc[products]
        return Goods(rows.reset_index(drop=True), self.pull_forward_rate)


def times_units(elasticity: FloatArray, depth: FloatArray | float) -> FloatArray:
    """By how much units multiply when the price falls by the share `depth`, at a constant elasticity.

    >>> times_units(np.array([-2.0]), 0.2).round(4).tolist()
    [1.5625]
    """
    return np.asarray((1 - np.minimum(depth, 0.95)) ** elasticity)


def worst_depth(price: float, cost: float) -> float:
    """The depth at which goods are sold at cost: (price - cost) / price.

    >>> worst_depth(10.0, 6.0)
    0.4
    """
    return (price - cost) / price
