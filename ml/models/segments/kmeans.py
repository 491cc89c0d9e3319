"""Segments found by k-means on logarithms of habits, robustly scaled."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.learning.metrics import FloatArray
from ml.models.model import State
from ml.models.segments.base import Segmentation
from ml.models.segments.choosing import Tried, choose_clusters, fit_kmeans, try_clusters
from ml.models.segments.naming import keep_names, name_centres
from ml.models.segments.portraits import NamedCentres, Portraits, Scale, known_traits, learn_scale, log_traits
from warehouse.errors import NotAvailable


class KMeansSegments(Segmentation):
    """k by silhouette among the stable; names by profile, kept between runs.

    Settings: `fewest` and `most` clusters, `least_stability` (adjusted Rand index), `resamples`, `sample` (customers
    k is chosen on), `rename_distance` (interquartile ranges a profile may move before its name changes).
    """

    name = "kmeans"

    def learn(self, data: Portraits) -> None:
        rows = data.frame[data.has_orders]
        self.traits = known_traits(data)
        if len(rows) < 10 * self.setting("most", 7) or not self.traits:
            raise NotAvailable("too few customers or habits to tell segments apart")
        self.scale = learn_scale(log_traits(rows, self.traits))
        values = self.scale.apply(log_traits(rows, self.traits))
        with threadpool_limits(1):
            self.tried = self.try_all(values)
            start = self.in_use(data.previous)
            least = float(self.recipe.settings.get("least_stability", 0.8))
            chosen = choose_clusters(self.tried, least, None if start is None else len(start))
            centres = fit_kmeans(values, chosen.clusters, self.recipe.seed, start).cluster_centers_
        self.centres = np.asarray(centres[np.lexsort(centres.T[::-1])], dtype=float)
        self.names = self.name_segments(data.previous)

    def in_use(self, previous: NamedCentres | None) -> FloatArray | None:
        """Centres in use on the new scale: clusters start from them, so that they move no more than customers did."""
        return self.scale.apply(previous.centres) if previous and previous.traits == self.traits else None

    def try_all(self, values: FloatArray) -> list[Tried]:
        chance = np.random.default_rng(self.recipe.seed)
        size = min(len(values), self.setting("sample", 2000))
        sample = values[np.sort(chance.choice(len(values), size, replace=False))]
        span = range(self.setting("fewest", 3), self.setting("most", 7) + 1)
        return [try_clusters(sample, clusters, self.recipe.seed, self.setting("resamples", 10)) for clusters in span]

    def setting(self, name: str, default: int) -> int:
        return int(self.recipe.settings.get(name, default))

    def name_segments(self, previous: NamedCentres | None) -> tuple[str, ...]:
        old = self.in_use(previous)
        if previous is None or old is None:
            return tuple(name_centres(self.centres, self.traits))
        limit = float(self.recipe.settings.get("rename_distance", 0.5))
        return tuple(keep_names(self.centres, self.traits, old, previous.names, limit))

    @property
    def named(self) -> NamedCentres:
        """What the next run matches its segments to."""
        return NamedCentres(self.names, self.traits, self.scale.undo(self.centres))

    def assign(self, rows: pd.DataFrame, marked: pd.DataFrame) -> Any:  # noqa: ARG002
        values = self.scale.apply(log_traits(rows, self.traits))
        distance = np.stack([np.square(values - centre).sum(axis=1) for centre in self.centres], axis=1)
        return np.array(self.names, dtype=object)[distance.argmin(axis=1)]

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {"centres": self.centres, "middle": self.scale.middle, "scale_spread": self.scale.spread}

    def learned(self) -> dict[str, Any]:
        return {"names": list(self.names), "traits": list(self.traits), "tried": [asdict(one) for one in self.tried]}

    def relearn(self, state: State) -> None:
        self.centres = np.asarray(state.arrays["centres"], dtype=float)
        self.scale = Scale(state.arrays["middle"], state.arrays["scale_spread"])
        self.names, self.traits = tuple(state.facts["names"]), tuple(state.facts["traits"])
        self.tried = [Tried(**one) for one in state.facts["tried"]]

    def details(self) -> dict[str, Any]:
        profiles = np.expm1(self.named.centres).round(2)
        told = [dict(zip(self.traits, map(float, row), strict=True)) for row in profiles]
        return {**super().details(), **self.learned(), "profiles": dict(zip(self.names, told, strict=True))}
