"""How many clusters: as many as stand apart and come out again from other customers like these."""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from ml.learning.metrics import FloatArray

STARTS = 4
NEARLY = 0.9


@dataclass(frozen=True)
class Tried:
    """A number of clusters, its mean silhouette (-1 to 1) and the adjusted Rand index of resamples (1 is the same)."""

    clusters: int
    silhouette: float
    stability: float


def fit_kmeans(values: FloatArray, clusters: int, seed: int, start: FloatArray | None = None) -> KMeans:
    if start is not None and len(start) == clusters:
        return KMeans(n_clusters=clusters, init=start, n_init=1).fit(values)
    return KMeans(n_clusters=clusters, n_init=STARTS, random_state=seed).fit(values)


def try_clusters(values: FloatArray, clusters: int, seed: int, resamples: int) -> Tried:
    """Silhouette of k clusters of n customers, and how alike clusters of bootstrap samples cut the same customers.

    Sources: Rousseeuw (1987), J. Comput. Appl. Math. 20; Hennig (2007), Comput. Stat. Data Anal. 52.
    """
    chance = np.random.default_rng(seed)
    whole = fit_kmeans(values, clusters, seed).labels_
    agreement = [
        adjusted_rand_score(whole, fit_kmeans(values[rows], clusters, seed).predict(values))
        for rows in chance.integers(0, len(values), (resamples, len(values)))
    ]
    return Tried(clusters, float(silhouette_score(values, whole)), float(np.mean(agreement)))


def choose_clusters(tried: list[Tried], least_stability: float, in_use: int | None = None) -> Tried:
    """The highest silhouette among the stable, or the number in use while it is stable and nearly as high; the most
    stable where none is.

    >>> choose_clusters([Tried(2, 0.5, 0.6), Tried(3, 0.4, 0.9), Tried(4, 0.3, 0.95)], 0.8).clusters
    3
    >>> choose_clusters([Tried(3, 0.4, 0.9), Tried(4, 0.38, 0.9)], 0.8, in_use=4).clusters
    4
    """
    stable = [one for one in tried if one.stability >= least_stability]
    best = max((one.silhouette for one in stable), default=1.0)
    held = [one for one in stable if one.clusters == in_use and one.silhouette >= NEARLY * best]
    if stable:
        return held[0] if held else max(stable, key=lambda one: (one.silhouette, one.clusters))
    return max(tried, key=lambda one: (one.stability, one.clusters))
