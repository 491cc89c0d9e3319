"""Learners of the catalogue on a test with any number of arms: fitted on all rows, or without those they answer for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.experimenting.prepared import Prepared
from ml.learning.metrics import FloatArray
from ml.models.uplift import catalogue
from ml.models.uplift.arms import ArmsLog, pool_arms
from ml.models.uplift.contract import Learner
from ml.models.uplift.folds import Folds, Positions

ARM = "arm of the test"
ALIKE = ("none",)  # pooled or not, nothing stays nothing


@dataclass(frozen=True)
class Entry:
    """A learner of the catalogue, and whether one model learns all arms together, the arm a feature like any other."""

    learner: str
    is_pooled: bool = False

    @property
    def name(self) -> str:
        return f"{self.learner}, pooled" if self.is_pooled else self.learner


def entries(learners: list[str], arms: int) -> list[Entry]:
    """Each learner with a model per arm; with several arms also with one for all, which lends small arms strength.

    >>> [one.name for one in entries(["none", "uniform"], 2)]
    ['none', 'uniform', 'uniform, pooled']
    """
    pooled = [Entry(name, True) for name in learners if name not in ALIKE] if arms > 1 else []
    return [*map(Entry, learners), *pooled]


@dataclass(frozen=True, eq=False)
class Fitted:
    """One learner per arm, or a single one for all."""

    learners: tuple[Learner, ...]
    arms: tuple[str, ...]

    def effects(self, features: pd.DataFrame) -> FloatArray:
        """n×K changes of the outcome."""
        if len(self.learners) == len(self.arms) - 1:
            return np.column_stack([one.effect(features) for one in self.learners])
        return np.column_stack([self.learners[0].effect(features.assign(**{ARM: arm})) for arm in self.arms[1:]])

    def card(self) -> list[dict[str, Any]]:
        return [one.card() for one in self.learners]

    def save(self, folder: Path) -> None:
        """Native files without pickle: a folder per arm, numbered in the order of the arms, or one for all."""
        for place, one in enumerate(self.learners, start=1):
            one.save(folder / (f"arm-{place}" if len(self.learners) > 1 else "all-arms"))


def cross_fit(entry: Entry, prepared: Prepared, folds: Folds, settings: Mapping[str, Any], seed: int) -> FloatArray:
    """n×K effects of a candidate, each fold foreseen by the others."""
    effects = np.empty((len(prepared), len(prepared.treatments)))
    for rows, others in folds:
        fitted = fit(entry, take(prepared.log, rows), prepared.arms, Recipes(settings, seed))
        effects[others] = fitted.effects(prepared.log.features.iloc[others])
    return effects


@dataclass(frozen=True)
class Recipes:
    settings: Mapping[str, Any]
    seed: int

    def make(self, name: str) -> Learner:
        return catalogue.make(catalogue.recipe_of(name, self.settings, self.seed))


def fit(entry: Entry, log: ArmsLog, arms: tuple[str, ...], recipes: Recipes) -> Fitted:
    """Each arm's rows beside the control's: pooled into one trial, or a trial per arm."""
    if entry.is_pooled:
        trial = pool_arms(log, pd.DataFrame({ARM: list(arms[1:])}))
        return Fitted((recipes.make(entry.learner).fit(trial),), arms)
    pairs = [only_arm(log, arm) for arm in range(1, len(arms))]
    trials = [pool_arms(one, pd.DataFrame(index=range(1))) for one in pairs]
    return Fitted(tuple(recipes.make(entry.learner).fit(trial) for trial in trials), arms)


def only_arm(log: ArmsLog, arm: int) -> ArmsLog:
    """The rows of one arm and of the control, with the chances of a test that had no other."""
    found = take(log, np.flatnonzero((log.arm == arm) | (log.arm == 0)))
    chances = found.probability[:, [0, arm]]
    chances = chances / chances.sum(axis=1, keepdims=True)
    return replace(found, arm=(found.arm == arm).astype(np.int64), probability=chances)


def take(log: ArmsLog, rows: Positions) -> ArmsLog:
    parts = (log.arm[rows], log.outcome[rows], log.probability[rows], log.cost[rows], log.unit[rows])
    return ArmsLog(log.features.iloc[rows].reset_index(drop=True), *parts, log.is_observational)
