"""Bayesian personalised ranking: factors that put what was bought before what was not."""

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State


def fit_bpr(
    history: History, factors: int, learning_rate: float, regularization: float, iterations: int, seed: int = 0
) -> dict[str, np.ndarray]:
    """Factors of the customers (c, factors + 1) and products (p, factors + 1), bias included, by stochastic gradient
    steps on one thread: same seed, same bytes.

    Rendle, Freudenthaler, Gantner, Schmidt-Thieme (2009), "BPR: Bayesian Personalized Ranking from Implicit Feedback",
    section 4.
    """
    numbers = {"learning_rate": learning_rate, "regularization": regularization, "iterations": iterations}
    model = BayesianPersonalizedRanking(factors, num_threads=1, random_state=seed, **numbers)
    model.fit(history.purchase_days(), show_progress=False)
    learned = {"customer_factors": model.user_factors, "product_factors": model.item_factors}
    return {"customers": history.customers, **learned}


def score_bpr(state: State, history: History) -> np.ndarray:
    """Preference of each customer for each product, (c, p); who was not there when it was fitted has none."""
    known = state["customers"]
    place = np.searchsorted(known, history.customers).clip(max=len(known) - 1)
    has_bought = np.bincount(history.customer, minlength=len(history.customers)) > 0
    is_known = (known[place] == history.customers) & has_bought
    factors = np.where(is_known[:, None], state["customer_factors"][place], 0)
    return np.asarray(factors @ state["product_factors"].T)
