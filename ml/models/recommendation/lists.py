"""One list per customer out of the parts' best products."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.models.recommendation import FLOOR, TIE_BREAK
from ml.models.recommendation.chosen import COLD, Chosen, Scored
from ml.models.recommendation.cold import NEW, NewGoods, rank_cold, score_new, split_cold
from ml.models.recommendation.history import NOVEL, PARTS, History, take_customers
from ml.models.recommendation.places import Spread, fill_places
from ml.models.recommendation.ranking import NOTHING, rank_products
from ml.models.recommendation.rates import apply_rates

DEEPER = 3  # so many times the list's length competes where the best may have too much of one category
LISTED = (*PARTS, PARTS[NOVEL])  # what nobody knows yet is new to the customer as well


@dataclass(frozen=True)
class Shelf:
    """What can be listed and how: which of the learned products (p,) are sold, new products, the places of repeat,
    lapsed, novel and new products, and the spread over categories of the learned products and the new ones after them.
    """

    is_sold: np.ndarray
    new: NewGoods
    places: Sequence[int]
    spread: Spread

    @property
    def depth(self) -> int:
        is_spread = self.spread.category_cap or self.spread.diversity
        return sum(self.places) * (DEEPER if is_spread else 1)


@dataclass(frozen=True)
class Offered:
    """Per kind of place (4, c, k): products as places, learned before new, and their probabilities; methods (4, c)."""

    ranked: np.ndarray
    rates: np.ndarray
    methods: np.ndarray


def sold_lately(history: History, days: int) -> np.ndarray:
    """Whether anybody bought each product within so many days, (p,); all of them where nobody bought anything."""
    is_sold = np.zeros(len(history.products), bool)
    is_sold[history.product[history.age_days <= days]] = True
    return is_sold if is_sold.any() else ~is_sold


def list_batch(champion: Chosen, history: History, scored: Scored, shelf: Shelf) -> pd.DataFrame:
    """Lists of the customers of a history, best first: customer_id, rank, product_id, score, method, part.

    A customer who bought nothing gets what the winner among such customers proposes or, where it knows nothing, what is
    popular, and the method says so. `score` is a probability of purchase, 0-1.
    """
    offered = offer(champion, history, scored, shelf)
    part, place = fill_places(offered.ranked, offered.rates, shelf.places, shelf.spread)
    customer, rank = np.nonzero(part != NOTHING)
    part, place = part[customer, rank], place[customer, rank]
    products = np.concatenate([history.products.astype(object), shelf.new.products.astype(object)])
    return pd.DataFrame(
        {
            "customer_id": history.customers[customer].astype(object),
            "rank": rank.astype(np.int32) + 1,
            "product_id": products[offered.ranked[part, customer, place]],
            "score": offered.rates[part, customer, place].astype(np.float64),
            "method": offered.methods[part, customer],
            "part": np.array(LISTED, dtype=object)[part],
        }
    )


def offer(champion: Chosen, history: History, scored: Scored, shelf: Shelf) -> Offered:
    """What each part proposes to each customer, those who bought nothing apart, and what is new."""
    customers = len(history.customers)
    ranked = np.stack([*rank_parts(champion, scored, shelf), np.full((customers, shelf.depth), NOTHING)])
    rates = scored.probability[np.arange(customers)[None, :, None], np.maximum(ranked, 0)].astype(np.float64)
    names = [champion.names[name] for name in PARTS] + [champion.names.get(NEW, FLOOR)]
    methods = np.tile(np.array(names, dtype=object)[:, None], (1, customers))
    offered = Offered(ranked, rates, methods)
    offer_new(champion, history, shelf, offered)
    for case, places in split_cold(history).items():
        if len(places):
            offer_cold(champion, history, shelf, offered, case, places)
    return offered


def rank_parts(champion: Chosen, scored: Scored, shelf: Shelf) -> list[np.ndarray]:
    """The best products of each part for each customer, (c, depth), NOTHING where a part has run out."""
    return [
        rank_products(scored.scores[champion.names[part]], (scored.parts == place) & shelf.is_sold, shelf.depth)
        for place, part in enumerate(PARTS)
    ]


def offer_new(champion: Chosen, history: History, shelf: Shelf, offered: Offered) -> None:
    """Fill in the new products, whose places follow those of the learned ones."""
    if not len(shelf.new.products):
        return
    recommender = champion.recommenders.get(champion.names.get(NEW, FLOOR))
    scores = score_new(recommender, history, shelf.new)
    best = rank_products(scores, np.ones(scores.shape, bool), shelf.depth)
    told = np.take_along_axis(scores, np.maximum(best, 0), axis=1)
    offered.ranked[-1] = np.where(best == NOTHING, NOTHING, best + len(history.products))
    offered.rates[-1] = apply_rates(champion.lines.get(NEW, champion.lines[COLD]), told)
    offered.methods[-1, scores.max(axis=1, initial=0) <= TIE_BREAK] = FLOOR


def offer_cold(
    champion: Chosen, history: History, shelf: Shelf, offered: Offered, case: str, places: np.ndarray
) -> None:
    """Fill in what customers get who bought nothing."""
    name = champion.names.get(case, FLOOR)
    line = champion.lines.get(case, champion.lines[COLD])
    if name in champion.recommenders and name != FLOOR:
        asked = take_customers(history, places)
        ranked, told, is_known = rank_cold(champion.recommenders[name], asked, shelf.is_sold, shelf.depth)
    else:
        best = rank_products(champion.reach[None, :], shelf.is_sold[None, :], shelf.depth)
        ranked, told = np.tile(best, (len(places), 1)), np.tile(champion.reach[np.maximum(best, 0)], (len(places), 1))
        is_known = np.zeros(len(places), bool)
    offered.ranked[NOVEL, places] = ranked
    offered.rates[NOVEL, places] = apply_rates(line, told)
    offered.methods[NOVEL, places] = np.where(is_known, name, FLOOR)
