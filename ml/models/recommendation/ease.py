"""EASE: a linear model of every product on all others, in closed form."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.sparse import csr_matrix

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State, pack, unpack

CHUNK = 1024  # columns solved at once


def kernel(profile: csr_matrix, regularization: float) -> np.ndarray:
    """X X' + regularization I over the rows of X, (r, r), in double precision."""
    wide = profile.astype(np.float64)
    matrix = (wide @ wide.T).toarray()
    matrix[np.diag_indices_from(matrix)] += regularization
    return matrix


def fit_ease(history: History, regularization: float) -> dict[str, np.ndarray]:
    """Weights B (p, p) of a linear model of every product on all others, or what gives them.

    Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8: B = I - P diag(1 / diag P) with
    P = (X'X + regularization I)^-1 of X (c, p) = log(1 + purchase days). Fewer customers than products: the matrix
    inversion lemma gives the same B from X X' (c, c), P = (I - X' (X X' + regularization I)^-1 X) / regularization;
    then X and what each product explains of itself (p,) are kept and B itself is never built.
    """
    profile = history.log_days()
    if profile.shape[1] <= profile.shape[0]:
        return {"weights": weigh_products(profile, regularization)}
    lower = cho_factor(kernel(profile, regularization), lower=True, overwrite_a=True)[0]
    columns = profile.astype(np.float64).tocsc()
    starts = range(0, profile.shape[1], CHUNK)
    explained = np.concatenate([explain(columns[:, start : start + CHUNK].toarray(), lower) for start in starts])
    return {"regularization": np.array(regularization), "explained": explained, **pack("profile", profile)}


def weigh_products(profile: csr_matrix, regularization: float) -> np.ndarray:
    """B (p, p) from X'X."""
    factor = cho_factor(kernel(profile.T.tocsr(), regularization), lower=True, overwrite_a=True)
    inverse = cho_solve(factor, np.eye(profile.shape[1]), overwrite_b=True)
    weights = -inverse / np.diagonal(inverse)
    np.fill_diagonal(weights, 0)
    return np.asarray(weights, dtype=np.float32)


def explain(columns: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """x' (L L')^-1 x of each column x, (p,)."""
    return np.square(solve_triangular(lower, columns, lower=True, overwrite_b=True)).sum(axis=0)


def score_ease(state: State, history: History) -> np.ndarray:
    """Z B for the customers' own log(1 + purchase days) Z, (c, p): what the other products say about each product."""
    own = history.log_days()
    if "weights" in state:
        return np.asarray(own @ state["weights"])
    profile = unpack("profile", state)
    factor = cho_factor(kernel(profile, float(state["regularization"])), lower=True, overwrite_a=True)
    alike = (profile @ own.T).toarray().astype(np.float64)
    weights = cho_solve(factor, alike, overwrite_b=True).T.astype(np.float32)
    rest = own.toarray() - (profile.T @ weights.T).T
    return own.toarray() - rest / (1 - state["explained"]).astype(np.float32)
