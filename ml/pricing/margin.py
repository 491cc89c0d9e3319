"""Expected units and margin at another price, by a constant elasticity around today's price.

With e the own elasticity, units at price q are u (q / p)^e, and the margin (q - c) u (q / p)^e is largest at
c e / (1 + e) where e is below -1 (Lerner 1934). What a cut takes from the other products of the category is subtracted:
their margin moves by (q / p)^x, x the elasticity of their units to this product's price.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.learning.metrics import FloatArray


@dataclass(frozen=True)
class Goods:
    """N products: price and cost (currency a unit), units a week at that price, the own elasticity with its interval,
    the elasticity of the category's other products to this price, and their margin (currency a week).
    """

    price: FloatArray
    cost: FloatArray
    units: FloatArray
    elasticity: FloatArray
    elasticity_low: FloatArray
    elasticity_high: FloatArray
    spill_elasticity: FloatArray
    others_margin: FloatArray

    @property
    def is_told(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Whether (N) an elasticity is known and surely below 0: with any other sign there is nothing to decide by."""
        return np.asarray(self.elasticity_high < 0)

    def margin_gain(self, prices: FloatArray, elasticity: FloatArray) -> FloatArray:
        """Margin (N × K, currency a week) at prices (N × K) beyond today's, the category's other products included."""
        own = (prices - self.cost[:, None]) * self.expected_units(prices, elasticity)
        today = ((self.price - self.cost) * self.units)[:, None]
        spilled = self.others_margin[:, None] * (self.ratio(prices) ** self.spill_elasticity[:, None] - 1)
        return np.asarray(own - today + spilled, dtype=float)

    def expected_units(self, prices: FloatArray, elasticity: FloatArray) -> FloatArray:
        return np.asarray(self.units[:, None] * self.ratio(prices) ** elasticity[:, None], dtype=float)

    def ratio(self, prices: FloatArray) -> FloatArray:
        return np.asarray(prices / self.price[:, None], dtype=float)


def break_even_depth(price: FloatArray, cost: FloatArray) -> FloatArray:
    """Depth (N, share of the price, 0-1) of the discount that sells at cost: (price - cost) / price.

    >>> break_even_depth(np.array([10.0, 4.0]), np.array([6.0, 5.0])).tolist()
    [0.4, 0.0]
    """
    return np.asarray(np.clip((price - cost) / price, 0.0, 1.0), dtype=float)


def discounted(price: FloatArray, depth: FloatArray) -> FloatArray:
    """Price (currency) after a discount of a depth (share of the price).

    >>> price, cost = np.array([10.0, 4.0]), np.array([6.0, 1.0])
    >>> discounted(price, break_even_depth(price, cost)).tolist()
    [6.0, 1.0]
    """
    return np.asarray(price * (1 - depth), dtype=float)


def best_free_price(cost: FloatArray, elasticity: FloatArray) -> FloatArray:
    """Price (N, currency) of the largest margin without any guardrail; infinite where the elasticity is not below -1.

    >>> best_free_price(np.array([6.0, 6.0]), np.array([-3.0, -0.5])).tolist()
    [9.0, inf]
    """
    is_elastic = elasticity < -1
    return np.where(is_elastic, cost * elasticity / np.where(is_elastic, 1 + elasticity, -1.0), np.inf)
