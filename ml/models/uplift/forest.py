"""A causal forest: trees that split where effects differ, grown and filled on different halves of each sample.

econml grows it (Athey, Tibshirani and Wager 2019, Annals of Stat. 47(2)); its nodes are kept as plain arrays, so that
it is saved without pickle and predicts without econml.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import shares
from ml.models.uplift.bases import read_arrays, write_arrays
from ml.models.uplift.contract import Learner
from ml.models.uplift.folds import Folds
from ml.models.uplift.nuisances import encoded_baseline, marginal_outcome
from ml.models.uplift.scaling import Scaling
from ml.models.uplift.trial import Baseline, Trial

CHUNK = 20_000
LEAF = -1


@dataclass(frozen=True, eq=False)
class Nodes:
    """All trees' nodes one after another: children by position (−1 at a leaf), split, and the two sums the effect is
    the ratio of: Σ residual outcome × residual treatment, and Σ residual treatment², per row of the node.
    """

    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: FloatArray
    together: FloatArray
    lever: FloatArray
    root: npt.NDArray[np.int32]

    @classmethod
    def of(cls, forest: object) -> "Nodes":
        """From a fitted econml CausalForest without intercept."""
        trees = [one.tree_ for one in forest.estimators_]  # type: ignore[attr-defined]
        root = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])[:-1]])

        def moved(name: str) -> npt.NDArray[np.int32]:
            parts = [getattr(tree, name) for tree in trees]
            joined = [np.where(part == LEAF, LEAF, part + start) for part, start in zip(parts, root, strict=True)]
            return np.concatenate(joined).astype(np.int32)

        def column(name: str) -> FloatArray:
            return np.concatenate([np.asarray(getattr(tree, name)).reshape(tree.node_count) for tree in trees])

        return cls(
            moved("children_left"),
            moved("children_right"),
            np.maximum(column("feature"), 0).astype(np.int32),
            column("threshold"),
            column("precond"),
            column("jac"),
            root.astype(np.int32),
        )

    def state(self) -> dict[str, np.ndarray]:
        return dict(vars(self))

    @property
    def mean_effect(self) -> float:
        return float(self.together[self.root].sum() / self.lever[self.root].sum())

    def ratio(self, design: FloatArray) -> FloatArray:
        """The effect of n rows: the ratio of the two sums, each averaged over the leaves the row falls in."""
        top, bottom = np.zeros(len(design)), np.zeros(len(design))
        for root in self.root:
            leaf = self.fall(design, root)
            top += self.together[leaf]
            bottom += self.lever[leaf]
        return top / bottom

    def fall(self, design: FloatArray, root: int) -> npt.NDArray[np.int32]:
        at = np.full(len(design), root, dtype=np.int32)
        rows = np.arange(len(design))
        while len(rows):
            rows = rows[self.left[at[rows]] != LEAF]
            at[rows] = self.step(design, rows, at[rows])
        return at

    def step(self, design: FloatArray, rows: npt.NDArray[np.intp], at: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        goes_left = design[rows, self.feature[at]] <= self.threshold[at]
        return np.where(goes_left, self.left[at], self.right[at])

    def contributions(self, design: FloatArray) -> FloatArray:
        """Parts (n×k) in the effect minus the mean effect: each split's feature gets what the split moved.

        Moves of `together − mean × lever` add up along a path and over trees, and divided by the row's summed lever
        they are the effect's difference from the mean exactly. Source: path attributions, Saabas 2014.
        """
        parts, bottom = np.zeros(design.shape), np.zeros(len(design))
        excess = self.together - self.mean_effect * self.lever
        for root in self.root:
            at, rows = np.full(len(design), root, dtype=np.int32), np.arange(len(design))
            while len(rows):
                bottom[rows] += np.where(self.left[at[rows]] == LEAF, self.lever[at[rows]], 0)
                rows = rows[self.left[at[rows]] != LEAF]
                following = self.step(design, rows, at[rows])
                parts[rows, self.feature[at[rows]]] += excess[following] - excess[at[rows]]
                at[rows] = following
        # the roots' own excess adds up to 0
        return parts / bottom[:, None]


class CausalForest(Learner):
    """Setting `forest`: econml's own names. Gaps are filled and flagged, because the trees know no missing numbers."""

    name = "causal_forest"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:
        from econml.grf import CausalForest as Grown  # takes seconds to import

        folds = Folds.of(trial.unit, int(self.recipe.settings["folds"]), self.recipe.seed)
        more = encoded_baseline(baseline, X, self.encoding.apply)
        surprise = trial.outcome - marginal_outcome(X, trial, folds, self.recipe.settings, more)
        self.scaling = Scaling.fit(X)
        design = self.design(X)
        own = {"fit_intercept": False, "inference": False, "n_jobs": 1, "random_state": self.recipe.seed}
        grown = Grown(**{**self.recipe.settings["forest"], **own})
        grown.fit(design, (trial.treated - trial.probability)[:, None], surprise, sample_weight=trial.weight)
        self.nodes = Nodes.of(grown)
        self.base_effect = self.nodes.mean_effect

    def design(self, X: pd.DataFrame) -> FloatArray:
        """The scaled features, or a column of zeros where none varies."""
        return self.scaling.apply(X) if X.shape[1] else np.zeros((len(X), 1))

    def predict(self, X: pd.DataFrame) -> FloatArray:
        parts = [self.nodes.ratio(self.design(X.iloc[at : at + CHUNK])) for at in range(0, len(X), CHUNK)]
        return np.concatenate(parts) if parts else np.array([])

    def explain(self, X: pd.DataFrame) -> FloatArray:
        if not X.shape[1]:
            return np.zeros(X.shape)
        return self.scaling.fold_back(self.nodes.contributions(self.design(X)))

    def importance(self) -> dict[str, float]:
        """Shares of the rows' movement at each feature's splits."""
        inner = np.flatnonzero(self.nodes.left != LEAF)
        excess = self.nodes.together - self.base_effect * self.nodes.lever
        moved = np.abs(excess[self.nodes.left[inner]] - excess[self.nodes.right[inner]])
        amount = np.bincount(self.nodes.feature[inner], moved, minlength=len(self.encoding.names))
        return shares(self.encoding.names, amount[: len(self.encoding.names)])

    def write(self, folder: Path) -> None:
        scaling = {f"scaling.{name}": value for name, value in self.scaling.state().items()}
        write_arrays(folder / "forest.npz", scaling | self.nodes.state())

    def read(self, folder: Path) -> None:
        state = read_arrays(folder / "forest.npz")
        scaling = {name.removeprefix("scaling."): state.pop(name) for name in list(state) if name.startswith("scaling")}
        self.scaling, self.nodes = Scaling.from_state(scaling), Nodes(**state)
