"""Bayesian personalised ranking: factors that put what was bought before what was not."""

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State


def fit_bpr(
    history: History,
    factors: int,
    learning_rate: float,
    regularization: float,
    iterations: int,
    fold_weight: float = 20.0,
    fold_penalty: float = 10.0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Factors and bias of the products, (p, factors + 1), by stochastic gradient steps on one thread: same seed, same
    bytes.

    Rendle, Freudenthaler, Gantner, Schmidt-Thieme (2009), "BPR: Bayesian Personalized Ranking from Implicit Feedback",
    section 4. `fold_weight` and `fold_penalty` fold in customers when scoring.
    """
    numbers = {"learning_rate": learning_rate, "regularization": regularization, "iterations": iterations}
    model = BayesianPersonalizedRanking(factors, num_threads=1, random_state=seed, **numbers)
    model.fit(history.purchase_days(), show_progress=False)
    folding = {"fold_weight": np.array(fold_weight), "fold_penalty": np.array(fold_penalty)}
    return {"product_factors": model.item_factors, **folding}


def score_bpr(state: State, history: History) -> np.ndarray:
    """Preference of each customer for each product, (c, p).

    Customers' factors are solved from their purchases by weighted ridge regression (1 for what was bought, 0 for all
    else, as implicit ALS does), because they need not be those of the fit; the bias has weight 1 for everybody.
    """
    vectors, bias = state["product_factors"][:, :-1].astype(np.float64), state["product_factors"][:, -1]
    bought = (history.purchase_days() > 0).astype(np.float64).tocsr()
    weight, base = float(state["fold_weight"]), vectors.T @ vectors
    base = base + float(state["fold_penalty"]) * np.eye(len(base))
    customers = np.zeros((bought.shape[0], vectors.shape[1]))
    for row in range(bought.shape[0]):
        seen = vectors[bought.indices[bought.indptr[row] : bought.indptr[row + 1]]]
        if len(seen):
            customers[row] = np.linalg.solve(base + weight * seen.T @ seen, (1 + weight) * seen.sum(axis=0))
    scale = np.abs(customers @ vectors.T).mean() or 1.0
    return (customers @ vectors.T / scale + bias * 0.1).astype(np.float32)
