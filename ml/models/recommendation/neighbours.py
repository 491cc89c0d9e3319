"""Recommenders that ask the most similar customers or products."""

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State, pack, unpack
from ml.models.recommendation.similarity import similarities

CHUNK = 1024  # rows of a similarity matrix held densely at once: 40 MB per 10,000 columns


def cosine(left: np.ndarray, right: np.ndarray) -> float:
    """Cosine of the angle between two vectors of the same length, in -1 to 1; 0 where one of them is all zeros.

    >>> round(cosine(np.array([3, 4, 5, 2, 1, 4, 3, 2, 5, 3]), np.array([4, 5, 4, 3, 2, 4, 4, 3, 4, 4])), 3)
    0.97
    """
    rows = csr_matrix(np.stack([left, right]).astype(np.float64))
    return float(similarities(rows[:1], rows[1:])[0, 0])


def keep_nearest(similarity: np.ndarray, count: int) -> csr_matrix:
    """Only the `count` largest positive values of each row of a similarity matrix (r, m), as a sparse one.

    >>> keep_nearest(np.array([[0.1, 0.5, 0.0, 0.3]]), count=2).toarray().tolist()
    [[0.0, 0.5, 0.0, 0.3]]
    """
    rows, columns = similarity.shape
    kept = min(count, columns)
    nearest = np.argpartition(similarity, columns - kept, axis=1)[:, columns - kept :]
    nearest.sort(axis=1)
    values = np.maximum(np.take_along_axis(similarity, nearest, axis=1), 0)
    matrix = csr_matrix((values.ravel(), nearest.ravel(), np.arange(rows + 1) * kept), shape=similarity.shape)
    matrix.eliminate_zeros()
    return matrix


def find_neighbours(
    history: History,
    others: np.ndarray,
    profile: csr_matrix,
    count: int,
    measure: str = "cosine",
    shrinkage: float = 0.0,
) -> csr_matrix:
    """Similarity of each customer (c) to the `count` most similar of other customers (m), never to themselves, (c, m).

    `others` (m,) are sorted identifiers and `profile` (m, p) their log(1 + purchase days).
    """
    own = history.log_days()
    place = np.searchsorted(others, history.customers).clip(max=len(others) - 1)
    is_self = others[place] == history.customers
    found = []
    for start in range(0, own.shape[0], CHUNK):
        similarity = similarities(own[start : start + CHUNK], profile, measure, shrinkage)
        rows = np.flatnonzero(is_self[start : start + CHUNK])
        similarity[rows, place[start + rows]] = 0
        found.append(keep_nearest(similarity, count))
    return csr_matrix(vstack(found))


def average_neighbours(neighbours: csr_matrix, values: csr_matrix) -> np.ndarray:
    """Mean of the neighbours' values (m, p), weighted by similarity, (c, p)."""
    total = neighbours.sum(axis=1).A1
    weights = csr_matrix(diags(1 / np.where(total > 0, total, 1)).astype(np.float32) @ neighbours)
    return (weights @ values).toarray()


def fit_users(
    history: History, neighbours: int, measure: str = "cosine", shrinkage: float = 0.0
) -> dict[str, np.ndarray]:
    """Remember the customers: neighbours are looked up when scoring.

    Sarwar, Karypis, Konstan, Riedl (2000), "Analysis of Recommendation Algorithms for E-Commerce", section 3.2, on
    log(1 + purchase days).
    """
    numbers = {"neighbours": neighbours, "measure": measure, "shrinkage": shrinkage}
    arrays = {name: np.array(value) for name, value in numbers.items()}
    return {"customers": history.customers, **arrays, **pack("profile", history.log_days())}


def score_users(state: State, history: History) -> np.ndarray:
    """Mean log(1 + purchase days) of the most similar customers, (c, p)."""
    profile = unpack("profile", state)
    alike = str(state["measure"]), float(state["shrinkage"])
    nearest = find_neighbours(history, state["customers"], profile, int(state["neighbours"]), *alike)
    return average_neighbours(nearest, profile)


def fit_items(
    history: History, neighbours: int, measure: str = "cosine", shrinkage: float = 0.0
) -> dict[str, np.ndarray]:
    """Each product's most similar products, itself excluded.

    Sarwar, Karypis, Konstan, Riedl (2001), "Item-based Collaborative Filtering Recommendation Algorithms", sections
    3.1.1 and 3.3, on log(1 + purchase days).
    """
    products = history.log_days().T.tocsr()
    found = []
    for start in range(0, products.shape[0], CHUNK):
        similarity = similarities(products[start : start + CHUNK], products, measure, shrinkage)
        similarity[np.arange(len(similarity)), start + np.arange(len(similarity))] = 0
        found.append(keep_nearest(similarity, neighbours))
    return pack("similarity", csr_matrix(vstack(found)))


def score_items(state: State, history: History) -> np.ndarray:
    """Similarity of each product to the products the customer bought, weighted by log(1 + purchase days), (c, p)."""
    return (history.log_days() @ unpack("similarity", state).T).toarray()


def fit_decayed_neighbours(
    history: History, half_life_days: float, neighbours: int, neighbour_half_life_days: float, neighbour_weight: float
) -> dict[str, np.ndarray]:
    """Remember the customers and what they bought lately.

    Hu, He, Gao, Zhang (2020), "Modeling Personalized Item Frequency Information for Next-basket Recommendation",
    equations 1 to 3, with exponential decay by calendar days in place of their groups of baskets, and a shorter memory
    for neighbours.
    """
    numbers = {"half_life_days": half_life_days, "neighbours": neighbours, "neighbour_weight": neighbour_weight}
    return {
        "customers": history.customers,
        **{name: np.array(value) for name, value in numbers.items()},
        **pack("profile", history.log_days()),
        **pack("recent", history.decayed_days(neighbour_half_life_days)),
    }


def score_decayed_neighbours(state: State, history: History) -> np.ndarray:
    """Own purchase days, decayed, plus the weighted mean of the neighbours' decayed purchase days, (c, p)."""
    profile = unpack("profile", state)
    nearest = find_neighbours(history, state["customers"], profile, int(state["neighbours"]))
    own = history.decayed_days(float(state["half_life_days"])).toarray()
    return own + np.float32(state["neighbour_weight"]) * average_neighbours(nearest, unpack("recent", state))
