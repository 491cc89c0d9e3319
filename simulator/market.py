"""What customers meet on a day: prices, competitors, the front page, and what is in stock."""

from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from simulator.calendar import category_seasons, monday_of, week_number
from simulator.catalogue import Catalogue, FloatArray, IntArray
from simulator.chance import stream


@dataclass(frozen=True)
class Market:
    """Products (J) and categories (C) on one day.

    `weight` is a product's pull on the mean customer, price, competitors and front page included; `demand` is what they
    and the season make of a category's share of the lines.
    """

    price: FloatArray
    log_price: FloatArray
    competitor: FloatArray
    is_placed: NDArray[np.bool_]
    weight: FloatArray
    demand: FloatArray


def open_market(
    known: SimpleNamespace, catalogue: Catalogue, seed: int, day: int, is_in_stock: NDArray[np.bool_]
) -> Market:
    week = week_number(known, day)
    shelf_rate = shelf_reductions(known, catalogue, seed, week)
    price = np.round(catalogue.list_price * (1 - shelf_rate), 2)
    log_price = np.log(price / catalogue.list_price)
    competitor = competitor_prices(known, catalogue, seed, week)
    log_competitor = np.log(competitor.mean(axis=0) / catalogue.list_price)
    is_placed = front_page(known, catalogue, seed, week)
    usual = catalogue.popularity * (catalogue.launched_on <= day)
    category = catalogue.category
    pull = catalogue.elasticity[category] * log_price + catalogue.cross_elasticity[category] * log_competitor
    weight = usual * np.exp(pull) * (1 + known.prices.placement_lift * is_placed) * is_in_stock
    total = sum_by_category(catalogue, weight)
    growth = (total / np.maximum(sum_by_category(catalogue, usual), 1e-12)) ** known.prices.category_growth
    demand = growth * category_seasons(known, catalogue, day)
    return Market(price, log_price, competitor, is_placed, weight, demand)


def sum_by_category(catalogue: Catalogue, values: FloatArray) -> FloatArray:
    return np.add.reduceat(values, catalogue.bounds[:-1])


def shelf_reductions(known: SimpleNamespace, catalogue: Catalogue, seed: int, week: int) -> FloatArray:
    """Share of the list price taken off each product this week by the shop's own price reductions."""
    reduced = np.zeros(catalogue.products)
    for age in range(known.prices.promotion_weeks):
        depth, weeks = start_reductions(known, catalogue, seed, week - age)
        reduced = np.maximum(reduced, np.where(weeks > age, depth, 0.0))
    return np.where(catalogue.has_fixed_prices[catalogue.category], 0.0, reduced)


def start_reductions(known: SimpleNamespace, catalogue: Catalogue, seed: int, week: int) -> tuple[FloatArray, IntArray]:
    chance = stream(seed, "reductions", week + 10)
    of = known.prices
    starts = chance.random(catalogue.products) < of.promotion_rate
    depth = chance.choice(of.promotion_depths, catalogue.products)
    weeks = chance.integers(1, of.promotion_weeks + 1, catalogue.products)
    return np.where(starts, depth, 0.0), weeks


def competitor_prices(known: SimpleNamespace, catalogue: Catalogue, seed: int, week: int) -> FloatArray:
    """Prices of this week by competitor and product; each walks away from the list price and is drawn back to it."""
    of = known.prices
    walks = competitor_walks(
        len(of.competitors),
        catalogue.products,
        of.competitor_step,
        of.competitor_start,
        of.competitor_memory,
        seed,
        week,
    )
    return np.maximum(np.round(catalogue.list_price * np.exp(walks), 2), 0.01)


@lru_cache(maxsize=4)
def competitor_walks(
    competitors: int, products: int, step: float, start: float, memory: float, seed: int, week: int
) -> FloatArray:
    shape = (competitors, products)
    if week <= 0:
        return stream(seed, "competitors").normal(0, start * step, shape)
    before = competitor_walks(competitors, products, step, start, memory, seed, week - 1)
    return memory * before + stream(seed, "competitors", week).normal(0, step, shape)


def front_page(known: SimpleNamespace, catalogue: Catalogue, seed: int, week: int) -> NDArray[np.bool_]:
    chance = stream(seed, "front page", week + 10)
    is_placed = np.zeros(catalogue.products, dtype=bool)
    launched = np.flatnonzero(catalogue.launched_on <= max(monday_of(known, week), 0))
    is_placed[chance.permutation(launched)[: min(known.prices.placement_count, len(launched) // 4)]] = True
    return is_placed
