"""From scores to probabilities of purchase, learned on a window the recommender had not seen."""

import numpy as np

from ml.learning.calibration import pool_neighbours

BINS = 50


def learn_rates(scores: np.ndarray, has_bought: np.ndarray) -> np.ndarray:
    """A rising line through (score, share of pairs bought), (2, k), of pairs of customer and product, each (n,).

    Bins hold about equally many purchases, so that the line is fine where purchases are. Pooling neighbours makes it
    rise: Zadrozny and Elkan (2002), "Transforming Classifier Scores into Accurate Multiclass Probability Estimates",
    section 3.

    >>> learn_rates(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, True, True, True])).round(2).tolist()
    [[0.15, 0.8, 0.9], [0.5, 1.0, 1.0]]
    """
    if not has_bought.any():
        return np.zeros((2, 1))
    edges = np.unique(np.quantile(scores[has_bought], np.linspace(0, 1, BINS + 1)[1:], method="lower"))
    places = np.searchsorted(edges[:-1], scores)
    pairs = np.bincount(places, minlength=len(edges))
    used = pairs > 0
    centres = np.bincount(places, scores, len(edges))[used] / pairs[used]
    rates = np.bincount(places, has_bought, len(edges))[used] / pairs[used]
    return np.stack([centres, pool_neighbours(rates, pairs[used].astype(float))])


def apply_rates(line: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Probabilities, 0-1, of scores of any shape; level beyond the line's ends.

    >>> apply_rates(np.array([[1.0, 2.0], [0.0, 0.5]]), np.array([[0.0, 1.5, 9.0]])).tolist()
    [[0.0, 0.25, 0.5]]
    """
    return np.interp(scores, *line)
