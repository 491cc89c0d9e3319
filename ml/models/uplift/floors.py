"""Simple rules a learner of effects has to beat: no effect, one for all, and the common rule."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import Boosted
from ml.models.uplift.contract import Learner
from ml.models.uplift.trial import Baseline, Trial

FILE = "effect.json"


class NoEffect(Learner):
    """Nothing changes anything: every offer is a cost."""

    name = "none"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        self.base_effect = 0.0

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return np.full(len(X), self.base_effect)

    def explain(self, X: pd.DataFrame) -> FloatArray:
        return np.zeros(X.shape)

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps({"effect": self.base_effect}))

    def read(self, folder: Path) -> None:
        self.base_effect = float(json.loads((folder / FILE).read_text())["effect"])


class Uniform(NoEffect):
    """The same effect for everybody: the difference in means, each row weighed by the inverse of its chance (Hájek)."""

    name = "uniform"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        self.base_effect = mean_effect(trial)


class Propensity(Learner):
    """The common rule: the biggest offer for the best customer.

    The effect is taken to be the same share of everybody's expected outcome, so rows rank by outcome and not by change.
    """

    name = "propensity"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        self.share = 0.0
        self.level = Boosted(self.recipe.settings, self.recipe.seed).fit(X, trial.outcome, trial.weights)
        expected = float(np.average(self.level.predict(X), weights=trial.weights))
        if expected != 0:
            self.share = mean_effect(trial) / expected
        self.base_effect = self.share * self.level.constant

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return self.share * self.level.predict(X)

    def explain(self, X: pd.DataFrame) -> FloatArray:
        return self.share * self.level.contributions(X)

    def importance(self) -> dict[str, float]:
        return self.level.importance(self.encoding.names)

    def details(self) -> dict[str, Any]:
        return {"share_of_outcome": round(self.share, 6)}

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps({"share": self.share}))
        self.level.write(folder / "level")

    def read(self, folder: Path) -> None:
        self.share = float(json.loads((folder / FILE).read_text())["share"])
        self.level = Boosted(self.recipe.settings, self.recipe.seed)
        self.level.read(folder / "level")


def mean_effect(trial: Trial) -> float:
    """The average effect: weighted means of treated and untreated rows, weights the inverse of the chance.

    Source: Hájek 1971; Imbens and Rubin 2015, eq. 12.
    """
    treated = trial.treated
    chance = np.where(treated, trial.probability, 1 - trial.probability)
    weight = trial.weights / chance
    means = [np.average(trial.outcome[rows], weights=weight[rows]) for rows in (treated, ~treated)]
    return float(means[0] - means[1])
