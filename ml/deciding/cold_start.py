"""How likely an offer is used as long as no model has learned it from offers that were used: an assumption.

    p(use)                        = assumed_redemption_rate × p(buys in the scope)
    p(buys in the scope in h days) = 1 − (1 − p q)^(h / w)
    q                             = (n + k m) / (N + k) · r / m · min(1, a / b)

p is the purchase model's chance that the customer orders within its window of w days, q how often an order of the
customer touches the scope: n of N orders, drawn towards the shop's share m by as many orders as k
(scope_prior_orders), and moved to the season by the shop's share r in the last 90 days. Of orders with the customer's
mean amount a at most a / b reach a minimum b (Markov's inequality). h is the time the offer can still be used, at most
the horizon that redemptions are learned with. That orders are independent of each other is a simplification; which
customers an offer moves is not known at all.
"""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray

ASSUMED = "assumed: no model has learned from offers yet"


def assume_redemptions(
    pairs: pd.DataFrame, offers: pd.DataFrame, purchases: pd.DataFrame, day: date, terms: SimpleNamespace
) -> pd.DataFrame:
    """The pairs of customers with a purchase score, with an assumed propensity.

    `purchases` has customer_id, orders_last_90_days, orders_last_365_days and chance (of any order within the purchase
    horizon); `pairs` the same of orders in scope, and mean_scope_amount; `offers` valid_until and min_basket.

    >>> pairs = pd.DataFrame({"customer_id": ["1", "1"], "offer_id": ["A", "B"], "mean_scope_amount": [8.0, 8.0],
    ...     "scope_orders_last_90_days": [9, 1], "scope_orders_last_365_days": [9, 1]})
    >>> offers = pd.DataFrame({"offer_id": ["A", "B"], "valid_until": pd.to_datetime(["2017-12-31", "2017-11-27"]),
    ...     "min_basket": [None, 16.0]})
    >>> purchases = pd.DataFrame({"customer_id": ["1"], "chance": [0.5],
    ...     "orders_last_90_days": [10], "orders_last_365_days": [10]})
    >>> terms = SimpleNamespace(assumed_redemption_rate=0.1, scope_prior_orders=0,
    ...     purchase_horizon_days=7, redemption_horizon_days=14)
    >>> found = assume_redemptions(pairs, offers, purchases, date(2017, 11, 27), terms)
    >>> found["propensity"].round(5).tolist()  # 0.1 × (1 − 0.55²), 0.1 × (1 − (1 − 0.5 × 0.1 × 0.5)^(1/7))
    [0.06975, 0.00036]
    """
    known = pairs.merge(purchases, on="customer_id", how="inner")
    offer = pd.Index(offers["offer_id"]).get_indexer(known["offer_id"])
    left = time_left(offers, day, terms.redemption_horizon_days)[offer]
    minimum = offers["min_basket"].astype(float).fillna(0).to_numpy()[offer]
    touches = touch_rates(known, terms.scope_prior_orders) * reach_rates(known, minimum)
    chance = known["chance"].to_numpy(dtype=float) * touches
    buys = 1 - (1 - chance) ** (left / terms.purchase_horizon_days)
    return known[pairs.columns].assign(propensity=terms.assumed_redemption_rate * buys, is_assumed=True)


def time_left(offers: pd.DataFrame, day: date, most: int) -> FloatArray:
    """Days each offer can still be used, the day itself included, at most `most`."""
    left = (pd.to_datetime(offers["valid_until"]) - pd.Timestamp(day)).dt.days + 1
    return np.asarray(left.clip(lower=0, upper=most), dtype=np.float64)


def touch_rates(known: pd.DataFrame, prior_orders: float) -> FloatArray:
    """Share of each customer's orders that touch the offer's scope, drawn towards that of all customers, in season.

    >>> known = pd.DataFrame({"offer_id": ["A", "A"], "scope_orders_last_365_days": [4, 0],
    ...     "orders_last_365_days": [5, 5], "scope_orders_last_90_days": [1, 0], "orders_last_90_days": [3, 2]})
    >>> touch_rates(known, 5).round(2).tolist()  # (4 + 5 × 0.4) / (5 + 5) × 0.2 / 0.4, 0.2 × 0.2 / 0.4
    [0.3, 0.1]
    """
    orders = known["orders_last_365_days"].to_numpy(dtype=float)
    own = np.minimum(known["scope_orders_last_365_days"].to_numpy(dtype=float), orders)
    usual, recent = usual_rate(known, 365), usual_rate(known, 90)
    everything = np.maximum(orders + prior_orders, 1e-9)  # without orders and prior nothing is touched
    season = np.divide(recent, usual, out=np.ones_like(usual), where=usual > 0)
    return np.clip((own + prior_orders * usual) / everything * season, 0, 1)


def usual_rate(known: pd.DataFrame, days: int) -> FloatArray:
    """Share of all customers' orders of the last days that touch the scope of each row's offer."""
    counts = known[[f"scope_orders_last_{days}_days", f"orders_last_{days}_days"]].astype(float)
    touching, orders = counts.groupby(known["offer_id"]).transform("sum").to_numpy().T
    return np.divide(touching, orders, out=np.zeros_like(orders), where=orders > 0)


def reach_rates(known: pd.DataFrame, minimum: FloatArray) -> FloatArray:
    """The largest possible share of orders that reach a minimum; that of the offer's mean customer where none is known.

    >>> known = pd.DataFrame({"offer_id": ["A", "A", "A"], "mean_scope_amount": [50.0, 150.0, None]})
    >>> reach_rates(known, np.array([200.0, 100.0, 400.0])).tolist()
    [0.25, 1.0, 0.25]
    """
    usual = known.groupby("offer_id")["mean_scope_amount"].transform("mean")
    amount = known["mean_scope_amount"].fillna(usual).to_numpy(dtype=float)
    share = np.divide(amount, minimum, out=np.ones_like(amount), where=minimum > 0)
    return np.clip(np.nan_to_num(share), 0, 1)
