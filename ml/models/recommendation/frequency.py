"""Recommenders that count: what everybody buys, and what the customer buys anyway."""

import numpy as np

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State


def fit_popularity(history: History) -> dict[str, np.ndarray]:
    """Share of customers who bought each product, (p,), 0-1: the floor that every recommender has to beat."""
    return {"reach": history.reach().astype(np.float32)}


def score_popularity(state: State, history: History) -> np.ndarray:
    """The same scores for everybody, (c, p)."""
    return np.tile(state["reach"], (len(history.customers), 1))


def fit_own_frequency(history: History) -> dict[str, np.ndarray]:
    """Own purchases need no fit; popularity orders the ties."""
    return fit_popularity(history)


def score_own_frequency(state: State, history: History) -> np.ndarray:
    """Days on which the customer bought the product, (c, p), plus the product's reach, which never outweighs one day.

    The floor of grocery recommendation: Hu, He, Gao, Zhang (2020), "Modeling Personalized Item Frequency Information
    for Next-basket Recommendation", equation 1 with r = 1.
    """
    return history.purchase_days().toarray() + state["reach"]
