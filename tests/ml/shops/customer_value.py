"""Customers who come often, seldom or have left, over a year of their own pace."""

from datetime import date

import numpy as np
import pandas as pd

from ml.models.value.catalogue import CATALOGUE as CATALOGUE
from ml.models.value.transactions import Transactions, read_transactions

SETTINGS = {"lightgbm": {"rounds": 10, "min_data_in_leaf": 5}}
FIRST = date(2024, 1, 1)


def data(seed: int) -> Transactions:
    chance = np.random.default_rng(seed)
    rows = []
    for customer in range(120):
        rate, basket = chance.gamma(1.0, 0.08), chance.gamma(4.0, 10.0)
        leaves = chance.integers(30, 500)
        days = np.flatnonzero(chance.random(300) < max(rate, 0.01))
        rows += [(f"c{customer:03}", int(day), basket * chance.gamma(3, 1 / 3)) for day in days if day < leaves]
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    frame["ds"] = pd.Timestamp(FIRST) + pd.to_timedelta(frame.pop("day"), unit="D")
    return read_transactions(frame, date(2024, 10, 27), 56)
