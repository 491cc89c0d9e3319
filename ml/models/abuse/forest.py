"""Isolation forest (Liu, Ting & Zhou 2008) on what speaks for abuse, kept as plain arrays."""

from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from ml.learning.metrics import FloatArray
from ml.models.abuse.detector import Detector
from ml.models.model import State

TREES, SAMPLE = 200, 256
EULER = 0.5772156649
NODES = ("feature", "threshold", "left", "right", "depth")


class Forest(Detector):
    """2 ** (-mean path length / usual path length): 1 for rows that few cuts set apart. Features count upwards only, so
    that an unusually honest customer is nothing unusual."""

    name = "isolation_forest"

    def learn(self, evidence: FloatArray, verdicts: FloatArray, dealt: FloatArray) -> None:  # noqa: ARG002
        trees, sample = int(self.recipe.settings.get("trees", TREES)), int(self.recipe.settings.get("sample", SAMPLE))
        self.sample = min(sample, len(evidence))
        forest = IsolationForest(n_estimators=trees, max_samples=self.sample, random_state=self.recipe.seed, n_jobs=1)
        forest.fit(evidence)
        self.trees = [nodes_of(one.tree_) for one in forest.estimators_]

    def raw(self, evidence: FloatArray) -> FloatArray:
        rows = np.ascontiguousarray(evidence, dtype=np.float32)
        paths = sum(path_lengths(tree, rows) for tree in self.trees)
        return np.asarray(2.0 ** (-np.asarray(paths) / (len(self.trees) * max(usual_path(self.sample), 1e-9))))

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        ends = np.cumsum([len(tree["feature"]) for tree in self.trees])
        stacked = {name: np.concatenate([tree[name] for tree in self.trees]) for name in NODES}
        return {**stacked, "ends": ends}, {"sample": self.sample}

    def own_restore(self, state: State) -> None:
        cuts = state.arrays["ends"][:-1]
        parts = {name: np.split(state.arrays[name], cuts) for name in NODES}
        self.trees = [{name: parts[name][one] for name in NODES} for one in range(len(cuts) + 1)]
        self.sample = int(state.facts["sample"])


def nodes_of(tree: Any) -> dict[str, np.ndarray]:
    """A tree's cuts, and for each node its depth plus the path its rows would still need."""
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    rest = np.array([usual_path(int(rows)) for rows in tree.n_node_samples])
    return {
        "feature": tree.feature.astype(np.int64),
        "threshold": tree.threshold.copy(),
        "left": tree.children_left.astype(np.int64),
        "right": tree.children_right.astype(np.int64),
        "depth": depth + rest,
    }


def path_lengths(tree: dict[str, np.ndarray], rows: np.ndarray) -> FloatArray:
    node = np.zeros(len(rows), dtype=np.int64)
    while (inner := tree["left"][node] >= 0).any():
        at = node[inner]
        goes_left = rows[inner, tree["feature"][at]] <= tree["threshold"][at]
        node[inner] = np.where(goes_left, tree["left"][at], tree["right"][at])
    return np.asarray(tree["depth"][node])


def usual_path(rows: int) -> float:
    """Mean path of an unsuccessful search among so many rows (their equation 1).

    >>> usual_path(2), round(usual_path(256), 2)
    (1.0, 10.24)
    """
    if rows <= 1:
        return 0.0
    return 1.0 if rows == 2 else float(2 * (np.log(rows - 1) + EULER) - 2 * (rows - 1) / rows)
