"""One list per customer out of the parts' best products."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ml.models.recommendation import FLOOR
from ml.models.recommendation.chosen import COLD, Chosen, Scored
from ml.models.recommendation.history import NOVEL, PARTS, History
from ml.models.recommendation.ranking import NOTHING, rank_products
from ml.models.recommendation.rates import apply_rates


def share_places(length: int, shares: Sequence[float]) -> list[int]:
    """Places of a list given to each part by its share; what rounding leaves goes to the largest remainders.

    >>> share_places(10, [0.5, 0.2, 0.3]), share_places(3, [0.5, 0.2, 0.3])
    ([5, 2, 3], [1, 1, 1])
    """
    exact = length * np.asarray(shares) / np.sum(shares)
    places = np.floor(exact + 1e-9).astype(int)
    for part in np.argsort(places - exact, kind="stable")[: length - places.sum()]:
        places[part] += 1
    return places.tolist()


def merge_parts(ranked: np.ndarray, rates: np.ndarray, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which of the parts' candidates make each customer's list, best rate first: parts and places in them, (c, length).

    `ranked` (parts, c, k) are products per part, best first, NOTHING where a part has run out; `rates` (parts, c, k)
    their probabilities. Each part first fills its own places; those it cannot fill go to the best rates left in any
    part. A list that even so has gaps ends in NOTHING.

    >>> ranked = np.array([[[7, 8]], [[9, NOTHING]]])
    >>> part, place = merge_parts(ranked, np.array([[[0.2, 0.1]], [[0.3, 0.0]]]), places=[1, 1])
    >>> part.tolist(), place.tolist()
    ([[1, 0]], [[0, 0]])
    """
    parts, customers, depth = ranked.shape
    length = sum(places)
    is_own = np.arange(depth)[None, :] < np.asarray(places)[:, None]
    flat = (customers, parts * depth)
    missing = np.moveaxis(ranked == NOTHING, 0, 1).reshape(flat)
    rate = np.moveaxis(rates, 0, 1).reshape(flat)
    order = np.lexsort((-rate, np.broadcast_to(~is_own.ravel(), flat), missing), axis=1)[:, :length]
    taken_rate, is_gap = (np.take_along_axis(values, order, axis=1) for values in (rate, missing))
    best_first = np.take_along_axis(order, np.lexsort((order, -taken_rate, is_gap), axis=1), axis=1)
    is_gap = np.take_along_axis(missing, best_first, axis=1)
    return np.where(is_gap, NOTHING, best_first // depth), np.where(is_gap, NOTHING, best_first % depth)


def sold_lately(history: History, days: int) -> np.ndarray:
    """Whether anybody bought each product within so many days, (p,); all of them where nobody bought anything."""
    is_sold = np.zeros(len(history.products), bool)
    is_sold[history.product[history.age_days <= days]] = True
    return is_sold if is_sold.any() else ~is_sold


def list_batch(
    champion: Chosen, history: History, scored: Scored, is_sold: np.ndarray, places: Sequence[int]
) -> pd.DataFrame:
    """Lists of the customers of a history, best first: customer_id, rank, product_id, score, method, part.

    `is_sold` (p,) tells what can be recommended at all, `places` how many places each part has. A customer who bought
    nothing gets what is popular, and the method says so. `score` is a probability of purchase, 0-1.
    """
    is_cold = np.bincount(history.customer, minlength=len(history.customers)) == 0
    ranked = rank_parts(champion, scored, is_sold, sum(places))
    rates = scored.probability[np.arange(len(history.customers))[None, :, None], np.maximum(ranked, 0)]
    popular = rank_products(champion.reach[None, :], is_sold[None, :], sum(places))[0]
    ranked[NOVEL, is_cold] = popular
    rates[NOVEL, is_cold] = apply_rates(champion.lines[COLD], champion.reach[np.maximum(popular, 0)])
    part, place = merge_parts(ranked, rates, places)
    customer, rank = np.nonzero(part != NOTHING)
    part, place = part[customer, rank], place[customer, rank]
    methods = np.array([champion.names[name] for name in PARTS], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": history.customers[customer].astype(object),
            "rank": rank.astype(np.int32) + 1,
            "product_id": history.products[ranked[part, customer, place]].astype(object),
            "score": rates[part, customer, place].astype(np.float64),
            "method": np.where(is_cold[customer], FLOOR, methods[part]),
            "part": np.array(PARTS, dtype=object)[part],
        }
    )


def rank_parts(champion: Chosen, scored: Scored, is_sold: np.ndarray, length: int) -> np.ndarray:
    """The best products of each part for each customer, (parts, c, length), NOTHING where a part has run out."""
    ranked = [
        rank_products(scored.scores[champion.names[part]], (scored.parts == place) & is_sold, length)
        for place, part in enumerate(PARTS)
    ]
    return np.stack(ranked)
