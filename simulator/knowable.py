"""What could be earned by somebody who knows the truth about others, but of each customer only what the shop sees.

The oracle knows every customer's own answer, which nobody can: two customers with the same history differ in it. Here
the truth is learned from features the platform has (cross-fitted: of a customer nothing but features is used), and
offers are allocated by these expectations with the budget the oracle has. No learner from noisy outcomes can be
expected to earn more than this on average; another way of learning from the same truth might, so it is a yardstick from
below.
"""

import lightgbm as lgb
import numpy as np
import pandas as pd

from ml.learning.encoding import Encoding
from simulator import oracle
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.yardsticks import Yard, within_limits, worth

FOLDS, ROUNDS, STEPS = 4, 120, 20
SETTINGS = {
    "objective": "regression", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 200,
    "feature_fraction": 0.5, "num_threads": 1, "verbose": -1, "seed": 1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
EXTREMES = (0.001, 0.999)  # a few abusers' answers would rule the squared errors


def knowable_value(features: pd.DataFrame, yard: Yard) -> float:
    """Incremental margin by the truth, in currency, of the best choice by features (one row per row of the yard)."""
    gross, cost = (expect(features, truth, yard) for truth in (yard.value + yard.cost, yard.cost))
    return worth(yard.value, choose_within_budget(gross - np.maximum(cost, 0), np.maximum(cost, 0), yard))


def expect(features: pd.DataFrame, truth: FloatArray, yard: Yard) -> FloatArray:
    """Expected truth (n × O) by features and offer, each customer's learned from the other folds' customers."""
    known = Encoding.fit(features).apply(features).to_numpy()
    fold = stream(yard.seed, "knowable", yard.day).integers(0, FOLDS, len(truth))
    cut = np.clip(truth, *np.quantile(truth, EXTREMES))
    expected = np.empty_like(truth)
    for part in range(FOLDS):
        others, own = fold != part, fold == part
        booster = lgb.train(SETTINGS, lgb.Dataset(by_offer(known[others], cut.shape[1]), cut[others].ravel()), ROUNDS)
        expected[own] = np.asarray(booster.predict(by_offer(known[own], cut.shape[1]))).reshape(-1, cut.shape[1])
    return expected


def by_offer(known: FloatArray, offers: int) -> FloatArray:
    """Rows of customers repeated for every offer, with a 0/1 column per offer."""
    return np.hstack([np.repeat(known, offers, axis=0), np.tile(np.eye(offers, dtype=known.dtype), (len(known), 1))])


def choose_within_budget(value: FloatArray, cost: FloatArray, yard: Yard) -> IntArray:
    """The choice by expectations whose true cost just keeps to the budget: the same purse as the oracle's."""
    low, high = 0.0, max(float(yard.budget), float(cost.sum()))
    chosen = np.full(len(value), -1)
    for _ in range(STEPS):
        middle = (low + high) / 2
        tried = choose(value, cost, middle, yard)
        fits = oracle.cost_of(yard.cost, tried).sum() <= yard.budget
        low, high = (middle, high) if fits else (low, middle)
        chosen = tried if fits else chosen
    return chosen


def choose(value: FloatArray, cost: FloatArray, budget: float, yard: Yard) -> IntArray:
    chosen = oracle.allocate_exactly(value, cost, budget)
    most_worth = np.argsort(-value[np.arange(len(value)), np.maximum(chosen, 0)], kind="stable")
    return within_limits(yard, most_worth, chosen)
