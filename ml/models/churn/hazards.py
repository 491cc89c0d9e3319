"""Hazards that follow the habits of a customer: a logistic regression and boosted trees."""

from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.learning.calibration import expit
from ml.learning.metrics import FloatArray
from ml.models.churn.base import Hazard
from ml.models.churn.periods import PersonPeriods, at_period, borders_of
from ml.models.model import State

OURS = ("landmarks", "step_days", "sample", "rounds", "C")
RISING = ("orders_7", "orders_28", "orders_91", "count")
FALLING = ("gap",)


class LogisticHazard(Hazard):
    """A constant per period, and slopes of the logarithms of the habits that tilt with the logarithm of the time ahead.

    Setting: `C`, the inverse of the L2 penalty.
    """

    name = "logistic_hazard"

    def learn(self, rows: PersonPeriods) -> None:
        logs = log_habits(at_period(rows.habits, rows.period, self.horizon_days))
        self.middle = np.nanmean(logs, axis=0)
        self.spread = np.maximum(np.nanstd(logs, axis=0), 1e-9)
        self.periods = len(borders_of(self.horizon_days)) - 1
        with threadpool_limits(1):
            model = LogisticRegression(C=float(self.recipe.settings.get("C", 0.1)), max_iter=500)
            model.fit(self.design(logs, rows.period), rows.ordered)
        self.weights = np.append(model.coef_[0], model.intercept_[0])

    def design(self, logs: FloatArray, period: npt.NDArray[np.int64]) -> FloatArray:
        scaled = np.nan_to_num((logs - self.middle) / self.spread)
        ahead = np.log1p(borders_of(self.horizon_days)[period])[:, None]
        return np.hstack([scaled, scaled * ahead, np.eye(self.periods)[period]])

    def hazard(self, habits: pd.DataFrame, period: npt.NDArray[np.int64]) -> FloatArray:
        return expit(self.design(log_habits(habits), period) @ self.weights[:-1] + self.weights[-1])

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "middle": self.middle, "spread": self.spread}

    def relearn(self, state: State) -> None:
        self.weights, self.middle, self.spread = (state.arrays[name] for name in ("weights", "middle", "spread"))
        self.periods = len(borders_of(self.horizon_days)) - 1


class BoostedHazard(Hazard):
    """Trees that rise with orders of the last weeks and fall with the usual gap. Settings go to LightGBM by name."""

    name = "lightgbm"

    def learn(self, rows: PersonPeriods) -> None:
        habits = with_period(at_period(rows.habits, rows.period, self.horizon_days), rows.period)
        signs = [1 if name in RISING else -1 if name in FALLING else 0 for name in habits]
        own = {name: value for name, value in self.recipe.settings.items() if name not in OURS}
        fixed = {
            "objective": "binary",
            "verbosity": -1,
            "seed": self.recipe.seed,
            "num_threads": 1,
            "deterministic": True,
        }
        data = lightgbm.Dataset(habits.to_numpy(np.float64), rows.ordered.astype(float), params={"verbosity": -1})
        terms = {**fixed, "force_row_wise": True, "monotone_constraints": signs, **own}
        self.booster = lightgbm.train(terms, data, int(self.recipe.settings.get("rounds", 100)))

    def hazard(self, habits: pd.DataFrame, period: npt.NDArray[np.int64]) -> FloatArray:
        values = with_period(habits, period).to_numpy(np.float64)
        return np.asarray(self.booster.predict(values, num_threads=1), dtype=float)

    def learned(self) -> dict[str, Any]:
        return {"booster": self.booster.model_to_string()}

    def relearn(self, state: State) -> None:
        self.booster = lightgbm.Booster(model_str=str(state.facts["booster"]))


def with_period(habits: pd.DataFrame, period: npt.NDArray[np.int64]) -> pd.DataFrame:
    return habits.assign(period=period)


def log_habits(habits: pd.DataFrame) -> FloatArray:
    return np.asarray(np.log1p(np.clip(habits.to_numpy(dtype=float), 0, None)), dtype=float)
