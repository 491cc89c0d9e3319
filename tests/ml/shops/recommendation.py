"""Two tastes: tea drinkers and gardeners, each with some products of theirs not tried yet."""

from datetime import date

import numpy as np
import pandas as pd

from ml.models.recommendation.catalogue import CATALOGUE as CATALOGUE
from ml.models.recommendation.interactions import Interactions

ALIKE = {"neighbours": 5, "shrinkage": 1.0}
SETTINGS = {
    **{f"{kind}_{measure}": ALIKE for kind in ("user", "item") for measure in ("cosine", "jaccard", "pearson")},
    "decayed_neighbours": {
        "half_life_days": 30,
        "neighbours": 5,
        "neighbour_half_life_days": 30,
        "neighbour_weight": 0.5,
    },
    "ease": {"regularization": 1.0},
    "implicit_als": {"factors": 4, "regularization": 0.1, "alpha": 4, "iterations": 5, "seed": 1, "threads": 1},
    "truncated_svd": {"factors": 2},
    "scaled_als": {
        "factors": 4,
        "regularization": 0.01,
        "unobserved_weight": 0.1,
        "exponent": 1.0,
        "iterations": 5,
        "seed": 1,
    },
    "bpr": {"factors": 4, "learning_rate": 0.1, "regularization": 0.001, "iterations": 20, "seed": 1},
    "nmf": {"factors": 2, "seed": 1},
    "transitions": {"neighbours": 10, "prior_orders": 1.0},
    "ranker": {
        "members": {"ease": {"regularization": 1.0}, "own_frequency": {}},
        "window_days": 20,
        "depth": 10,
        "customers": 100,
        "rounds": 10,
        "num_leaves": 4,
        "learning_rate": 0.1,
        "min_data_in_leaf": 5,
    },
}


def data(seed: int) -> Interactions:
    chance = np.random.default_rng(seed)
    user, item, day = (chance.integers(0, top, 600) for top in (40, 12, 60))
    frame = pd.DataFrame({"user": [f"u{one:02}" for one in user]})
    frame["item"] = [f"{'tea' if one % 2 else 'garden'} {place}" for one, place in zip(user, item, strict=True)]
    frame["time"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")
    return Interactions(frame, date(2026, 3, 10), users=("nobody yet",), length=5)
