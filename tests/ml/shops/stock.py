"""Five products from one that never sells to one that sells fast, all with a few units at hand."""

import pandas as pd

from ml.models.stock.catalogue import CATALOGUE
from ml.models.stock.shelf import Shelf

__all__ = ["CATALOGUE", "data"]


def data(seed: int) -> Shelf:
    means = [0.0, 0.1, 1.0, 4.0, 20.0]
    frame = pd.DataFrame(
        {
            "unique_id": [f"product {one}" for one in range(5)],
            "mean": means,
            "variance": [1.5 * mean for mean in means],
            "lead_days": 5.0,
            "lead_sd": 1.0,
            "price": 10.0,
            "cost": 6.0,
            "on_hand": float(seed),
        }
    )
    return Shelf(frame)
