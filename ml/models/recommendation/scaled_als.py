"""Implicit ALS whose penalty grows with how often a customer or product was seen."""

import numpy as np
from scipy.sparse import csr_matrix

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State

FloatArray = np.ndarray


def fit_scaled_als(
    history: History,
    factors: int,
    regularization: float,
    unobserved_weight: float,
    exponent: float,
    iterations: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Factors of the products, (p, factors), by exact alternating least squares.

    Rendle, Krichene, Zhang, Koren (2022), "Revisiting the Performance of iALS on Item Recommendation Benchmarks",
    equations 1 to 4: what was bought is 1 with weight log2(1 + purchase days), everything is 0 with weight
    `unobserved_weight`, and a row with n purchases is penalised by regularization × (n + unobserved_weight × p) ^
    exponent; exponent 1 is frequency-scaled, 0 the same for all.
    """
    weights = history.log_days().astype(np.float64) / np.log(2)
    chance = np.random.default_rng(seed)
    products = chance.normal(0, 0.1 / np.sqrt(factors), (weights.shape[1], factors))
    numbers = (regularization, unobserved_weight, exponent)
    columns = weights.T.tocsr()
    for _ in range(iterations):
        customers = solve(weights, products, *numbers)
        products = solve(columns, customers, *numbers)
    names = ("regularization", "unobserved_weight", "exponent")
    kept = {name: np.array(value) for name, value in zip(names, numbers, strict=True)}
    return {"product_factors": products.astype(np.float32), **kept}


def solve(
    weights: csr_matrix, others: FloatArray, regularization: float, unobserved_weight: float, exponent: float
) -> FloatArray:
    """Each row's factors (r, f) given those of the columns (k, f): ridge regression of 1 on what it bought."""
    rows, factors = weights.shape[0], others.shape[1]
    base = unobserved_weight * others.T @ others
    found = np.zeros((rows, factors))
    eye = np.eye(factors)
    for row in range(rows):
        inside = slice(weights.indptr[row], weights.indptr[row + 1])
        seen, weight = others[weights.indices[inside]], weights.data[inside]
        if not len(weight):
            continue
        penalty = regularization * (len(weight) + unobserved_weight * len(others)) ** exponent
        matrix = base + (seen * weight[:, None]).T @ seen + penalty * eye
        found[row] = np.linalg.solve(matrix, weight @ seen)
    return found


def score_scaled_als(state: State, history: History) -> np.ndarray:
    """Preference of each customer for each product, (c, p), with customers' factors solved anew from their history."""
    products = state["product_factors"].astype(np.float64)
    numbers = (float(state[name]) for name in ("regularization", "unobserved_weight", "exponent"))
    return (solve(history.log_days().astype(np.float64) / np.log(2), products, *numbers) @ products.T).astype(
        np.float32
    )
