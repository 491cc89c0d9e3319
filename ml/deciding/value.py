"""What an offer is worth: what showing it changes where chance drew lots, else what its use leaves (a response)."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray

DECIMALS = 4  # as the tables keep money, so that what is summed here is what is summed there


@dataclass(frozen=True)
class Worth:
    """Per customer–offer pair: the basket part in scope, what the offer takes off it, and what is expected of both.

    `expected_margin` is that of the response. `uplift` (orders) and `incremental_margin` (currency, after all costs)
    are effects, not numbers where none were learned.
    """

    amount: FloatArray
    face_value: FloatArray
    expected_margin: FloatArray
    expected_cost: FloatArray
    uplift: FloatArray
    incremental_margin: FloatArray

    @property
    def value(self) -> FloatArray:
        """What decides, in currency: the incremental margin, the response's where there is none."""
        return np.where(np.isnan(self.incremental_margin), self.expected_margin, self.incremental_margin)


def value_offers(
    propensity: FloatArray,
    own_amount: FloatArray,
    offer: IntArray,
    offers: pd.DataFrame,
    terms: SimpleNamespace,
    winsor_rate: float,
) -> Worth:
    """Expected margin = p × (margin of the basket part in scope − face value × shop's share), for n pairs.

    `propensity` is the probability of redemption (0–1), `own_amount` what the customer's baskets with products in scope
    hold of them on average (currency, not a number where there were none), `offer` the row of each pair in `offers`.
    Where nothing is known of the basket part nothing is known of the worth: both expectations are not a number.

    >>> offers = pd.DataFrame({"discount_type": ["amount"], "discount_value": [1.0], "max_discount": [None],
    ...     "min_basket": [None], "scope_size": [12], "margin_rate": [0.25], "shop_funded_rate": [None]})
    >>> terms = SimpleNamespace(point_value=0.01, default_margin_rate=0.25, default_shop_funded_rate=1.0)
    >>> worth = value_offers(np.array([0.1]), np.array([8.0]), np.array([0]), offers, terms, winsor_rate=0.0)
    >>> worth.expected_margin.tolist(), worth.expected_cost.tolist()  # 0.1 × (8 × 0.25 − 1) and 0.1 × 1
    ([0.1], [0.1])
    """
    amount = reach_minimum(typical_amounts(own_amount, offer, len(offers), winsor_rate), offer, offers)
    face_value = np.minimum(take_off(amount, offer, offers, terms), amount)
    funded = offers["shop_funded_rate"].astype(float).fillna(terms.default_shop_funded_rate).to_numpy()[offer]
    margin_rate = offers["margin_rate"].astype(float).fillna(terms.default_margin_rate).to_numpy()[offer]
    cost = face_value * funded
    margin = propensity * (amount * margin_rate - cost)
    unknown = np.full(len(amount), np.nan)
    return Worth(
        amount, face_value, margin.round(DECIMALS), (propensity * cost).round(DECIMALS), unknown, unknown.copy()
    )


def value_effects(response: Worth, effects: pd.DataFrame, terms: SimpleNamespace) -> Worth:
    """The worth of n pairs with the effects known of them: extra margin × (1 − pull-forward) − cost − message.

    `effects` has effect_orders, effect_margin (currency, before the offer's cost) and effect_cost; a pair without them
    keeps the worth of its response.

    >>> plain = Worth(*(np.array([one]) for one in (8.0, 1.0, 0.1, 0.1, np.nan, np.nan)))
    >>> effects = pd.DataFrame({"effect_orders": [0.05], "effect_margin": [0.5], "effect_cost": [0.2]})
    >>> terms = SimpleNamespace(pull_forward_rate=0.2, message_cost=0.01)
    >>> worth = value_effects(plain, effects, terms)
    >>> worth.value.tolist(), worth.expected_cost.tolist()  # 0.5 × 0.8 − 0.2 − 0.01
    ([0.19], [0.2])
    """
    margin, cost = (effects[name].to_numpy(dtype=float) for name in ("effect_margin", "effect_cost"))
    is_known = np.isfinite(margin) & np.isfinite(cost)
    gained = margin * (1 - terms.pull_forward_rate) - cost - terms.message_cost
    return replace(
        response,
        expected_cost=np.where(is_known, cost.round(DECIMALS), response.expected_cost),
        uplift=np.where(is_known, effects["effect_orders"].to_numpy(dtype=float), np.nan),
        incremental_margin=np.where(is_known, gained.round(DECIMALS), np.nan),
    )


def typical_amounts(own_amount: FloatArray, offer: IntArray, offers: int, winsor_rate: float) -> FloatArray:
    """The customer's own amount cut to the usual range of the offer; the median customer's where there is none.

    >>> typical_amounts(np.array([1.0, 2.0, 90.0, np.nan]), np.array([0, 0, 0, 0]), 1, 0.5).tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    low, middle, high = (quantile_within(own_amount, offer, offers, q) for q in (winsor_rate, 0.5, 1 - winsor_rate))
    return np.where(np.isnan(own_amount), middle[offer], np.clip(own_amount, low[offer], high[offer]))


def quantile_within(amounts: FloatArray, groups: IntArray, count: int, share: float) -> FloatArray:
    """Quantile of the known amounts of each group by linear interpolation; not a number for a group without any."""
    known = pd.Series(amounts).groupby(groups).quantile(share)
    return np.asarray(known.reindex(range(count)), dtype=np.float64)


def reach_minimum(amount: FloatArray, offer: IntArray, offers: pd.DataFrame) -> FloatArray:
    """An offer on the whole basket is used only by a basket that reaches its minimum."""
    minimum = offers["min_basket"].astype(float).fillna(0).where(offers["scope_size"].fillna(0) == 0, 0.0)
    return np.maximum(amount, minimum.to_numpy()[offer])


def take_off(amount: FloatArray, offer: IntArray, offers: pd.DataFrame, terms: SimpleNamespace) -> FloatArray:
    """What each offer takes off the price of the basket part in scope, in currency."""
    kind = offers["discount_type"].to_numpy()[offer]
    face = offers["discount_value"].astype(float).to_numpy()[offer]
    most = offers["max_discount"].astype(float).fillna(np.inf).to_numpy()[offer]
    off = np.select([kind == "percent", kind == "points"], [face / 100 * amount, face * terms.point_value], face)
    return np.minimum(off, most)
