"""Recommenders: candidates by name behind one contract, fitted on a history and scoring any other."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ml.models.recommendation import (
    bpr,
    content,
    ease,
    factors,
    frequency,
    neighbours,
    nmf,
    people,
    ranker,
    scaled_als,
    sessions,
    transitions,
)
from ml.models.recommendation.history import History, align_products
from ml.models.recommendation.packing import State
from ml.models.recommendation.similarity import MEASURES

__all__ = ["CANDIDATES", "FLOOR", "Recommender", "fit", "load", "save", "score"]

FLOOR = "popularity"
TIE_BREAK = 1e-6  # orders products that a method cannot tell apart, and changes nothing else
ARRAYS, CARD = "recommender.npz", "recommender.json"


@dataclass(frozen=True)
class Candidate:
    fit: Callable[..., dict[str, np.ndarray]]
    score: Callable[[State, History], np.ndarray]


CANDIDATES = {
    FLOOR: Candidate(frequency.fit_popularity, frequency.score_popularity),
    "own_frequency": Candidate(frequency.fit_own_frequency, frequency.score_own_frequency),
    "decayed_neighbours": Candidate(neighbours.fit_decayed_neighbours, neighbours.score_decayed_neighbours),
    "ease": Candidate(ease.fit_ease, ease.score_ease),
    **{
        f"user_{measure}": Candidate(partial(neighbours.fit_users, measure=measure), neighbours.score_users)
        for measure in MEASURES
    },
    **{
        f"item_{measure}": Candidate(partial(neighbours.fit_items, measure=measure), neighbours.score_items)
        for measure in MEASURES
    },
    "implicit_als": Candidate(factors.fit_implicit_als, factors.score_implicit_als),
    "scaled_als": Candidate(scaled_als.fit_scaled_als, scaled_als.score_scaled_als),
    "bpr": Candidate(bpr.fit_bpr, bpr.score_bpr),
    "truncated_svd": Candidate(factors.fit_truncated_svd, factors.score_truncated_svd),
    "nmf": Candidate(nmf.fit_nmf, nmf.score_nmf),
    "transitions": Candidate(transitions.fit_transitions, transitions.score_transitions),
    "session_transitions": Candidate(sessions.fit_session_transitions, sessions.score_session_transitions),
    "content": Candidate(content.fit_content, content.score_content),
    "attribute_popularity": Candidate(people.fit_attribute_popularity, people.score_attribute_popularity),
    "ranker": Candidate(ranker.fit_ranker, ranker.score_ranker),
}


@dataclass(frozen=True)
class Recommender:
    """A fitted candidate: everything it needs is in plain arrays and JSON."""

    candidate: str
    settings: Mapping[str, Any]
    products: np.ndarray
    reach: np.ndarray
    state: State


def fit(candidate: str, history: History, settings: Mapping[str, Any]) -> Recommender:
    """Fit a candidate by name on a history (c customers, p products); unknown names raise KeyError.

    >>> import pandas as pd; from datetime import date; from ml.models.recommendation.history import read_history
    >>> rows = pd.DataFrame({"customer_id": ["a", "b", "a"], "product_id": ["x", "x", "y"], "order_date": "2017-01-01"})
    >>> history = read_history(rows, date(2017, 1, 2))
    >>> score(fit("popularity", history, {}), history).round(2).tolist()
    [[1.0, 0.5], [1.0, 0.5]]
    """
    state = CANDIDATES[candidate].fit(history, **settings)
    return Recommender(candidate, dict(settings), history.products, history.reach(), state)


def score(recommender: Recommender, history: History) -> np.ndarray:
    """How much each customer likes each of the recommender's products, (c, p) in single precision, up is better.

    Customers need not be those it was fitted on; products it does not know are left out, and a customer without
    purchases gets the most popular products first.
    """
    seen = align_products(history, recommender.products)
    liked = CANDIDATES[recommender.candidate].score(recommender.state, seen)
    return (liked + TIE_BREAK * recommender.reach).astype(np.float32)


def save(recommender: Recommender, folder: Path) -> None:
    """Write a recommender as one npz of arrays and one JSON: no pickle, the same recommender gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"state.{name}": array for name, array in recommender.state.items()}
    arrays = {"products": recommender.products, "reach": recommender.reach, **state}
    np.savez_compressed(folder / ARRAYS, allow_pickle=False, **arrays)
    card = {"candidate": recommender.candidate, "settings": dict(recommender.settings)}
    (folder / CARD).write_text(json.dumps(card, indent=2, sort_keys=True))


def load(folder: Path) -> Recommender:
    """The recommender that `save` wrote; a file with pickled objects raises ValueError."""
    card = json.loads((folder / CARD).read_text())
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        state = {name.removeprefix("state."): arrays[name] for name in arrays.files if name.startswith("state.")}
        return Recommender(card["candidate"], card["settings"], arrays["products"], arrays["reach"], state)
