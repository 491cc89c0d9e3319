"""What the shop sells: categories, products, prices and costs, and the directions of taste they lie in."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.chance import stream

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
FIRST_PRODUCT = 100_001


@dataclass(frozen=True)
class Catalogue:
    """C categories and J products, products sorted by category; `factors` are directions of taste (C or J × K).

    `bounds` (C + 1) says which products belong to a category: from bounds[c] up to bounds[c + 1].
    """

    department: IntArray
    category_weight: FloatArray
    category_factors: FloatArray
    elasticity: FloatArray
    cross_elasticity: FloatArray
    has_fixed_prices: NDArray[np.bool_]
    peak_day: IntArray
    swing: FloatArray
    bounds: IntArray
    category: IntArray
    factors: FloatArray
    popularity: FloatArray
    list_price: FloatArray
    cost: FloatArray
    launched_on: IntArray
    is_private: NDArray[np.bool_]
    lead_days: IntArray

    @property
    def categories(self) -> int:
        return len(self.department)

    @property
    def products(self) -> int:
        return len(self.category)

    @property
    def product_id(self) -> IntArray:
        return np.arange(self.products, dtype=np.int64) + FIRST_PRODUCT


def make_catalogue(known: SimpleNamespace, products: int, days: int, seed: int) -> Catalogue:
    """Draw a catalogue of about as many products as asked, at least two in each category."""
    chance = stream(seed, "catalogue")
    categories = min(known.world.categories, max(products // 2, 1))
    sizes = np.full(categories, products // categories)
    sizes[: products % categories] += 1
    category = np.repeat(np.arange(categories), sizes)
    weight = chance.permutation(1.0 / np.arange(1, categories + 1) ** known.products.category_exponent)
    return Catalogue(
        department=np.sort(np.arange(categories) % min(known.world.departments, categories)),
        category_weight=weight / weight.sum(),
        category_factors=draw_category_factors(known, categories, chance),
        bounds=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        category=category.astype(np.int64),
        **draw_demand(known, categories, chance),
        **draw_products(known, sizes, category, days, chance),
    )


def draw_category_factors(known: SimpleNamespace, categories: int, chance: np.random.Generator) -> FloatArray:
    factors = known.world.factors
    drawn: FloatArray = chance.normal(0, known.products.category_taste_spread, (categories, factors))
    return drawn / np.sqrt(factors)


def draw_demand(known: SimpleNamespace, categories: int, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """How each category answers prices and seasons."""
    prices = known.prices
    elasticity = np.clip(
        chance.normal(prices.elasticity, prices.elasticity_spread, categories), *prices.elasticity_bounds
    )
    cross = prices.cross_elasticity * np.clip(chance.normal(1, prices.cross_spread, categories), 0.2, 2.0)
    is_fixed = np.zeros(categories, dtype=bool)
    is_fixed[chance.permutation(categories)[: min(prices.fixed_categories, categories // 4)]] = True
    return {
        "elasticity": elasticity,
        "cross_elasticity": cross,
        "has_fixed_prices": is_fixed,
        "peak_day": chance.integers(0, 365, categories),
        "swing": known.seasons.category_swing * chance.random(categories),
    }


def draw_products(
    known: SimpleNamespace, sizes: IntArray, category: IntArray, days: int, chance: np.random.Generator
) -> dict[str, np.ndarray]:
    count, of = len(category), known.products
    rank = np.concatenate([chance.permutation(size) for size in sizes]) + 1.0
    level = chance.normal(0, of.price_spread, len(sizes))[category]
    price = of.price_median * np.exp(level + chance.normal(0, of.price_spread / 2, count))
    margin = np.clip(chance.normal(of.margin_rate, of.margin_spread, count), *of.margin_bounds)
    price = np.maximum(np.floor(price) + 0.99, 1.99)
    spread = of.taste_spread / np.sqrt(known.world.factors)
    is_new = chance.random(count) < of.new_rate
    return {
        "factors": chance.normal(0, spread, (count, known.world.factors)),
        "popularity": rank**-of.popularity_exponent,
        "list_price": price,
        "cost": np.round(price * (1 - margin), 2),
        "launched_on": np.where(
            is_new, chance.integers(0, max(days, 1), count), -chance.integers(of.age_days[0], of.age_days[1], count)
        ),
        "is_private": chance.random(count) < of.private_rate,
        "lead_days": chance.integers(known.stock.lead_days[0], known.stock.lead_days[1] + 1, count),
    }
