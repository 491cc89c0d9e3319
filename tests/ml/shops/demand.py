"""Six products with a weekly rhythm, a planned promotion that doubles sales, and one that sells now and then."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd

from ml.models.demand.catalogue import CATALOGUE as EVERYTHING
from ml.models.demand.series import Series

CATALOGUE = replace(
    EVERYTHING, classes={name: one for name, one in EVERYTHING.classes.items() if name != "lstm" or find_spec("torch")}
)
SETTINGS = {
    "lightgbm": {"rounds": 20, "min_data_in_leaf": 5},
    "lstm": {"epochs": 2, "hidden": 4, "window": 6},
}


def data(seed: int) -> Series:
    chance = np.random.default_rng(seed)
    weeks = pd.date_range("2025-01-06", periods=34, freq="7D")
    frames = []
    for place in range(6):
        promoted = chance.random(34) < 0.2
        mean = (4 + 3 * place) * (1 + promoted) if place else np.where(chance.random(34) < 0.2, 2, 0)
        units = chance.poisson(mean).astype(float)
        units[30:] = np.nan
        frames.append(
            pd.DataFrame(
                {
                    "unique_id": f"product {place}",
                    "ds": weeks,
                    "y": units,
                    "promotion": promoted.astype(float),
                    "price": 2.0 + place,
                    "category": "drinks" if place < 3 else "food",
                }
            )
        )
    return Series(pd.concat(frames, ignore_index=True), "W", 4, {"price": 0})
