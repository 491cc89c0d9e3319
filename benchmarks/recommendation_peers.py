"""The same methods of a public library, on the same window: what ours stand against."""

from collections.abc import Mapping

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from threadpoolctl import threadpool_limits

from ml.models.recommendation.history import History
from ml.models.recommendation.tournament import Result, Window, measure


def measure_peers(window: Window, settings: Mapping[str, Mapping[str, int]], length: int) -> dict[str, Result]:
    """The library's own factors and product neighbours on the same window.

    Its neighbours are those of the product bought, ours those of the product recommended.
    """
    scores = {
        "implicit_als": score_library_als(window.before, settings["implicit_als"]),
        "item_cosine": score_library_cosine(window.before, settings["item_cosine"]["neighbours"]),
    }
    return {candidate: measure(candidate, found, window, length) for candidate, found in scores.items()}


def score_library_als(history: History, numbers: Mapping[str, int]) -> np.ndarray:
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            numbers["factors"],
            regularization=numbers["regularization"],
            alpha=numbers["alpha"],
            iterations=numbers["iterations"],
            num_threads=numbers["threads"],
            random_state=numbers["seed"],
        )
        model.fit(history.purchase_days(), show_progress=False)
    return model.user_factors @ model.item_factors.T


def score_library_cosine(history: History, neighbours: int) -> np.ndarray:
    model = CosineRecommender(K=neighbours + 1, num_threads=1)  # one more: the product itself is among them
    with threadpool_limits(1, "blas"):
        model.fit(history.log_days().astype(np.float64), show_progress=False)
    similarity = model.similarity.tolil()
    similarity.setdiag(0)
    return (history.log_days() @ similarity.tocsr()).toarray()
