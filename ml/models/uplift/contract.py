"""What every effect learner can do."""

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe, shares
from ml.models.uplift.trial import Baseline, Trial

CARD = "learner.json"
MOST_NAMED = 20


class Learner(ABC):
    """Learns from a trial what treating changes; answers for n rows of raw features of the same names.

    Subclasses work on X, the encoded features: n×p float32 columns, NaN missing.
    """

    name: ClassVar[str]

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.encoding = Encoding((), {})
        self.base_effect = 0.0
        self.is_observational = False

    def fit(self, trial: Trial, baseline: Baseline | None = None) -> Self:
        """Learn from the trial's n rows; `baseline` are further rows never treated, used where a learner can."""
        self.encoding = Encoding.fit(trial.features)
        self.is_observational = trial.is_observational
        self.learn(self.encoding.apply(trial.features), trial, baseline)
        return self

    def effect(self, features: pd.DataFrame) -> FloatArray:
        """Expected change of the outcome by treating, shape (n,), in the outcome's unit, before any cost."""
        return self.predict(self.encoding.apply(features))

    def outcome_without(self, features: pd.DataFrame) -> FloatArray | None:
        """Expected outcome of n untreated rows; None where the learner has no such notion."""
        return self.untreated(self.encoding.apply(features))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Each feature's part in the effect: n rows, a column per feature; a row adds up to effect − `base_effect`."""
        X = self.encoding.apply(features)
        told = pd.DataFrame(self.explain(X), columns=X.columns)
        return told.T.groupby(lambda name: name.split(" = ")[0], sort=False).sum().T

    @abstractmethod
    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None: ...

    @abstractmethod
    def predict(self, X: pd.DataFrame) -> FloatArray: ...

    def untreated(self, X: pd.DataFrame) -> FloatArray | None:  # noqa: ARG002
        return None

    @abstractmethod
    def explain(self, X: pd.DataFrame) -> FloatArray:
        """n×p amounts that add up to the effect − `base_effect`."""

    def importance(self) -> dict[str, float]:
        """How much each feature counts in the effect, in shares that add up to 1; empty where it does not differ."""
        return {}

    def details(self) -> dict[str, Any]:
        """What the fit chose by itself, for the card."""
        return {}

    def card(self) -> dict[str, Any]:
        """Name, settings, what the fit chose, the most important features, and whether lots were drawn."""
        ranked = sorted(self.importance().items(), key=lambda item: (-item[1], item[0]))[:MOST_NAMED]
        return {
            "learner": self.recipe.candidate,
            "recipe": self.recipe.as_json(),
            "is_observational": self.is_observational,
            "base_effect": round(self.base_effect, 6),
            "details": self.details(),
            "importance": [{"feature": feature, "share": round(share, 6)} for feature, share in ranked],
        }

    def save(self, folder: Path) -> None:
        """Write native files without pickle into an empty or new folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "recipe": self.recipe.as_json(),
            "encoding": self.encoding.as_json(),
            "base_effect": self.base_effect,
            "is_observational": self.is_observational,
        }
        (folder / CARD).write_text(json.dumps(content, indent=1))
        self.write(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        content = json.loads((folder / CARD).read_text())
        learner = cls(Recipe.from_json(content["recipe"]))
        learner.encoding = Encoding.from_json(content["encoding"])
        learner.base_effect = content["base_effect"]
        learner.is_observational = content["is_observational"]
        learner.read(folder)
        return learner

    @abstractmethod
    def write(self, folder: Path) -> None: ...

    @abstractmethod
    def read(self, folder: Path) -> None: ...


def linear_importance(columns: tuple[str, ...], coefficients: FloatArray) -> dict[str, float]:
    """Shares of the absolute standardised coefficients of the p features (those of gaps are left out)."""
    return shares(columns, np.abs(coefficients[: len(columns)]))
