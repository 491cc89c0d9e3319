"""Markov chains over the stages of life, with the counts of rare cells pulled to commoner ones; and staying put."""

from typing import Any, Self

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.life_cycle.stages import STAGES, IntArray, Limits, Moves, habit_count, habit_of, moves_of, stage_of
from ml.models.model import Model, State
from ml.models.value.features import describe
from ml.models.value.transactions import Transactions
from warehouse.errors import NotAvailable

SIZE = len(STAGES)
LEAST_HISTORY_DAYS = 28


class Chain(Model[Transactions]):
    """Scores a row per customer who ever ordered: customer_id, stage, next_stage (the likeliest after the horizon) and
    the probability of each stage then, `new_probability`, `active_probability`, `lapsed_probability`.

    Settings: `new_days`, `lapsed_days` (limits of the stages), `landmarks` and `step_days` (mornings learned from),
    `prior_rows` (rows that a commoner cell is worth in a rare one).
    """

    def fit(self, data: Transactions) -> Self:
        if data.history_days < data.horizon_days + LEAST_HISTORY_DAYS:
            raise NotAvailable("the history is too short to see anybody move")
        self.horizon_days = data.horizon_days
        settings = self.recipe.settings
        most = 1 + (data.history_days - data.horizon_days - LEAST_HISTORY_DAYS) // int(settings.get("step_days", 14))
        landmarks = min(int(settings.get("landmarks", 6)), most)
        self.learn(moves_of(data, self.limits, landmarks, int(settings.get("step_days", 14))))
        return self

    @property
    def limits(self) -> Limits:
        return Limits(int(self.recipe.settings.get("new_days", 60)), int(self.recipe.settings.get("lapsed_days", 56)))

    @property
    def prior(self) -> float:
        return float(self.recipe.settings.get("prior_rows", 20))

    def learn(self, moves: Moves) -> None:
        """Nothing, unless a chain counts."""

    def chances(self, stage: IntArray, habit: IntArray) -> FloatArray:
        """Probability (n × stages) of each stage after the horizon."""
        return np.asarray(self.table[self.cells(stage, habit)], dtype=float)

    def cells(self, stage: IntArray, habit: IntArray) -> IntArray:  # noqa: ARG002
        return stage

    table: FloatArray = np.eye(SIZE)

    def foresee(self, data: Transactions) -> pd.DataFrame:
        """Probabilities (n × stages) by customer_id."""
        habits = describe(data)
        found = self.chances(stage_of(habits, self.limits), habit_of(habits, self.limits))
        return pd.DataFrame(found, index=habits.index, columns=[f"{name}_probability" for name in STAGES])

    def score(self, data: Transactions) -> pd.DataFrame:
        if data.frame.empty:
            return pd.DataFrame(
                columns=["customer_id", "stage", "next_stage", *(f"{one}_probability" for one in STAGES)]
            )
        found, names = self.foresee(data), np.array(STAGES, dtype=object)
        stage = names[stage_of(describe(data), self.limits)]
        likeliest = names[found.to_numpy().argmax(axis=1)]
        return found.assign(stage=stage, next_stage=likeliest).reset_index()

    def state(self) -> State:
        return State({"table": self.table}, {"horizon_days": self.horizon_days})

    def restore(self, state: State) -> None:
        self.table = np.asarray(state.arrays["table"], dtype=float)
        self.horizon_days = int(state.facts["horizon_days"])

    def details(self) -> dict[str, Any]:
        return {"horizon_days": self.horizon_days, "stages": list(STAGES)}


class Stays(Chain):
    """Everybody stays where they are."""

    name = "stays"


class Markov(Chain):
    """Shares of those who went from a stage to each, as if a few more had stayed."""

    name = "markov"

    def learn(self, moves: Moves) -> None:
        self.table = transitions(moves.stage, moves.later, np.eye(SIZE), self.prior)

    def details(self) -> dict[str, Any]:
        return {**super().details(), "transitions": self.table.round(4).tolist()}


class MarkovByHabit(Chain):
    """A row of the chain per stage and habit, pulled to the row of the stage."""

    name = "markov_by_habit"

    def learn(self, moves: Moves) -> None:
        whole = transitions(moves.stage, moves.later, np.eye(SIZE), self.prior)
        prior = np.repeat(whole, habit_count(), axis=0)
        self.table = transitions(self.cells(moves.stage, moves.habit), moves.later, prior, self.prior)

    def cells(self, stage: IntArray, habit: IntArray) -> IntArray:
        return stage * habit_count() + habit


def transitions(cell: IntArray, later: IntArray, prior: FloatArray, strength: float) -> FloatArray:
    """Probability (cells × stages) of each later stage: counts plus `strength` rows of the prior (cells × stages).

    The mean of a Dirichlet distribution after the counts: Bishop, Fienberg & Holland (1975), Discrete Multivariate
    Analysis, chapter 12.

    >>> transitions(np.array([0, 0]), np.array([1, 1]), np.array([[1.0, 0.0]]), strength=2).tolist()
    [[0.5, 0.5]]
    """
    counts = np.zeros(prior.shape)
    np.add.at(counts, (cell, later), 1.0)
    return np.asarray((counts + strength * prior) / (counts.sum(axis=1, keepdims=True) + strength), dtype=float)


def brier(chances: FloatArray, came: IntArray) -> FloatArray:
    """Squared distance (n) between probabilities (n × stages) and what came: 0 is foreseen, 2 is the opposite.

    Source: Brier (1950), Monthly Weather Review 78.

    >>> brier(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), np.array([0, 0])).tolist()
    [0.0, 2.0]
    """
    return np.asarray(np.square(chances - np.eye(SIZE)[came]).sum(axis=1), dtype=float)
