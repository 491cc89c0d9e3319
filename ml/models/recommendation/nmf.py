"""Non-negative matrix factorisation: customers as sums of shopping habits."""

import warnings

import numpy as np
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State


def fit_nmf(
    history: History, factors: int, iterations: int = 200, penalty: float = 0.0, seed: int = 0
) -> dict[str, np.ndarray]:
    """Habits (factors, p) with weights of products, all at least 0, of log(1 + purchase days).

    Lee and Seung (1999), "Learning the parts of objects by non-negative matrix factorization", by coordinate descent.
    """
    profile = history.log_days().astype(np.float64)
    kept = min(factors, *profile.shape)
    found = factorise(profile, kept, iterations, penalty, seed=seed)[1]
    return {"habits": found.astype(np.float32), "iterations": np.array(iterations), "penalty": np.array(penalty)}


def score_nmf(state: State, history: History) -> np.ndarray:
    """What the customers' weights of habits, solved anew from their history, say of each product, (c, p)."""
    habits, profile = state["habits"].astype(np.float64), history.log_days().astype(np.float64)
    weights = factorise(profile, len(habits), int(state["iterations"]), float(state["penalty"]), habits=habits)[0]
    return (weights @ habits).astype(np.float32)


def factorise(
    profile: object, factors: int, iterations: int, penalty: float, seed: int = 0, habits: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (c, factors) and habits (factors, p); given habits stay as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of iterations is a setting
        weights, found, _ = non_negative_factorization(
            profile,
            H=habits,
            n_components=factors,
            init=None if habits is not None else "nndsvda",
            update_H=habits is None,
            max_iter=iterations,
            alpha_W=penalty,
            random_state=seed,
        )
    return weights, found
