"""Places of a list for the products of each part, with no category more often than wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.models.recommendation.ranking import NOTHING


@dataclass(frozen=True)
class Spread:
    """Category of each product (p,) as a number, at most how many of one category a list holds (0: any number), and by
    how much each product of a category already listed counts less, 0-1.
    """

    category: np.ndarray
    category_cap: int = 0
    diversity: float = 0.0


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


def number_categories(catalogue: pd.DataFrame, products: np.ndarray) -> np.ndarray:
    """A number per category of products (p,) from rows of product_id and category; a product without a known one is a
    category of its own.

    >>> rows = pd.DataFrame({"product_id": ["a", "b", "c"], "category": ["tea", "tea", None]})
    >>> number_categories(rows, np.array(["a", "b", "c"])).tolist()
    [1, 1, 0]
    """
    rows = catalogue.drop_duplicates("product_id")
    known = rows.set_index(rows["product_id"].astype(str))["category"].reindex(products.astype(object))
    own = pd.Series([f"product {one}" for one in products], index=known.index)
    return np.asarray(pd.factorize(known.fillna(own), sort=True)[0])


def fill_places(
    ranked: np.ndarray, rates: np.ndarray, places: Sequence[int], spread: Spread
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the parts' candidates make each customer's list, best rate first: parts and places in them, (c, length).

    `ranked` (parts, c, k) are products per part, best first, NOTHING where a part has run out; `rates` (parts, c, k)
    their probabilities. Each part first fills its own places; those it cannot fill go to the best rates left in any
    part. Each place goes to the highest rate x (1 - diversity) ^ (products of its category listed before): a greedy
    maximum of a sum with diminishing returns by category, after Agrawal, Gollapudi, Halverson, Ieong (2009),
    "Diversifying Search Results", section 3.1. A list that even so has gaps ends in NOTHING.

    >>> ranked = np.array([[[7, 8]], [[9, NOTHING]]])
    >>> rates, spread = np.array([[[0.2, 0.1]], [[0.3, 0.0]]]), Spread(np.zeros(10, dtype=int))
    >>> [found.tolist() for found in fill_places(ranked, rates, [1, 1], spread)]
    [[[1, 0]], [[0, 0]]]
    >>> [found.tolist() for found in fill_places(ranked, rates, [1, 1], Spread(spread.category, category_cap=1))]
    [[[0, -1]], [[0, -1]]]
    """
    parts, customers, depth = ranked.shape
    flat = (customers, parts * depth)
    products = np.moveaxis(ranked, 0, 1).reshape(flat)
    filling = Filling(products, np.moveaxis(rates, 0, 1).reshape(flat).astype(np.float64), spread, sum(places))
    for part, count in enumerate(places):
        for _ in range(count):
            filling.fill(slice(part * depth, (part + 1) * depth))
    while (filling.count < sum(places)).any() and filling.fill(slice(0, parts * depth)):
        pass
    return filling.by_rate(depth)


class Filling:
    """Lists being filled: candidates (c, m) with rates, what is taken, and how many of each category there are."""

    def __init__(self, products: np.ndarray, rates: np.ndarray, spread: Spread, length: int) -> None:
        self.is_open = products != NOTHING
        self.rates, self.spread = rates, spread
        self.category = spread.category[np.maximum(products, 0)]
        self.listed = np.zeros((len(products), int(spread.category.max(initial=0)) + 1), dtype=np.int16)
        self.chosen = np.full((len(products), length), NOTHING)
        self.count = np.zeros(len(products), dtype=int)

    def fill(self, columns: slice) -> bool:
        """One more place for every list with room, from some of the candidates; whether anything was found."""
        rows = np.flatnonzero((self.count < self.chosen.shape[1]) & self.is_open[:, columns].any(axis=1))
        if not len(rows):
            return False
        worth = self.worth(rows, columns)
        best = worth.argmax(axis=1)
        is_found = worth[np.arange(len(rows)), best] >= 0
        rows, best = rows[is_found], best[is_found] + columns.start
        self.is_open[rows, best] = False
        self.chosen[rows, self.count[rows]] = best
        self.count[rows] += 1
        self.listed[rows, self.category[rows, best]] += 1
        return bool(len(rows))

    def worth(self, rows: np.ndarray, columns: slice) -> np.ndarray:
        """What each candidate is worth for the next place, -1 where it may not have it."""
        spread, worth, is_open = self.spread, self.rates[rows, columns], self.is_open[rows, columns]
        if spread.category_cap or spread.diversity:
            listed = np.take_along_axis(self.listed[rows], self.category[rows, columns], axis=1)
            worth = worth * (1 - spread.diversity) ** listed
            is_open = is_open & ((listed < spread.category_cap) | (not spread.category_cap))
        return np.where(is_open, worth, -1.0)

    def by_rate(self, depth: int) -> tuple[np.ndarray, np.ndarray]:
        """Parts and places in them, best rate first, gaps last."""
        is_gap = self.chosen == NOTHING
        rate = np.take_along_axis(self.rates, np.maximum(self.chosen, 0), axis=1)
        order = np.lexsort((self.chosen, -rate, is_gap), axis=1)
        best_first, is_gap = (np.take_along_axis(values, order, axis=1) for values in (self.chosen, is_gap))
        return np.where(is_gap, NOTHING, best_first // depth), np.where(is_gap, NOTHING, best_first % depth)
