"""The S-, T-, X-, R- and DR-learner: effects by ordinary regressions, on trees or on a line.

The last regression of the X-, R- and DR-learner is kept stiff by cross-validation and may end as a constant effect;
expected outcomes in its targets never come from a model that saw the row. Setting `base`: lightgbm or linear.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import BASES, Base, Boosted, read_arrays, with_constant, write_arrays
from ml.models.uplift.contract import Learner, linear_importance
from ml.models.uplift.folds import Folds
from ml.models.uplift.nuisances import TREATED, encoded_baseline, marginal_outcome, outcomes_by_arm
from ml.models.uplift.penalised import choose_shrinkage, gram_by_fold, total
from ml.models.uplift.scaling import Scaling
from ml.models.uplift.trial import Baseline, Trial


class Meta(Learner):
    """Effects as a weighted sum of regressions, `parts`, by name."""

    mix: dict[str, float]
    parts: dict[str, Base]

    def folds(self, trial: Trial) -> Folds:
        return Folds.of(trial.unit, int(self.recipe.settings["folds"]), self.recipe.seed)

    def base(self) -> Base:
        return BASES[self.recipe.settings["base"]](self.recipe.settings, self.recipe.seed)

    def regress(self, X: pd.DataFrame, target: FloatArray, weight: FloatArray, rows: Any, folds: Folds) -> Base:
        """A base on some rows, as stiff as its folds say."""
        at = np.flatnonzero(rows)
        return self.base().fit(X.iloc[at], target[at], weight[at], Folds(folds.fold[at], folds.count))

    def combine(self, **parts: tuple[float, Base]) -> None:
        self.mix = {name: weight for name, (weight, _) in parts.items()}
        self.parts = {name: base for name, (_, base) in parts.items()}
        self.base_effect = sum(weight * base.constant for weight, base in parts.values())

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return np.sum([self.mix[name] * base.predict(X) for name, base in self.parts.items()], axis=0)

    def explain(self, X: pd.DataFrame) -> FloatArray:
        return np.sum([self.mix[name] * base.contributions(X) for name, base in self.parts.items()], axis=0)

    def importance(self) -> dict[str, float]:
        told = [base.importance(self.encoding.names) for base in self.parts.values()]
        mean = {name: sum(one.get(name, 0.0) for one in told) / len(told) for one in told for name in one}
        whole = sum(mean.values())
        return {name: share / whole for name, share in mean.items()} if whole > 0 else {}

    def details(self) -> dict[str, Any]:
        return {name: base.details() for name, base in self.parts.items()}

    def write(self, folder: Path) -> None:
        write_arrays(folder / "mix.npz", {name: np.array(weight) for name, weight in self.mix.items()})
        for name, base in self.parts.items():
            base.write(folder / name)

    def read(self, folder: Path) -> None:
        self.mix = {name: float(weight) for name, weight in read_arrays(folder / "mix.npz").items()}
        self.parts = {name: self.base() for name in self.mix}
        for name, base in self.parts.items():
            base.read(folder / name)


class TLearner(Meta):
    """One regression of the outcome for treated rows, one for the others. Source: Künzel et al. 2019, PNAS 116(10)."""

    name = "t_learner"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:
        treated = self.outcome_of(X, trial, trial.treated, (X.iloc[:0], np.array([])))
        more = encoded_baseline(baseline, X, self.encoding.apply)
        self.combine(treated=(1.0, treated), untreated=(-1.0, self.outcome_of(X, trial, ~trial.treated, more)))

    def outcome_of(
        self, X: pd.DataFrame, trial: Trial, rows: npt.NDArray[np.bool_], more: tuple[pd.DataFrame, FloatArray]
    ) -> Base:
        known = pd.concat([X[rows], more[0]], ignore_index=True)
        weight = np.concatenate([trial.weights[rows], np.ones(len(more[0]))])
        return self.base().fit(known, np.concatenate([trial.outcome[rows], more[1]]), weight)

    def untreated(self, X: pd.DataFrame) -> FloatArray:
        return self.parts["untreated"].predict(X)


class XLearner(Meta):
    """Effects imputed with the other arm's expected outcome, regressed in each arm, mixed by the chance of treatment.

    Source: Künzel et al. 2019, PNAS 116(10), eq. 9 with g the mean chance.
    """

    name = "x_learner"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        folds, treated = self.folds(trial), trial.treated
        expected = outcomes_by_arm(X, trial, folds, self.recipe.settings)
        imputed = np.where(treated, trial.outcome - expected.untreated, expected.treated - trial.outcome)
        chance = float(np.average(trial.probability, weights=trial.weights))
        arms = [self.regress(X, imputed, trial.weights, rows, folds) for rows in (treated, ~treated)]
        self.combine(treated=(1 - chance, arms[0]), untreated=(chance, arms[1]))


class RLearner(Meta):
    """Residual outcome on residual treatment. Source: Nie and Wager 2021, Biometrika 108(2), eq. 4."""

    name = "r_learner"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:
        folds = self.folds(trial)
        more = encoded_baseline(baseline, X, self.encoding.apply)
        marginal = marginal_outcome(X, trial, folds, self.recipe.settings, more)
        surprise = trial.treated - trial.probability
        target, weight = (trial.outcome - marginal) / surprise, trial.weights * surprise**2
        self.combine(effect=(1.0, self.regress(X, target, weight, np.ones(len(X)), folds)))


class DRLearner(Meta):
    """Doubly robust scores regressed on features. Source: Kennedy 2023, Electronic J. Stat. 17(2), algorithm 1."""

    name = "dr_learner"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        folds = self.folds(trial)
        expected = outcomes_by_arm(X, trial, folds, self.recipe.settings)
        scores = expected.scores(trial)
        self.combine(effect=(1.0, self.regress(X, scores, trial.weights, np.ones(len(X)), folds)))


class SLearner(Learner):
    """One boosted regression with treatment among the features; the effect is what flipping it changes."""

    name = "s_learner"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:
        more, outcome = encoded_baseline(baseline, X, self.encoding.apply)
        known = pd.concat([flip(X, trial.treated), flip(more, np.float32(0))], ignore_index=True)
        weight = np.concatenate([trial.weights, np.ones(len(more))])
        self.model = Boosted(self.recipe.settings, self.recipe.seed)
        self.model.fit(known, np.concatenate([trial.outcome, outcome]), weight)
        self.base_effect = float(np.average(self.predict(X), weights=trial.weights))

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return self.model.predict(flip(X, np.float32(1))) - self.model.predict(flip(X, np.float32(0)))

    def untreated(self, X: pd.DataFrame) -> FloatArray:
        return self.model.predict(flip(X, np.float32(0)))

    def explain(self, X: pd.DataFrame) -> FloatArray:
        """TreeSHAP of the row treated minus untreated; what it gives treatment itself goes to the features it acted
        with, by the size of their parts, because only features can be a reason.
        """
        parts = self.model.contributions(flip(X, np.float32(1))) - self.model.contributions(flip(X, np.float32(0)))
        own, rest = parts[:, :-1], parts[:, -1] - self.base_effect
        size = np.abs(own).sum(axis=1, keepdims=True)
        even = np.full(own.shape, 1 / max(own.shape[1], 1))
        return own + rest[:, None] * np.where(size > 0, np.abs(own) / np.where(size > 0, size, 1), even)

    def importance(self) -> dict[str, float]:
        """Treatment itself is among them: a share near 0 says that the trees hardly used it."""
        return self.model.importance((*self.encoding.names, TREATED))

    def write(self, folder: Path) -> None:
        self.model.write(folder / "outcome")

    def read(self, folder: Path) -> None:
        self.model = Boosted(self.recipe.settings, self.recipe.seed)
        self.model.read(folder / "outcome")


class LinearSLearner(Learner):
    """One linear regression on features, treatment and their products, all shrunk alike."""

    name = "s_learner_linear"

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:  # noqa: ARG002
        folds = Folds.of(trial.unit, int(self.recipe.settings["folds"]), self.recipe.seed)
        self.scaling = Scaling.fit(X)
        design = with_constant(self.scaling.apply(X))
        both = np.hstack([design, design * trial.treated[:, None]])
        grams = gram_by_fold(both, trial.outcome, trial.weights, folds)
        solved = total(grams).solve(choose_shrinkage(grams, self.recipe.settings["penalties"]))
        self.level, self.change = np.split(solved, 2)
        self.base_effect = float(self.change[0])

    def predict(self, X: pd.DataFrame) -> FloatArray:
        changed: FloatArray = with_constant(self.scaling.apply(X)) @ self.change
        return changed

    def untreated(self, X: pd.DataFrame) -> FloatArray:
        level: FloatArray = with_constant(self.scaling.apply(X)) @ self.level
        return level

    def explain(self, X: pd.DataFrame) -> FloatArray:
        return self.scaling.fold_back(self.scaling.apply(X) * self.change[1:])

    def importance(self) -> dict[str, float]:
        return linear_importance(self.encoding.names, self.change[1:])

    def write(self, folder: Path) -> None:
        write_arrays(folder / "linear.npz", self.scaling.state() | {"level": self.level, "change": self.change})

    def read(self, folder: Path) -> None:
        state = read_arrays(folder / "linear.npz")
        self.scaling, self.level, self.change = Scaling.from_state(state), state["level"], state["change"]


def flip(X: pd.DataFrame, treated: Any) -> pd.DataFrame:
    return X.assign(**{TREATED: np.asarray(treated, dtype=np.float32)})
