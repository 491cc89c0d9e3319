"""How likely an offer is used once it is shown, as one more feature: what nobody would use hardly changes anything.

Whether an offer is used is seen directly, while what it changes drowns in the scatter of outcomes. So the chance is
learned well from few rows, and a line in it bends effects toward nothing for those who would not use the offer. The
rows that effects are learned from get a chance that no row of the same unit had a part in: one that had seen the row's
own use would tell more than it does of new rows (cross-fitting: Chernozhukov et al. 2018, Econometrics J. 21(1)).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import Boosted
from ml.models.uplift.folds import Folds, Positions
from ml.models.uplift.trial import Trial

CHANCE = "expected_use_rate"
LEAST_USES = 50  # with fewer a chance is a guess that differs by luck alone


@dataclass(frozen=True, eq=False)
class Use:
    """The chance (0–1) that showing a row costs something, by raw features of the trial it was learned from."""

    encoding: Encoding
    model: Boosted

    @classmethod
    def fit(cls, trial: Trial, settings: Mapping[str, Any]) -> Self:
        """Learn from the trial's treated rows."""
        encoding = Encoding.fit(trial.features)
        shown = np.flatnonzero(trial.treated)
        return cls(encoding, learn_use(encoding.apply(trial.features), trial, shown, settings))

    def chance(self, features: pd.DataFrame) -> FloatArray:
        """Of n rows, shape (n,)."""
        return np.clip(self.model.predict(self.encoding.apply(features)), 0.0, 1.0)

    def extend(self, features: pd.DataFrame) -> pd.DataFrame:
        """The n rows with the chance as a column; rows that have it stay as they are."""
        return features if CHANCE in features else features.assign(**{CHANCE: self.chance(features)})

    def as_json(self) -> dict[str, Any]:
        return {"encoding": self.encoding.as_json(), "settings": dict(self.model.settings)}

    def write(self, folder: Path) -> None:
        self.model.write(folder)

    @classmethod
    def read(cls, content: Mapping[str, Any], folder: Path) -> Self:
        model = Boosted(content["settings"], 0, "poisson")
        model.read(folder)
        return cls(Encoding.from_json(content["encoding"]), model)


def learn_use(X: pd.DataFrame, trial: Trial, rows: Positions, settings: Mapping[str, Any]) -> Boosted:
    model = Boosted(settings, 0, "poisson")
    model.fit(X.iloc[rows], (trial.cost[rows] > 0).astype(float), trial.weights[rows])
    return model


def foresee_use(trial: Trial, settings: Mapping[str, Any], seed: int = 0) -> tuple[Trial, Use | None]:
    """The trial with each row's chance of use as a feature, cross-fitted by unit, and what tells it of other rows.

    The trial as it is, and nothing, where its costs do not say who used what: no treated row cost anything or all did.
    """
    used = trial.treated & (trial.cost > 0)
    if not LEAST_USES <= used.sum() <= trial.treated.sum() - LEAST_USES or CHANCE in trial.features:
        return trial, None
    X = Encoding.fit(trial.features).apply(trial.features)

    def learn(rows: Positions, others: Positions) -> FloatArray:
        return learn_use(X, trial, rows[trial.treated[rows]], settings).predict(X.iloc[others])

    chance = np.clip(Folds.of(trial.unit, int(settings["folds"]), seed).predict(learn), 0.0, 1.0)
    return replace(trial, features=trial.features.assign(**{CHANCE: chance})), Use.fit(trial, settings)


def extend_with(use: Use | None, features: pd.DataFrame) -> pd.DataFrame:
    return use.extend(features) if use else features
