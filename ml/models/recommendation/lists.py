"""One list per customer out of the parts' best products."""

from collections.abc import Sequence

import numpy as np

from ml.models.recommendation.ranking import NOTHING


def share_places(length: int, shares: Sequence[float]) -> list[int]:
    """Places of a list given to each part by its share; what rounding leaves goes to the largest remainders.

    >>> share_places(10, [0.5, 0.2, 0.3]), share_places(3, [0.5, 0.2, 0.3])
    ([5, 2, 3], [1, 1, 1])
    """
    exact = length * np.asarray(shares) / np.sum(shares)
    places = np.floor(exact + 1e-9).astype(int)
    for part in np.argsort(places - exact, kind="stable")[: length - places.sum()]:
        places[part] += 1
    return places.tolist()


def merge_parts(ranked: np.ndarray, rates: np.ndarray, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which of the parts' candidates make each customer's list, best rate first: parts and places in them, (c, length).

    `ranked` (parts, c, k) are products per part, best first, NOTHING where a part has run out; `rates` (parts, c, k)
    their probabilities. Each part first fills its own places; those it cannot fill go to the best rates left in any
    part. A list that even so has gaps ends in NOTHING.

    >>> ranked = np.array([[[7, 8]], [[9, NOTHING]]])
    >>> part, place = merge_parts(ranked, np.array([[[0.2, 0.1]], [[0.3, 0.0]]]), places=[1, 1])
    >>> part.tolist(), place.tolist()
    ([[1, 0]], [[0, 0]])
    """
    parts, customers, depth = ranked.shape
    length = sum(places)
    is_own = np.arange(depth)[None, :] < np.asarray(places)[:, None]
    flat = (customers, parts * depth)
    missing = np.moveaxis(ranked == NOTHING, 0, 1).reshape(flat)
    rate = np.moveaxis(rates, 0, 1).reshape(flat)
    order = np.lexsort((-rate, np.broadcast_to(~is_own.ravel(), flat), missing), axis=1)[:, :length]
    taken_rate, is_gap = (np.take_along_axis(values, order, axis=1) for values in (rate, missing))
    best_first = np.take_along_axis(order, np.lexsort((order, -taken_rate, is_gap), axis=1), axis=1)
    is_gap = np.take_along_axis(missing, best_first, axis=1)
    return np.where(is_gap, NOTHING, best_first // depth), np.where(is_gap, NOTHING, best_first % depth)
