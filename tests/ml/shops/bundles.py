"""Baskets of bread and butter, tea that goes with milk, and salt that goes with everything."""

import numpy as np
import pandas as pd

from ml.models.bundles.baskets import Baskets
from ml.models.bundles.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "data"]


def data(seed: int) -> Baskets:
    chance = np.random.default_rng(seed)
    lines = [
        (order, product)
        for order in range(120)
        for product in (("bread", "butter"), ("tea", "milk"))[order % 2] + (("salt",) if chance.random() < 0.5 else ())
        if chance.random() < 0.9
    ]
    frame = pd.DataFrame(lines, columns=["order_id", "product_id"])
    return Baskets(frame.assign(customer_id=frame["order_id"] % 40))
