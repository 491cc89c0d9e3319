"""A single tree, readable as rules, and a forest of them; missing numbers go to the side that fits better."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from ml.learning.metrics import FloatArray
from ml.models import native
from ml.models.contract import Candidate, shares
from ml.models.parts import Parts, follow_paths

FILE = "model.skops"


class ScikitTrees(Candidate):
    """Settings go to scikit-learn by their own names."""

    model: DecisionTreeClassifier | RandomForestClassifier

    def predict(self, X: pd.DataFrame) -> FloatArray:
        scored: FloatArray = self.model.predict_proba(X[list(self.columns)].to_numpy(dtype=np.float32))[:, 1]
        return scored

    def contributions(self, X: pd.DataFrame) -> Parts:
        return follow_paths(self.model, X[list(self.columns)].to_numpy(dtype=np.float32))

    def importance(self) -> dict[str, float]:
        return shares(self.columns, self.model.feature_importances_)

    def write(self, folder: Path) -> None:
        native.write(self.model, folder / FILE)

    def read(self, folder: Path) -> None:
        self.model = native.read(folder / FILE)


class DecisionTree(ScikitTrees):
    name = "decision_tree"

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        self.model = DecisionTreeClassifier(random_state=self.recipe.seed, **self.recipe.settings)
        self.model.fit(X.to_numpy(dtype=np.float32), y)


class RandomForest(ScikitTrees):
    name = "random_forest"

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        self.model = RandomForestClassifier(random_state=self.recipe.seed, n_jobs=1, **self.recipe.settings)
        self.model.fit(X.to_numpy(dtype=np.float32), y)
