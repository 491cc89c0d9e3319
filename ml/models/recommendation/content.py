"""Content-based: products that are like what the customer bought, looked at and searched for, sold before or not."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from scipy.sparse import csr_matrix, diags

from ml.models.recommendation.describing import Describer, learn_describer
from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State
from ml.models.recommendation.side_information import NO_PRODUCT, Goods


def fit_content(
    history: History,
    weights: Sequence[float],
    min_products: int,
    visit_weight: float,
    query_weight: float,
    popularity_exponent: float,
) -> dict[str, np.ndarray]:
    """What the words, attributes and price levels of the catalogue are worth; nothing where no catalogue is known.

    Pazzani and Billsus (2007), "Content-Based Recommendation Systems", section 10.3.2 (Rocchio's profile without what
    was rejected). `weights` are those of names, attributes and price; a product looked at counts `visit_weight` and all
    searches together `query_weight` of a product bought; likeness is multiplied by reach ^ `popularity_exponent`.
    """
    numbers = {"visit": visit_weight, "query": query_weight, "exponent": popularity_exponent}
    numbers["customers"] = len(history.customers)
    arrays = {"reach": history.reach(), **{name: np.array(value) for name, value in numbers.items()}}
    if history.side is None or not len(history.side.goods.products):
        return arrays
    return arrays | asdict(learn_describer(history.side.goods, weights, min_products))


def score_content(state: State, history: History) -> np.ndarray:
    """Likeness of each product to the customer's profile, (c, p) from 0 to about the sum of the weights."""
    if "words" not in state or history.side is None:
        return np.zeros(history.shape, dtype=np.float32)
    return like_goods(state, history, history.products) * weigh_reach(state["reach"], int(state["customers"]), state)


def weigh_reach(reach: np.ndarray, customers: int, state: State) -> np.ndarray:
    """(reach + one customer) ^ exponent, so that what nobody bought yet can be proposed too."""
    return np.asarray((reach + 1 / max(1, customers)) ** float(state["exponent"]), dtype=np.float32)


def like_goods(state: State, history: History, products: np.ndarray) -> np.ndarray:
    """Likeness (c, n) of any products (n,) of the catalogue to the customers' profiles; 0 for what it does not know."""
    assert history.side is not None
    goods = history.side.goods
    vectors = Describer.of(state).describe(goods)
    place = goods.places(products)
    wanted = csr_matrix(diags((place != NO_PRODUCT).astype(np.float32)) @ vectors[np.maximum(place, 0)])
    return np.asarray((profiles(state, history, goods, vectors) @ wanted.T).toarray(), dtype=np.float32)


def profiles(state: State, history: History, goods: Goods, vectors: csr_matrix) -> csr_matrix:
    """The customers as sums of what they bought, looked at and searched for, (c, d), rows of length one or zero."""
    assert history.side is not None
    place = goods.places(history.products)
    known = place != NO_PRODUCT
    visits, customers = history.side.visits, len(history.customers)
    total = history.log_days()[:, known] @ vectors[place[known]]
    looked_at = visits.looked_at((customers, len(goods.products))).log1p()
    total = total + float(state["visit"]) * looked_at @ vectors
    total = total + float(state["query"]) * Describer.of(state).read(visits.searches(customers))
    lengths = np.sqrt(total.multiply(total).sum(axis=1)).A1
    return csr_matrix(diags((1 / np.where(lengths > 0, lengths, 1)).astype(np.float32)) @ total)
