"""Matrix factorisation: implicit ALS and truncated SVD."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State

START = 0  # where the search for singular vectors starts; any number, but always the same


def fit_implicit_als(
    history: History, factors: int, regularization: float, alpha: float, iterations: int, seed: int, threads: int
) -> dict[str, np.ndarray]:
    """Factors of the products, (p, factors), learned from purchases with confidence alpha x purchase days,
    and 1 where nothing was bought.

    Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets", equations 3 to 5, with the
    conjugate gradient steps of Takács, Pilászy, Tikk (2011). Same seed, same bytes, with any number of threads: each
    row is solved by one of them.
    """
    numbers = {"regularization": regularization, "alpha": alpha, "num_threads": threads}
    with threadpool_limits(1, "blas"):  # implicit asks for it: its own threads call BLAS
        model = AlternatingLeastSquares(factors, iterations=iterations, random_state=seed, **numbers)
        model.fit(history.purchase_days(), show_progress=False)
    return {"product_factors": model.item_factors, **{name: np.array(value) for name, value in numbers.items()}}


def score_implicit_als(state: State, history: History) -> np.ndarray:
    """Preference of each customer for each product, (c, p), with customers' factors solved anew from their history."""
    products = state["product_factors"]
    numbers = {name: state[name].item() for name in ("regularization", "alpha", "num_threads")}
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(products.shape[1], **numbers)
        model.item_factors = products
        customers = model.recalculate_user(np.arange(len(history.customers)), history.purchase_days())
    return customers @ products.T


def fit_truncated_svd(history: History, factors: int) -> dict[str, np.ndarray]:
    """The first right singular vectors (factors, p) of log(1 + purchase days).

    Cremonesi, Koren, Turrin (2010), "Performance of Recommender Algorithms on Top-N Recommendation Tasks", section 3.3
    (PureSVD): missing purchases are zeros.
    """
    profile = history.log_days().astype(np.float64)
    smaller = min(profile.shape)
    if smaller <= factors + 1:  # ARPACK needs fewer factors than rows and columns
        components = np.linalg.svd(profile.toarray(), full_matrices=False)[2][:factors]
    else:
        components = svds(profile, k=factors, rng=np.random.default_rng(START))[2]
    return {"components": components.astype(np.float32)}


def score_truncated_svd(state: State, history: History) -> np.ndarray:
    """The customers' log(1 + purchase days) seen through the components, (c, p): X V' V, equation 12 of the source."""
    components = state["components"]
    return (history.log_days() @ components.T) @ components
