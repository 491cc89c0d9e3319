"""A shop of families and of one ring of accounts that live on offers; reviewers have looked at some."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.models.abuse.activity import Activity
from ml.models.abuse.catalogue import CATALOGUE as CATALOGUE

DAY, CUSTOMERS, RING = date(2026, 3, 1), 700, 40
SETTINGS = {
    "isolation_forest": {"trees": 20},
    "lightgbm": {"rounds": 20, "least_verdicts": 10},
    "combined": {"trees": 20, "rounds": 20, "least_verdicts": 10},
}


def data(seed: int, has_ring: bool = True, has_verdicts: bool = True) -> Activity:
    """The first 40 customers are eight rings of five, or as honest as all others; 100 to 399 live in threes."""
    chance = np.random.default_rng(seed)
    names = np.array([f"c{one:03}" for one in range(CUSTOMERS)], dtype=object)
    place = np.repeat(np.arange(CUSTOMERS), chance.poisson(5, CUSTOMERS))
    rings = (place < RING) & has_ring
    age = chance.integers(1, 170, len(place))
    uses = chance.random(len(place)) < np.where(rings, 0.8, 0.1)
    time = [pd.Timestamp(DAY - timedelta(days=int(one))) for one in age]
    orders = pd.DataFrame({"customer": names[place], "time": time, "units": 1.0 + chance.poisson(0.5, len(place))})
    redemptions = orders.loc[uses, ["customer", "time"]].assign(is_for_newcomers=chance.random(uses.sum()) < 0.3)
    ring = pd.DataFrame({"customer": names[:RING], "kind": "device", "value": [f"d{one // 5}" for one in range(RING)]})
    homes = [f"a{one // 3}" for one in range(300)]
    family = pd.DataFrame({"customer": names[100:400], "kind": "address", "value": homes})
    seen = names[[*range(20), *range(100, 130)]]
    reviews = pd.DataFrame({"customer": seen, "verdict": ["hold"] * 20 + ["clear"] * 30})
    links = pd.concat([ring, family]) if has_ring else family
    kept = {"reviews": reviews} if has_verdicts else {}
    return Activity(tuple(names), DAY, orders, redemptions, links, **kept)
