"""The same allocation as an integer programme for HiGHS, written down without any of the allocator's code."""

import time
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from benchmarks.allocation_shop import Shop
from ml.allocation import AT_MOST, FloatArray, IntArray, Resource, Rule


@dataclass(frozen=True)
class Peer:
    """What HiGHS found and proved, and the processor time it took."""

    value: float
    bound: float
    seconds: float
    status: str

    @property
    def gap(self) -> float:
        return (self.bound - self.value) / abs(self.bound)


def solve_by_peer(shop: Shop, seconds: float) -> Peer:
    """Solve on one thread, to HiGHS' own tolerance or until the time is over."""
    model = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "time_limit": seconds}.items():
        model.setOptionValue(name, value)
    model.passModel(as_programme(shop))
    started = time.process_time()
    model.run()
    used = time.process_time() - started
    info = model.getInfo()
    status = model.modelStatusToString(model.getModelStatus()).lower()
    return Peer(info.objective_function_value, info.mip_dual_bound, used, status)


def as_programme(shop: Shop) -> highspy.HighsLp:
    systems = [limit_all(limit) for limit in shop.resources]
    systems += [limit_each(shop.customer, rule) for rule in shop.rules]
    systems.append(limit_offers(shop))
    matrix = sparse.vstack([system for system, _, _ in systems]).tocsr()
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = matrix.shape[1], matrix.shape[0]
    programme.sense_ = highspy.ObjSense.kMaximize
    programme.col_cost_ = shop.value
    programme.col_lower_, programme.col_upper_ = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    programme.row_lower_ = np.concatenate([low for _, low, _ in systems])
    programme.row_upper_ = np.concatenate([high for _, _, high in systems])
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    programme.a_matrix_.start_, programme.a_matrix_.index_ = matrix.indptr, matrix.indices
    programme.a_matrix_.value_ = matrix.data
    programme.integrality_ = [highspy.HighsVarType.kInteger] * matrix.shape[1]
    return programme


System = tuple[sparse.csr_matrix, FloatArray, FloatArray]


def limit_all(limit: Resource) -> System:
    system = as_rows(limit.group, np.broadcast_to(limit.usage, limit.group.shape), len(limit.limit))
    unlimited = np.full(len(limit.limit), np.inf)
    return (system, -unlimited, limit.limit) if limit.sense == AT_MOST else (system, limit.limit, unlimited)


def limit_each(customer: IntArray, rule: Rule) -> System:
    key = np.where(rule.group >= 0, customer * (int(rule.group.max()) + 1) + rule.group, -1)
    known, first, cell = np.unique(key, return_index=True, return_inverse=True)
    most = np.broadcast_to(rule.most, key.shape)[first].astype(float)
    cell = cell - int(known[0] < 0)
    most = most[known >= 0]
    return as_rows(cell, np.ones(len(key)), len(most)), np.full(len(most), -np.inf), most


def limit_offers(shop: Shop) -> System:
    """Offers per customer; one that goes with no other takes all places."""
    places = shop.offers_per_customer
    weight = np.ones(len(shop.offer)) if shop.is_alone is None else np.where(shop.is_alone, float(places), 1.0)
    customers = int(shop.customer.max()) + 1
    return as_rows(shop.customer, weight, customers), np.full(customers, -np.inf), np.full(customers, float(places))


def as_rows(row: IntArray, amounts: FloatArray, rows: int) -> sparse.csr_matrix:
    column = np.flatnonzero(row >= 0)
    return sparse.csr_matrix((amounts[column], (row[column], column)), shape=(rows, len(row)))
