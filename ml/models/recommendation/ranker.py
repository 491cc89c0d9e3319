"""LambdaRank over what other recommenders say and a few facts of customer and product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from ml.models.recommendation.history import History, split_history, take_customers
from ml.models.recommendation.packing import State
from ml.models.recommendation.ranking import NOTHING, rank_products

RECENT_DAYS, SLOPE = 28, 30.0
BOOSTER, SEPARATOR = "booster", "/"
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Facts:
    """Share of the customers who bought each product ever and lately, (p,)."""

    reach: np.ndarray
    recent: np.ndarray

    @classmethod
    def of(cls, history: History) -> "Facts":
        lately = history.age_days <= RECENT_DAYS
        days = history.matrix(lately.astype(float))
        return cls(history.reach(), (days > 0).sum(axis=0).A1 / max(1, len(history.customers)))


@dataclass(frozen=True)
class Pairs:
    """Customers and products (n,) that compete, sorted by customer, with features (n, d)."""

    customer: np.ndarray
    product: np.ndarray
    features: np.ndarray


def fit_ranker(
    history: History,
    members: Settings,
    window_days: int,
    depth: int,
    customers: int,
    rounds: int,
    num_leaves: int,
    learning_rate: float,
    min_data_in_leaf: int,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Members fitted on all of the history, and trees that learned to rank by what was bought in its newest
    `window_days` from members fitted on what was known before.

    Burges (2010), "From RankNet to LambdaRank to LambdaMART", section 4. Every pair counts in two lists: all of its
    customer's, and those that are new or not new to the customer alike, because both are asked for. With nothing
    bought in the window, or nothing before it, the first member's order stays.
    """
    earlier, later = split_history(history, window_days)
    arrays = {name: np.array(value) for name, value in (("depth", depth), ("members", list(members)))}
    facts = Facts.of(history)
    learned = {"reach": facts.reach, "recent": facts.recent, **fit_members(history, members)}
    buying = np.intersect1d(np.unique(earlier.customer), np.unique(later.customer))
    if not len(buying):
        return arrays | learned
    chosen = buying[np.unique(np.linspace(0, len(buying) - 1, min(customers, len(buying))).astype(int))]
    asked = take_customers(earlier, chosen)
    scores = score_members(fit_members(earlier, members), members, asked)
    pairs = make_pairs(scores, asked, Facts.of(earlier), depth)
    bought = (take_customers(later, chosen).purchase_days() > 0).toarray()[pairs.customer, pairs.product]
    if not bought.any():
        return arrays | learned
    numbers = {"num_leaves": num_leaves, "learning_rate": learning_rate, "min_data_in_leaf": min_data_in_leaf}
    booster = learn_order(pairs, bought, rounds, {**numbers, "seed": seed})
    text = np.frombuffer(booster.model_to_string().encode(), dtype=np.uint8)
    return arrays | learned | {BOOSTER: text}


def fit_members(history: History, members: Settings) -> dict[str, np.ndarray]:
    """The members' states, each array under its member's name."""
    from ml.models.recommendation import CANDIDATES  # the ranker is one of them

    fitted = {name: CANDIDATES[name].fit(history, **settings) for name, settings in members.items()}
    return {f"{name}{SEPARATOR}{key}": array for name, state in fitted.items() for key, array in state.items()}


def score_members(state: State, members: Any, history: History) -> list[np.ndarray]:
    """Scores (c, p) of each member."""
    from ml.models.recommendation import CANDIDATES

    found = []
    for name in members:
        start = f"{name}{SEPARATOR}"
        own = {key.removeprefix(start): array for key, array in state.items() if key.startswith(start)}
        found.append(np.asarray(CANDIDATES[str(name)].score(own, history), dtype=np.float32))
    return found


def make_pairs(scores: list[np.ndarray], history: History, facts: Facts, depth: int) -> Pairs:
    """The `depth` best products of each member, among all and among those new to the customer, with their features."""
    days = history.purchase_days().toarray()
    competes = np.zeros(history.shape, dtype=bool)
    rows = np.arange(len(days))[:, None]
    for one in scores:
        for allowed in (np.ones(history.shape, dtype=bool), days == 0):
            best = rank_products(one, allowed, depth)
            competes[np.broadcast_to(rows, best.shape)[best != NOTHING], best[best != NOTHING]] = True
    customer, product = np.nonzero(competes)
    return Pairs(customer, product, describe(scores, history, facts, customer, product))


def describe(
    scores: list[np.ndarray], history: History, facts: Facts, customer: np.ndarray, product: np.ndarray
) -> np.ndarray:
    """Members' scores and their shares of the customer's highest; purchases of the pair, the product, the customer."""
    days, decayed = history.purchase_days(), history.decayed_days(SLOPE)
    newest = np.full(history.shape, np.inf, dtype=np.float32)
    np.minimum.at(newest, (history.customer, history.product), history.age_days.astype(np.float32))
    own, age = np.asarray(days[customer, product]).ravel(), newest[customer, product]
    told = [one[customer, product] for one in scores]
    shares = [one[customer, product] / np.maximum(one.max(axis=1), 1e-9)[customer] for one in scores]
    ever = np.bincount(history.customer, minlength=history.shape[0])[customer]
    kinds = np.asarray(days.getnnz(axis=1))[customer]
    pair = [own, np.asarray(decayed[customer, product]).ravel(), np.where(np.isinf(age), np.nan, age)]
    columns = [*told, *shares, *pair, facts.reach[product], facts.recent[product], ever, kinds]
    return np.column_stack(columns).astype(np.float32)


def learn_order(pairs: Pairs, bought: np.ndarray, rounds: int, numbers: Mapping[str, Any]) -> lightgbm.Booster:
    """Trees over two stacks of lists: by customer, and by customer and whether the product is new to them."""
    is_new = np.isnan(pairs.features[:, -5])
    lists = 2 * pairs.customer + is_new
    order = np.argsort(lists, kind="stable")
    rows = np.concatenate([pairs.features, pairs.features[order]])
    labels = np.concatenate([bought, bought[order]]).astype(np.int32)
    groups = [np.unique(one, return_counts=True)[1] for one in (pairs.customer, lists[order])]
    data = lightgbm.Dataset(rows, labels, group=np.concatenate(groups), params={"verbosity": -1})
    fixed = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 30,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
    }
    return lightgbm.train({**fixed, **numbers}, data, rounds)


def score_ranker(state: State, history: History) -> np.ndarray:
    """Scores (c, p): above 1 for the pairs that the trees ranked, below it the first member's order."""
    scores = score_members(state, state["members"], history)
    first = np.maximum(scores[0], 0)
    found = 0.5 * first / np.maximum(first.max(axis=1, keepdims=True), 1e-9)
    if BOOSTER in state and len(history.customer):
        pairs = make_pairs(scores, history, Facts(state["reach"], state["recent"]), int(state["depth"]))
        booster = lightgbm.Booster(model_str=state[BOOSTER].tobytes().decode())
        told = np.asarray(booster.predict(pairs.features, num_threads=1))
        has_bought = np.bincount(history.customer, minlength=len(found)) > 0
        known = has_bought[pairs.customer]
        found[pairs.customer[known], pairs.product[known]] = 1 + 1 / (1 + np.exp(-told[known]))
        found[~has_bought] = 0
    return np.asarray(found, dtype=np.float32)
