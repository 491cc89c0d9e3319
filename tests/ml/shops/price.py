"""Two categories over a year whose products are reduced now and then, and one whose prices never move."""

import numpy as np
import pandas as pd

from ml.models.price.catalogue import CATALOGUE as CATALOGUE
from ml.models.price.weeks import Weeks, read_weeks

SETTINGS = {"double_ml": {"rounds": 20, "folds": 2}}
ELASTICITY = {"tea": -3.0, "coffee": -1.5, "sugar": -2.0}


def frame(seed: int, products: int = 6, weeks: int = 52, level: float = 60.0) -> pd.DataFrame:
    """Poisson units of a constant own elasticity by category, without substitution."""
    chance = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=weeks, freq="W-MON")
    rows = []
    for category, elasticity in ELASTICITY.items():
        for product in range(products):
            usual = 2 + 3 * chance.random()
            cut = 0.0 if category == "sugar" else 0.3
            price = usual * (1 - cut * (chance.random(weeks) < 0.2))
            units = chance.poisson(level * (price / usual) ** elasticity * (1 + 0.2 * np.sin(np.arange(weeks) / 8)))
            rows.append(pd.DataFrame({"unique_id": f"{category} {product}", "category": category, "ds": days,
                                      "price": price, "units": units}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def data(seed: int) -> Weeks:
    return read_weeks(frame(seed))
