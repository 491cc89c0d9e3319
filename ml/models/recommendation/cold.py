"""Who bought nothing yet, and what hardly anybody bought yet: contests and lists of their own."""

from dataclasses import dataclass

import numpy as np

from ml.models import recommendation
from ml.models.recommendation import TIE_BREAK, Recommender
from ml.models.recommendation.content import like_goods, weigh_reach
from ml.models.recommendation.history import History, take_customers
from ml.models.recommendation.ranking import rank_products
from ml.models.recommendation.tournament import Window, open_window

VISITOR, NEWCOMER, NEW = "visitor", "newcomer", "new"  # looked at something; did not even that; a product that is new
CASES = (VISITOR, NEWCOMER)
TELLING = ("content", "session_transitions", "attribute_popularity")  # know customers who bought nothing
CONTENT = "content"


def split_cold(history: History) -> dict[str, np.ndarray]:
    """Places of the customers who bought nothing: those who looked at or searched for something, and the others."""
    is_cold = np.bincount(history.customer, minlength=len(history.customers)) == 0
    has_visited = history.side.has_visited() if history.side else np.zeros(len(is_cold), bool)
    return {VISITOR: np.flatnonzero(is_cold & has_visited), NEWCOMER: np.flatnonzero(is_cold & ~has_visited)}


def open_cold(before: History, after: History, lapsed_after_days: int) -> dict[str, Window]:
    """Windows of the customers who had bought nothing before it, over the products of `before`."""
    asked = {case: take_customers(before, places) for case, places in split_cold(before).items() if len(places)}
    return {case: open_window(one, after, lapsed_after_days) for case, one in asked.items()}


@dataclass(frozen=True)
class NewGoods:
    """New products (f,), sorted, and the share of the customers who bought each so far (f,)."""

    products: np.ndarray
    reach: np.ndarray


def find_new(history: History, new: np.ndarray, learned: np.ndarray) -> NewGoods:
    """Those of the new products that no recommender has learned, with their reach so far."""
    products = np.setdiff1d(new, learned)
    reach = np.zeros(len(products))
    place = np.searchsorted(history.products, products).clip(max=max(0, len(history.products) - 1))
    if len(history.products) and len(products):
        known = history.products[place] == products
        reach[known] = history.reach()[place[known]]
    return NewGoods(products, reach)


def score_new(recommender: Recommender | None, history: History, new: NewGoods) -> np.ndarray:
    """Scores (c, f) of new products: likeness to the customer's profile times their reach so far as `score_content` has
    it, or their reach alone without a recommender that can tell.
    """
    customers = len(history.customers)
    if recommender is None or "words" not in recommender.state or history.side is None:
        return np.tile(new.reach.astype(np.float32), (customers, 1))
    popular = weigh_reach(new.reach, customers, recommender.state)
    return like_goods(recommender.state, history, new.products) * popular + (TIE_BREAK * new.reach).astype(np.float32)


def rank_cold(recommender: Recommender, history: History, is_sold: np.ndarray, length: int) -> tuple[np.ndarray, ...]:
    """For customers who bought nothing: products (c, length), their scores, and whether the recommender knows anything
    about each customer (c,); where it does not, the order is that of popularity.
    """
    scores = recommendation.score(recommender, history)
    ranked = rank_products(scores, np.broadcast_to(is_sold, scores.shape), length)
    told = np.take_along_axis(scores, np.maximum(ranked, 0), axis=1)
    return ranked, told, scores.max(axis=1, initial=0) > TIE_BREAK
