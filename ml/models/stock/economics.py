"""What a unit earns, costs and ties up: how much to order at once, which quantile to hold, what to clear."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.stock.shelf import Shelf


def newsvendor_rate(price: FloatArray, cost: FloatArray, salvage: FloatArray, holding: FloatArray) -> FloatArray:
    """The critical quantile (N,) of a season: what a missing unit forgoes over that plus what a left one loses.

    `holding` is currency a unit over the season. Source: Arrow, Harris and Marschak (1951), Optimal inventory policy.

    >>> newsvendor_rate(np.array([10.0]), np.array([6.0]), np.array([5.0]), np.array([0.0]))
    array([0.8])
    """
    missing = np.maximum(price - cost, 0)
    left = np.maximum(cost - salvage, 0) + holding
    return np.divide(missing, missing + left, out=np.zeros(len(missing)), where=missing + left > 0)


def critical_rate(shelf: Shelf, days: FloatArray) -> FloatArray:
    """The critical quantile of goods that keep: a left unit costs what holding it for so many days costs."""
    price, cost = shelf.column("price"), shelf.column("cost")
    return np.minimum(newsvendor_rate(price, cost, cost, shelf.holding * days), 0.9999)


def lot(shelf: Shelf, settings: Mapping[str, Any]) -> FloatArray:
    """Units ordered at once (N,), at least one: the economic order quantity within bounds of days of demand.

    Source: Harris (1913), sqrt(2 · cost of an order · units a day / holding a unit and day).
    """
    mean, holding = shelf.column("mean"), np.maximum(shelf.holding, 1e-9)
    best = np.sqrt(2 * float(settings.get("order_cost", 0.5)) * mean / holding)
    least, most = (
        mean * float(settings.get(f"{name}_cover_days", days)) for name, days in (("least", 7), ("most", 21))
    )
    return np.maximum(np.ceil(np.clip(best, least, most)), 1)


def clear_units(shelf: Shelf, most_days: float) -> FloatArray:
    """Units at hand (N,) that bring more cleared now than sold in their turn, or that last beyond `most_days`.

    The k-th unit is sold after k / mean days and brings the price less holding until then; it is cleared where the
    salvage brings more: k > mean · (price - salvage) / holding.
    """
    patience = (shelf.column("price") - shelf.salvage) / np.maximum(shelf.holding, 1e-12)
    kept = np.ceil(shelf.column("mean") * np.clip(patience, 0, most_days))
    return np.maximum(np.floor(shelf.column("on_hand") - np.maximum(kept, 1)), 0)


def promotion_stock(shelf: Shelf, extra: FloatArray, level: float) -> FloatArray:
    """Units (N,) to hold on top for a promotion that is expected to sell `extra` units more, with a range of its own.

    The quantile `level` of demand with the promotion until the next receipt, less the quantile without it; what is
    extra scatters in proportion to its mean as the usual demand does.
    """
    usual = shelf.protected
    factor = np.divide(usual.variance, usual.mean, out=np.ones(len(extra)), where=usual.mean > 0)
    with_it = type(usual)(usual.mean + extra, usual.variance + np.maximum(factor, 1) * extra)
    return np.maximum(with_it.quantile(level) - usual.quantile(level), 0)
