"""What segments are made from: a row of habits per customer, brought to one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray

NEEDED = ("customer_id", "recency", "frequency", "amount")
TRAITS = ("recency", "frequency", "basket", "offer_share", "variety")
NO_ORDERS = "no orders"
FAR = 3.0


@dataclass(frozen=True)
class NamedCentres:
    """Centres (k × traits, logarithmic, not scaled) of segments that carry names: what new ones are matched to."""

    names: tuple[str, ...]
    traits: tuple[str, ...]
    centres: FloatArray


@dataclass(frozen=True)
class Portraits:
    """`frame` has customer_id, recency (days since the last order), frequency (orders) and amount (currency) of a year,
    basket (currency per order) and, where known, offer_share (0-1 bought on offer) and variety (categories bought).

    `previous` are the segments in use, whose names are kept where the new ones are alike.
    """

    frame: pd.DataFrame
    previous: NamedCentres | None = None

    @property
    def has_orders(self) -> "pd.Series[bool]":
        return (self.frame["frequency"] > 0) & self.frame["recency"].notna()


def read_portraits(frame: pd.DataFrame, previous: NamedCentres | None = None) -> Portraits:
    """Portraits of a frame from anywhere; ValueError where a needed column lacks.

    >>> raw = pd.DataFrame({"customer_id": ["a"], "recency": [3], "frequency": [4], "amount": [100.0]})
    >>> float(read_portraits(raw).frame["basket"].iloc[0])
    25.0
    """
    missing = [column for column in NEEDED if column not in frame.columns]
    if missing:
        raise ValueError(f"portraits need the columns {', '.join(NEEDED)}; {', '.join(missing)} missing")
    numbers = frame.drop(columns="customer_id").select_dtypes("number").astype(float)
    if "basket" not in numbers:
        numbers["basket"] = numbers["amount"] / numbers["frequency"].where(numbers["frequency"] > 0)
    numbers["frequency"] = numbers["frequency"].fillna(0.0)
    return Portraits(pd.concat([frame[["customer_id"]], numbers], axis=1).reset_index(drop=True), previous)


def known_traits(data: Portraits) -> tuple[str, ...]:
    """The traits of a shop: those that vary and are known for most customers with orders."""
    rows = data.frame[data.has_orders]
    return tuple(
        trait for trait in TRAITS if trait in rows and rows[trait].notna().mean() > 0.5 and rows[trait].nunique() > 1
    )


def log_traits(frame: pd.DataFrame, traits: Sequence[str]) -> FloatArray:
    """log(1 + trait) of n customers, (n × traits); shares in percent, what is unknown not a number."""
    values = frame[list(traits)].to_numpy(dtype=float)
    percent = np.where([trait == "offer_share" for trait in traits], 100.0, 1.0)
    return np.asarray(np.log1p(np.clip(values * percent, 0, None)), dtype=float)


@dataclass(frozen=True)
class Scale:
    """Medians and interquartile ranges of the logarithmic traits."""

    middle: FloatArray
    spread: FloatArray

    def apply(self, logs: FloatArray) -> FloatArray:
        """Traits in interquartile ranges from the median, unknown at the median, none farther than three."""
        return np.clip(np.nan_to_num((logs - self.middle) / self.spread), -FAR, FAR)

    def undo(self, scaled: FloatArray) -> FloatArray:
        return np.asarray(scaled * self.spread + self.middle, dtype=float)


def learn_scale(logs: FloatArray) -> Scale:
    """
    >>> learn_scale(np.array([[0.0], [1.0], [2.0]])).apply(np.array([[2.0]])).tolist()
    [[1.0]]
    """
    low, middle, high = np.nanquantile(logs, [0.25, 0.5, 0.75], axis=0)
    spread = np.where(high > low, high - low, np.maximum(np.nanstd(logs, axis=0), 1e-9))
    return Scale(middle, spread)
