"""What an offer is worth and costs when a customer uses it: a response, not an effect (docs/decisions/0002)."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray

DECIMALS = 4  # as the tables keep money, so that what is summed here is what is summed there


@dataclass(frozen=True)
class Worth:
    """Per customer–offer pair: the basket part in scope, what the offer takes off it, and what is expected of both."""

    amount: FloatArray
    face_value: FloatArray
    expected_margin: FloatArray
    expected_cost: FloatArray


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
    return Worth(amount, face_value, margin.round(DECIMALS), (propensity * cost).round(DECIMALS))


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
