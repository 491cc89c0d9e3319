"""Small inputs are solved exactly, as an integer programme."""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ml.allocating.book import Book
from ml.allocating.problem import FloatArray, IntArray

NODES = 100_000


def choose_exactly(book: Book) -> tuple[IntArray, float] | None:
    """Places of a best choice and a bound in units, by branch and bound (HiGHS); None where there is no choice."""
    pairs = len(book.value)
    systems = [limits_of_all(book), *limits_of_each(book)]
    matrix = sparse.vstack([system for system, _ in systems]).tocsr()
    most = np.concatenate([limit for _, limit in systems])
    scale = max(float(np.abs(book.value).max(initial=0.0)), 1.0)
    found = milp(
        -book.value / scale,
        constraints=LinearConstraint(matrix, ub=most),
        integrality=np.ones(pairs),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "node_limit": NODES},
    )
    if found.x is None:
        return None
    return np.flatnonzero(found.x > 0.5), -float(found.mip_dual_bound) * scale


def limits_of_all(book: Book) -> tuple[sparse.csr_matrix, FloatArray]:
    """The rows over all customers, scaled so that the solver's tolerance is a millionth of the largest amount."""
    system = book.rows.matrix(np.arange(len(book.value))).T.tocsr()
    largest = np.maximum(abs(system).max(axis=1).toarray().ravel(), 1.0)
    return sparse.diags_array(1 / largest) @ system, book.rows.limit / largest


def limits_of_each(book: Book) -> list[tuple[sparse.csr_matrix, FloatArray]]:
    """Offers per customer, where a pair that stands alone takes all places, and every rule."""
    prepared, pairs = book.prepared, len(book.value)
    customer = book.slots.customer_at(np.arange(pairs))
    weight = (
        np.ones(pairs) if prepared.is_alone is None else np.where(prepared.is_alone, prepared.offers_per_customer, 1)
    )
    systems = [cells_of(customer, weight, np.full(pairs, prepared.offers_per_customer))]
    for rule in prepared.rules:
        code = np.where(rule.code >= 0, customer * (int(rule.code.max(initial=0)) + 1) + rule.code, -1)
        systems.append(cells_of(code, np.ones(pairs), np.broadcast_to(rule.most, (pairs,))))
    return systems


def cells_of(code: IntArray, weight: FloatArray, most: IntArray) -> tuple[sparse.csr_matrix, FloatArray]:
    concerned = np.flatnonzero(code >= 0)
    cells, first, cell = np.unique(code[concerned], return_index=True, return_inverse=True)
    system = sparse.csr_matrix((weight[concerned], (cell, concerned)), shape=(len(cells), len(code)))
    return system, most[concerned][first].astype(float)
