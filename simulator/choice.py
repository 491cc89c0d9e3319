"""Which product a customer takes from a category: popularity, price, taste and habit in one softmax."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import Catalogue, FloatArray, IntArray
from simulator.market import Market
from simulator.people import People
from simulator.response import Amounts, unit_moments

NOTHING = -1
CHUNK = 200_000  # draws whose weights are held at once


@dataclass(frozen=True)
class Choice:
    """What the draws need: who, from what, on which day."""

    known: SimpleNamespace
    people: People
    catalogue: Catalogue
    market: Market


def product_weights(choice: Choice, rows: IntArray, category: int) -> NDArray[np.float32]:
    """Unnormalised chances of a category's products for each of n customers (n × products of the category).

    weight × exp(taste + (sensitivity − 1) × elasticity × log price) × boost of the customer's favourites.
    """
    people, catalogue, market, of = choice.people, choice.catalogue, choice.market, choice.known
    first, last = catalogue.bounds[category], catalogue.bounds[category + 1]
    taste = people.tastes[rows] @ catalogue.factors[first:last].T.astype(np.float32)
    bound = of.products.taste_bound
    np.clip(taste, -bound, bound, out=taste)
    price = (catalogue.elasticity[category] * market.log_price[first:last]).astype(np.float32)
    taste += (people.sensitivity[rows, None] - 1) * price[None, :]
    np.exp(taste, out=taste)
    taste *= market.weight[first:last].astype(np.float32)
    taste *= np.where(habits(people, rows, first, last), np.float32(of.people.favourite_boost), np.float32(1))
    return taste


def habits(people: People, rows: IntArray, first: int, last: int) -> NDArray[np.bool_]:
    """Whether each product from first up to last is among each customer's favourites."""
    is_habit = np.zeros((len(rows), last - first), dtype=bool)
    favourites = people.favourites[rows]
    who, place = np.nonzero((favourites >= first) & (favourites < last))
    is_habit[who, favourites[who, place] - first] = True
    return is_habit


def draw_products(choice: Choice, rows: IntArray, category: IntArray, chance: np.random.Generator) -> IntArray:
    """One product row for each draw; NOTHING where the category has none on sale."""
    drawn = np.full(len(rows), NOTHING, dtype=np.int64)
    luck = chance.random(len(rows))
    order = np.argsort(category, kind="stable")
    edges = np.searchsorted(category[order], np.arange(choice.catalogue.categories + 1))
    for number in range(choice.catalogue.categories):
        for start in range(edges[number], edges[number + 1], CHUNK):
            places = order[start : min(start + CHUNK, edges[number + 1])]
            drawn[places] = draw_in_category(choice, rows[places], number, luck[places])
    return drawn


def draw_in_category(choice: Choice, rows: IntArray, category: int, luck: FloatArray) -> IntArray:
    edges = np.cumsum(product_weights(choice, rows, category), axis=1)
    total = edges[:, -1]
    place = (edges <= (luck * total)[:, None]).sum(axis=1)
    first, last = choice.catalogue.bounds[category], choice.catalogue.bounds[category + 1]
    return np.where(total > 0, first + np.minimum(place, last - first - 1), NOTHING)


@dataclass(frozen=True)
class OwnAmounts:
    """Of each of n customers by category (n × C): mean and mean square of a line's amount, and its mean margin."""

    amounts: Amounts
    margin: FloatArray


def own_amounts(choice: Choice, rows: IntArray) -> OwnAmounts:
    """Exact moments under each customer's own chances."""
    shape = (len(rows), choice.catalogue.categories)
    mean, square, margin = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    units, units_square = unit_moments(choice.known)
    for number in range(choice.catalogue.categories):
        first, last = choice.catalogue.bounds[number], choice.catalogue.bounds[number + 1]
        weights = product_weights(choice, rows, number).astype(np.float64)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        price = choice.market.price[first:last]
        mean[:, number] = units * (weights @ price)
        square[:, number] = units_square * (weights @ price**2)
        margin[:, number] = units * (weights @ (price - choice.catalogue.cost[first:last]))
    return OwnAmounts(Amounts(mean, square), margin)
