"""What customers with the same attributes buy: for those of whom nothing else is known."""

import numpy as np
from scipy.sparse import csr_matrix

from ml.models.recommendation.history import History
from ml.models.recommendation.packing import State


def fit_attribute_popularity(history: History, prior_customers: float) -> dict[str, np.ndarray]:
    """How much likelier each product is bought by customers with each attribute, (k, p), as a logarithm.

    Naive Bayes, drawn to what everybody buys by `prior_customers` (m-estimate: Cestnik 1990, "Estimating
    Probabilities"); without attributes of customers there is nothing to learn.
    """
    reach = history.reach()
    people = np.empty((history.shape[0], 0), dtype=object) if history.side is None else history.side.people
    values = np.array(sorted({one for one in people.ravel() if one}), dtype=str)
    has = members(people, values)
    bought = (history.purchase_days() > 0).astype(np.float64)
    expected = prior_customers * reach
    rate = ((has.T @ bought).toarray() + expected) / (has.sum(axis=0).A1[:, None] + prior_customers)
    lift = np.log(np.maximum(rate, 1e-12) / np.maximum(reach, 1e-12))
    return {"reach": reach, "values": values, "lift": np.where(reach > 0, lift, 0)}


def members(people: np.ndarray, values: np.ndarray) -> csr_matrix:
    """1 where a customer (c) has an attribute (k), (c, k)."""
    rows, columns = np.nonzero(people != "") if people.size else (np.zeros(0, int), np.zeros(0, int))
    said = people[rows, columns].astype(str) if len(rows) else np.zeros(0, dtype=str)
    place = np.searchsorted(values, said).clip(max=max(0, len(values) - 1)) if len(values) else np.zeros(len(said), int)
    known = values[place] == said if len(values) else np.zeros(len(said), bool)
    ones = np.ones(int(known.sum()))
    return csr_matrix((ones, (rows[known], place[known])), shape=(len(people), len(values)))


def score_attribute_popularity(state: State, history: History) -> np.ndarray:
    """Chance to have bought each product given the attributes, (c, p) in 0-1; 0 for customers without known ones."""
    if history.side is None or not len(state["values"]):
        return np.zeros(history.shape, dtype=np.float32)
    has = members(history.side.people, state["values"])
    odds = state["reach"] * np.exp(np.clip(has @ state["lift"], -20, 20))
    found = np.minimum(odds, 1) * (has.getnnz(axis=1) > 0)[:, None]
    return np.asarray(found, dtype=np.float32)
