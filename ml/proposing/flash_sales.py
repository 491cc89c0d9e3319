"""Flash sales: which product, on which days, how deep, and how much stock to set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.stock.units import Units
from ml.proposing.answers import Goods, times_units

NORMAL_95 = 2 * 1.959964


@dataclass(frozen=True)
class Demand:
    """Units expected without the sale: `mean` and `variance` of N products on T days to come."""

    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True)
class FlashTerms:
    """Depths that may be chosen (shares), days a sale lasts, the probability that stock suffices, the least margin."""

    depths: Sequence[float] = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
    days: int = 3
    service: float = 0.95
    least_margin_rate: float = 0.05


@dataclass(frozen=True)
class Sale:
    """Sales of N products: units without and with it, units pulled forward, taken from neighbours, and cleared; margin
    gained over not having it and discounts given, in currency."""

    usual: FloatArray
    units: FloatArray
    pulled: FloatArray
    taken: FloatArray
    cleared: FloatArray
    margin: FloatArray
    cost: FloatArray


def expect(goods: Goods, usual: FloatArray, depth: FloatArray | float, elasticity: FloatArray) -> Sale:
    """What a cut of `depth` does to `usual` units; no more is sold than there is.

    margin = extra · (price · (1 - depth) - cost) - usual · price · depth + cleared · (cost - salvage)
    - pulled · (price - cost) - taken · margin of neighbours. Of excess stock a unit costs its salvage; one that is only
    pulled forward clears nothing.
    """
    price, cost, there = (goods.column(name) for name in ("price", "cost", "on_hand"))
    before = np.minimum(usual, there)
    units = np.minimum(usual * times_units(elasticity, depth), there)
    extra = units - before
    pulled, taken = extra * goods.pull_forward_rate, extra * goods.column("taken_rate")
    cleared = np.minimum(extra - pulled, goods.column("excess_units"))
    gained = extra * (price * (1 - depth) - cost) + cleared * (cost - goods.salvage)
    lost = before * price * depth + pulled * goods.margin + taken * goods.column("neighbour_margin")
    return Sale(before, units, pulled, taken, cleared, gained - lost, units * price * depth)


def propose_flash_sales(goods: Goods, demand: Demand, terms: FlashTerms = FlashTerms()) -> pd.DataFrame:
    """The best sale of each product that is expected to pay, best first.

    Columns: product_id, first_day (place among the days of `demand`), days, depth_rate, usual_units, expected_units,
    stock_units (to set aside), pulled_units, taken_units, cleared_units, expected_margin with its range over the
    interval of the elasticity, expected_cost (discounts given), elasticity. Never below cost plus the least margin
    rate, except for stock that would only bring its salvage.

    >>> frame = pd.DataFrame({"product_id": ["tea", "oil"], "price": 10.0, "cost": [4.0, 8.0], "elasticity": -3.0})
    >>> units = Demand(np.array([[5.0, 5, 9, 5], [5, 5, 9, 5]]), np.full((2, 4), 9.0))
    >>> found = propose_flash_sales(Goods(frame), units, FlashTerms(depths=(0.1, 0.2), days=1))
    >>> found[["product_id", "first_day", "depth_rate", "stock_units"]].values.tolist()  # oil earns too little
    [['tea', 2, 0.2, 25.0]]
    """
    weak, middle, strong = goods.elasticities()
    usual, variance = (windows(values, terms.days) for values in (demand.mean, demand.variance))
    tried = [each_window(goods, usual, depth, terms.least_margin_rate) for depth in terms.depths]
    values = np.stack(tried, axis=2).reshape(len(usual), -1)
    best = values.argmax(axis=1)
    first, place = np.divmod(best, len(terms.depths))
    rows = np.arange(len(usual))
    depth, units = np.asarray(terms.depths)[place], usual[rows, first]
    least, sale, most = (expect(goods, units, depth, elasticity) for elasticity in (weak, middle, strong))
    ends = np.sort(np.column_stack([least.margin, sale.margin, most.margin]), axis=1)
    found = pd.DataFrame(
        {
            "product_id": goods.frame["product_id"].astype(str),
            "first_day": first,
            "days": terms.days,
            "depth_rate": depth,
            "usual_units": sale.usual,
            "expected_units": sale.units,
            "stock_units": set_aside(sale, least, most, variance[rows, first], terms.service),
            "pulled_units": sale.pulled,
            "taken_units": sale.taken,
            "cleared_units": sale.cleared,
            "expected_margin": sale.margin,
            "expected_margin_low": ends[:, 0],
            "expected_margin_high": ends[:, -1],
            "expected_cost": sale.cost,
            "elasticity": middle,
        }
    )
    pays = np.isfinite(values[rows, best]) & (sale.margin > 0)
    return found[pays].sort_values(["expected_margin", "product_id"], ascending=[False, True], ignore_index=True)


def windows(values: FloatArray, days: int) -> FloatArray:
    """Sums over every run of so many days (N × (T - days + 1)).

    >>> windows(np.array([[1.0, 2, 3]]), 2).tolist()
    [[3.0, 5.0]]
    """
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    return np.asarray(sums[:, days:] - sums[:, :-days])


def each_window(goods: Goods, usual: FloatArray, depth: float, least_margin_rate: float) -> FloatArray:
    """The margin gained in each window (N × W, currency); minus infinity where the depth is not allowed."""
    _, middle, _ = goods.elasticities()
    margin = np.column_stack([expect(goods, one, depth, middle).margin for one in usual.T])
    return np.where(is_allowed(goods, depth, least_margin_rate)[:, None], margin, -np.inf)


def is_allowed(goods: Goods, depth: float, least_margin_rate: float) -> np.ndarray:
    """Whether a unit still earns the least margin rate over its cost; over its salvage where stock is in excess."""
    price = goods.column("price") * (1 - depth)
    worth = np.where(goods.column("excess_units") > 0, goods.salvage, goods.column("cost"))
    return np.asarray(price - worth >= least_margin_rate * price)


def set_aside(sale: Sale, least: Sale, most: Sale, variance: FloatArray, service: float) -> FloatArray:
    """Units (N,) that suffice with probability `service`: usual scatter, in proportion, and the doubt of the answer."""
    factor = np.divide(variance, sale.usual, out=np.ones(len(variance)), where=sale.usual > 0)
    doubt = (most.units - least.units) / NORMAL_95
    return Units(sale.units, np.maximum(factor, 1) * sale.units + doubt**2).quantile(service)
