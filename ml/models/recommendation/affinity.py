"""How well offers fit customers, from probabilities of purchase."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix


def affinity(scores: np.ndarray, scope_products: csr_matrix) -> np.ndarray:
    """How well each scope fits each customer, (c, o) in 0-1: the chance to buy at least one product of it.

    `scores` (c, p) are probabilities of purchase, `scope_products` (p, o) is 1 where a product is in a scope, else 0; a
    scope without products fits nobody. Purchases of the products are taken as independent: 1 - prod(1 - p). Scores
    outside 0-1 raise ValueError.

    >>> affinity(np.array([[0.5, 0.5, 0.0]]), csr_matrix([[1, 1], [0, 1], [1, 0]])).round(2).tolist()
    [[0.5, 0.75]]
    """
    if scores.size and not (scores.min() >= 0 and scores.max() <= 1):
        raise ValueError("scores must be probabilities in 0-1")
    missed = np.log1p(-np.minimum(scores, 1 - 1e-7))
    return np.clip(-np.expm1((csr_matrix(scope_products).T @ missed.T).T), 0, 1)


def scope_matrix(scopes: pd.DataFrame, offers: Sequence[str], products: np.ndarray) -> csr_matrix:
    """1 where a product (p) is in an offer's scope (o), (p, o); an offer that names no products is for all of them.

    >>> named = pd.DataFrame({"offer_id": ["a", "a"], "product_id": ["x", "unknown"]})
    >>> scope_matrix(named, ["a", "b"], np.array(["x", "y"])).toarray().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    offer = pd.Index(offers).get_indexer(pd.Index(scopes["offer_id"]))
    product = pd.Index(products.astype(object)).get_indexer(pd.Index(scopes["product_id"]))
    is_inside = (offer >= 0) & (product >= 0)
    entries = (np.ones(is_inside.sum()), (product[is_inside], offer[is_inside]))
    named = csr_matrix(entries, shape=(len(products), len(offers)))
    whole = ~np.isin(np.asarray(offers, dtype=object), scopes["offer_id"].unique())
    return csr_matrix(named + csr_matrix(np.outer(np.ones(len(products)), whole)))
