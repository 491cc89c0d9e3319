"""Three kinds of customers that differ at a glance, and some who never ordered."""

import numpy as np
import pandas as pd

from ml.models.segments.catalogue import CATALOGUE as CATALOGUE
from ml.models.segments.portraits import Portraits, read_portraits

SETTINGS = {"kmeans": {"resamples": 3, "most": 4}}
# recency (days), orders a year, basket (currency), share on offer, categories
KINDS = {"regulars": (3, 60, 40, 0.5, 30), "feasts": (20, 10, 150, 0.05, 15), "gone": (150, 4, 15, 0.2, 5)}


def data(seed: int, customers: int = 240) -> Portraits:
    chance = np.random.default_rng(seed)
    kinds = np.array(list(KINDS.values()), dtype=float)[np.arange(customers) % 3]
    values = kinds * chance.lognormal(0, 0.15, kinds.shape)
    frame = pd.DataFrame(values, columns=["recency", "frequency", "basket", "offer_share", "variety"]).round(3)
    frame["amount"] = frame["frequency"] * frame["basket"]
    frame.insert(0, "customer_id", [f"c{one:03}" for one in range(customers)])
    frame.loc[:5, ["frequency", "amount"]] = 0.0
    frame.loc[:5, ["recency", "basket", "offer_share"]] = np.nan
    return read_portraits(frame)
