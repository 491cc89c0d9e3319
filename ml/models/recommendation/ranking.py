"""Best products per customer, and how many of them were bought afterwards."""

from dataclasses import dataclass

import numpy as np

NOTHING = -1


def rank_products(scores: np.ndarray, is_candidate: np.ndarray, length: int) -> np.ndarray:
    """Places of the best products of each customer, best first, (c, length); NOTHING where candidates run out.

    `scores` (c, p) and `is_candidate` (c, p) booleans; equal scores go by the place of the product.

    >>> rank_products(np.array([[0.1, 0.9, 0.5]]), np.array([[True, False, True]]), length=3).tolist()
    [[2, 0, -1]]
    """
    open_scores = np.where(is_candidate, scores, -np.inf)
    kept = min(length, scores.shape[1])
    best = np.sort(np.argpartition(-open_scores, kept - 1, axis=1)[:, :kept], axis=1)
    values = np.take_along_axis(open_scores, best, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    ranked = np.take_along_axis(best, order, axis=1)
    ranked[np.isneginf(np.take_along_axis(values, order, axis=1))] = NOTHING
    return np.pad(ranked, ((0, 0), (0, length - kept)), constant_values=NOTHING)


def recall(ranked: np.ndarray, is_relevant: np.ndarray) -> np.ndarray:
    """Recall@k per customer, (c,) in 0-1: |listed and relevant| / min(k, |relevant|); NaN where nothing is relevant.

    `ranked` (c, k) comes from `rank_products`, `is_relevant` (c, p) says what was bought afterwards. Reported is the
    mean over customers with something relevant. Dividing by min(k, |relevant|) lets a perfect list reach 1 for
    customers who bought more than k products: Liang, Krishnan, Hoffman, Jebara (2018), "Variational Autoencoders for
    Collaborative Filtering", section 4.2.

    >>> recall(np.array([[0, 2], [1, -1]]), np.array([[True, True, False], [False, False, False]])).tolist()
    [0.5, nan]
    """
    hits = (np.take_along_axis(is_relevant, np.maximum(ranked, 0), axis=1) & (ranked != NOTHING)).sum(axis=1)
    possible = np.minimum(is_relevant.sum(axis=1), ranked.shape[1])
    return np.divide(hits, possible, out=np.full(len(ranked), np.nan), where=possible > 0)


@dataclass(frozen=True)
class Estimate:
    """A mean over customers with its 95 % interval; all NaN where no customer counts."""

    value: float
    low: float
    high: float
    customers: int


def estimate_mean(values: np.ndarray) -> Estimate:
    """Mean of the numbers that are not NaN, with the normal interval of a mean over independent customers.

    >>> estimate_mean(np.array([0.0, 1.0, np.nan])).value
    0.5
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return Estimate(np.nan, np.nan, np.nan, 0)
    spread = 1.96 * known.std() / np.sqrt(len(known))
    return Estimate(float(known.mean()), float(known.mean() - spread), float(known.mean() + spread), len(known))


def cover_catalogue(ranked: np.ndarray, products: int) -> float:
    """Share of the products that appear in at least one list, 0-1.

    >>> cover_catalogue(np.array([[0, 2], [0, -1]]), products=4)
    0.5
    """
    return len(np.unique(ranked[ranked != NOTHING])) / products
