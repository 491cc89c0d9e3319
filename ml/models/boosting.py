"""Boosted trees by LightGBM, rising or falling where the sign of a feature is known."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import Candidate, shares
from ml.models.parts import Parts

FILE = "model.txt"


class Boosting(Candidate):
    """Settings go to LightGBM by their own names; `rounds` is the number of trees."""

    name = "lightgbm"

    def parameters(self, columns: tuple[str, ...]) -> dict[str, Any]:
        own = {name: value for name, value in self.recipe.settings.items() if name != "rounds"}
        signs = [self.recipe.signs.get(column, 0) for column in columns]
        return {
            "objective": "binary",
            "verbosity": -1,
            "seed": self.recipe.seed,
            "num_threads": 1,
            # the same bytes for the same seed
            "deterministic": True,
            "force_row_wise": True,
            "monotone_constraints": signs,
            **own,
        }

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        data = lightgbm.Dataset(X.to_numpy(dtype=np.float32), y, params={"verbosity": -1})
        self.model = lightgbm.train(self.parameters(tuple(X.columns)), data, self.recipe.settings.get("rounds", 100))

    def predict(self, X: pd.DataFrame) -> FloatArray:
        values = X[list(self.columns)].to_numpy(dtype=np.float32)
        return np.asarray(self.model.predict(values, num_threads=1), dtype=float)

    def contributions(self, X: pd.DataFrame) -> Parts:
        """TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2)."""
        values = X[list(self.columns)].to_numpy(dtype=np.float32)
        told = np.asarray(self.model.predict(values, pred_contrib=True, num_threads=1), dtype=float)
        return Parts(told[:, :-1], float(told[0, -1]) if len(told) else 0.0)

    def importance(self) -> dict[str, float]:
        return shares(self.columns, self.model.feature_importance("gain"))

    def write(self, folder: Path) -> None:
        self.model.save_model(str(folder / FILE))

    def read(self, folder: Path) -> None:
        self.model = lightgbm.Booster(model_file=str(folder / FILE))
