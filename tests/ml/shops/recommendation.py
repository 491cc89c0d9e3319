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
    "session_transitions": {"prior_views": 1.0, "half_life_views": 3.0},
    "content": {
        "weights": [1.0, 1.0, 0.5],
        "min_products": 1,
        "visit_weight": 0.5,
        "query_weight": 1.0,
        "popularity_exponent": 0.2,
    },
    "attribute_popularity": {"prior_customers": 5.0},
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
    known = sorted({*frame["item"], "tea new"})
    kinds = [one.split()[0] for one in known]
    items = pd.DataFrame({"item": known, "name": [f"fine {one}" for one in known], "kind": kinds})
    items["price"] = chance.uniform(1, 9, len(items))
    visits = frame.sample(100, random_state=seed).assign(session=lambda rows: rows["user"])
    asked = pd.DataFrame({"user": ["looks"], "session": ["s"], "time": [pd.Timestamp("2026-02-01")], "query": ["Tea"]})
    people = pd.DataFrame({"user": [*frame["user"].unique(), "nobody yet"]})
    people["town"] = np.where(people["user"].str[-1].isin(list("02468")), "north", "south")
    extras = {"items": items, "visits": pd.concat([visits, asked], ignore_index=True), "people": people}
    return Interactions(frame, date(2026, 3, 10), users=("nobody yet",), length=5, **extras)
