"""Prices and units by product and week, and what a regression of one on the other needs beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

IntArray = npt.NDArray[np.int64]
NEEDED = ("unique_id", "category", "ds", "price", "units")


@dataclass(frozen=True)
class Weeks:
    """Rows (n) of products in periods, sorted by product and time: price in currency, units sold (0 where none).

    `frame` has unique_id, category, ds, price, units, is_assumed (the price was not seen) and the `regressors`
    (numbers of the same period: placement 0/1, a competitor's relative price, days out of stock …). A period without a
    row is one about which nothing is known.
    """

    frame: pd.DataFrame
    regressors: tuple[str, ...] = ()

    def until(self, day: pd.Timestamp) -> "Weeks":
        """Only what happened before the day."""
        return Weeks(self.frame[self.frame["ds"] < day].reset_index(drop=True), self.regressors)

    @cached_property
    def product(self) -> IntArray:
        """Place (n) of each row's product among the products in alphabetical order."""
        return place_of(self.frame["unique_id"])

    @cached_property
    def week(self) -> IntArray:
        return place_of(self.frame["ds"])

    @cached_property
    def units(self) -> FloatArray:
        return self.frame["units"].to_numpy(dtype=float)

    @cached_property
    def own(self) -> FloatArray:
        """Logarithm (n) of the price over the product's mean logarithm."""
        log_price = np.log(self.frame["price"].to_numpy(dtype=float))
        return log_price - mean_of(log_price, self.product)

    @cached_property
    def index(self) -> FloatArray:
        """Logarithm (n) of the category's price index: its products' `own`, weighted by their shares of the units."""
        known = self.frame[["category", "ds"]].assign(part=self.share * self.own, total=self.share)
        sums = known.groupby(["category", "ds"], sort=False)[["part", "total"]].transform("sum")
        return np.asarray(sums["part"] / np.maximum(sums["total"], 1e-12), dtype=float)

    @cached_property
    def share(self) -> FloatArray:
        """Share (n) of the row's product in the units of its category, 0-1, over all periods."""
        units = self.frame["units"].astype(float)
        own = units.groupby(self.frame["unique_id"]).transform("sum")
        return np.asarray(own / np.maximum(units.groupby(self.frame["category"]).transform("sum"), 1e-12), dtype=float)

    @cached_property
    def controls(self) -> FloatArray:
        """Columns (n × d): trend in years, the rest of the shop's units (logarithm), and the regressors, centred."""
        frame = self.frame
        years = (frame["ds"] - frame["ds"].min()).dt.days.to_numpy(dtype=float) / 365.25
        given = [frame[name].astype(float).fillna(frame[name].astype(float).mean()) for name in self.regressors]
        columns = [years, rest_of_shop(frame), *(np.nan_to_num(one.to_numpy(dtype=float)) for one in given)]
        return np.column_stack([column - mean_of(column, self.product) for column in columns])

    @property
    def control_names(self) -> tuple[str, ...]:
        return ("trend", "rest_of_shop", *self.regressors)

    def is_steady(self, min_units: float) -> npt.NDArray[np.bool_]:
        """Rows (n) of products whose prices are known: all of them seen, or so many units a period that hardly a
        changed price goes unseen for want of a sale.
        """
        mean, assumed = (
            mean_of(self.units, self.product),
            mean_of(self.frame["is_assumed"].to_numpy(float), self.product),
        )
        return np.asarray((assumed == 0) | (mean >= min_units))


def read_weeks(frame: pd.DataFrame, regressors: Sequence[str] | None = None) -> Weeks:
    """Check a plain frame and sort it; `regressors` are all further columns unless named.

    A price may be empty where nothing was sold: the product's usual (median) price is assumed and the row marked.
    Products that never sold are left out: nothing can be learned of them. Raises BadInput for a missing column, a price
    that is not above 0, negative units, or two rows of a product and ds.

    >>> frame = pd.DataFrame({"unique_id": "a", "category": "c", "ds": ["2024-01-01", "2024-01-08"],
    ...     "price": [4.0, 2.0], "units": [1, 3]})
    >>> read_weeks(frame).own.round(2).tolist()
    [0.35, -0.35]
    """
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise BadInput(f"prices need the columns {', '.join(missing)}")
    names = tuple(str(name) for name in frame if name not in NEEDED) if regressors is None else tuple(regressors)
    known = frame[[*NEEDED, *names]].assign(ds=pd.to_datetime(frame["ds"]), unique_id=frame["unique_id"].astype(str))
    known = known.astype({"price": float, "units": float}).assign(category=known["category"].fillna("").astype(str))
    check(known)
    sold = known.groupby("unique_id")["units"].transform("sum") > 0
    usual = known.groupby("unique_id")["price"].transform("median")
    known = known.assign(is_assumed=known["price"].isna(), price=known["price"].fillna(usual))
    known = known[sold & known["price"].notna()]
    return Weeks(known.sort_values(["unique_id", "ds"], ignore_index=True), names)


def check(known: pd.DataFrame) -> None:
    if (known["price"] <= 0).any() or not (known["units"] >= 0).all():
        raise BadInput("prices must be above 0 and units not below")
    if known.duplicated(["unique_id", "ds"]).any():
        raise BadInput("a product has two rows of one ds")


def place_of(values: pd.Series) -> IntArray:
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)


def mean_of(values: FloatArray, group: IntArray) -> FloatArray:
    """Each row's group mean (n)."""
    count = np.maximum(np.bincount(group), 1)
    return np.asarray((np.bincount(group, weights=values) / count)[group], dtype=float)


def rest_of_shop(frame: pd.DataFrame) -> FloatArray:
    """Logarithm (n) of what the shop's other categories sold in the period over their mean; 0 where there are none."""
    units = frame["units"].astype(float)
    rest = units.groupby(frame["ds"]).transform("sum") - units.groupby([frame["ds"], frame["category"]]).transform(
        "sum"
    )
    if not (rest > 0).all():
        return np.zeros(len(frame))
    return np.asarray(np.log(rest / rest.groupby(frame["category"]).transform("mean")), dtype=float)
