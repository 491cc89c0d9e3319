"""What follows in the next order: a Markov chain over products from one order to the next."""

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack

from ml.models.recommendation.history import History
from ml.models.recommendation.neighbours import CHUNK, keep_nearest
from ml.models.recommendation.packing import State, pack, unpack


def fit_transitions(
    history: History, neighbours: int, prior_orders: float, half_life_orders: float = 1.0
) -> dict[str, np.ndarray]:
    """The chance that product j is in the next order given that i is in this one, (p, p), of the likeliest j per i.

    Rendle, Freudenthaler, Schmidt-Thieme (2010), "Factorizing Personalized Markov Chains for Next-Basket
    Recommendation", equation 5, without factors and for everybody; `prior_orders` without j draw rare products' chances
    to 0. Orders are the days on which a customer bought something.
    """
    orders, owner = orders_of(history)
    follows = np.flatnonzero(owner[1:] == owner[:-1])
    before, after = orders[follows], orders[follows + 1]
    seen = before.sum(axis=0).A1 + prior_orders
    flipped = before.T.tocsr()
    found = [
        keep_nearest((flipped[start : start + CHUNK] @ after).toarray() / seen[start : start + CHUNK, None], neighbours)
        for start in range(0, flipped.shape[0], CHUNK)
    ]
    return {"half_life_orders": np.array(half_life_orders), **pack("chances", csr_matrix(vstack(found)))}


def orders_of(history: History) -> tuple[csr_matrix, np.ndarray]:
    """Orders as rows of products (orders, p) in 0/1 by customer and time, and the customer of each."""
    longest = int(history.age_days.max(initial=0)) + 1
    number = history.customer.astype(np.int64) * longest + (longest - history.age_days)
    order, row = np.unique(number, return_inverse=True)
    ones = np.ones(len(row), dtype=np.float32)
    return csr_matrix((ones, (row, history.product)), shape=(len(order), history.shape[1])), order // longest


def score_transitions(state: State, history: History) -> np.ndarray:
    """Mean chance over the products of each customer's last orders, which lose half their weight per
    `half_life_orders`, (c, p).
    """
    orders, owner = orders_of(history)
    count = np.bincount(owner, minlength=len(history.customers))
    back = np.cumsum(count)[owner] - 1 - np.arange(len(owner))
    weight = np.exp2(-back / float(state["half_life_orders"]))
    basket = orders.getnnz(axis=1)
    who = csr_matrix((weight / np.maximum(basket, 1), (owner, np.arange(len(owner)))), shape=(len(count), len(owner)))
    total = np.bincount(owner, weight, minlength=len(count))
    recent = diags(1 / np.where(total > 0, total, 1)) @ who @ orders
    return np.asarray((recent @ unpack("chances", state)).toarray(), dtype=np.float32)
