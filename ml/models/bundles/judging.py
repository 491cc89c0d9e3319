"""Whether pairs named on the past share later baskets more often than popularity then tells."""

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.bundles.baskets import Baskets


def excess(named: pd.DataFrame, later: Baskets, anchors: np.ndarray) -> FloatArray:
    """Baskets with a named partner beyond chance, in 100 later baskets of each anchor product (A,); unknown is NaN.

    `named` has product_id and partner_id, as Association.score gives them. The mean over a product's partners of
    (n_ab - n_a n_b / N) / n_a · 100; a product without partners named earns 0, one not bought later tells nothing.

    >>> named = pd.DataFrame({"product_id": ["a"], "partner_id": ["b"]})
    >>> later = pd.DataFrame({"order_id": [1, 1, 2, 3], "product_id": ["a", "b", "c", "d"]})
    >>> excess(named, Baskets(later), np.array(["a", "c"])).round(1).tolist()  # 1 of 1 basket, 1 in 3 by chance
    [66.7, 0.0]
    """
    table, place = later.table, pd.Index(later.products)
    pairs = named[named["product_id"].isin(anchors)]
    own, partner = (place.get_indexer(pairs[name]) for name in ("product_id", "partner_id"))
    is_sold = (own >= 0) & (partner >= 0)
    n = np.zeros(len(pairs))
    n[is_sold] = np.asarray(table[:, own[is_sold]].multiply(table[:, partner[is_sold]]).sum(axis=0)).ravel()
    single = np.r_[np.asarray(table.sum(axis=0), dtype=float).ravel(), 0.0]
    by_chance = single[own] * single[partner] / max(table.shape[0], 1)
    gained = np.divide(100 * (n - by_chance), single[own], out=np.full(len(n), np.nan), where=single[own] > 0)
    mean = pd.Series(gained).groupby(pairs["product_id"].to_numpy(object)).mean()
    is_bought = single[place.get_indexer(anchors)] > 0
    return np.asarray(np.where(is_bought, mean.reindex(anchors).fillna(0).to_numpy(float), np.nan))


def bought(later: Baskets, anchors: np.ndarray) -> FloatArray:
    """Later baskets with each anchor (A,): how much it counts."""
    single = pd.Series(np.asarray(later.table.sum(axis=0)).ravel(), index=later.products)
    return single.reindex(anchors).fillna(0).to_numpy(float)
