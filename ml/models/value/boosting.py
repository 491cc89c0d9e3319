"""Boosted trees that learn orders and spend of closed windows from habits and from what BG/NBD expects."""

from datetime import timedelta
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.model import State
from ml.models.value.base import ValueModel
from ml.models.value.buy_till_you_die import BuyTillYouDie
from ml.models.value.features import describe
from ml.models.value.transactions import Transactions, judged_days, outcomes
from warehouse.errors import NotAvailable

OBJECTIVES = {"orders": "poisson", "spend": "tweedie"}
OURS = ("rounds", "cuts", "penalty", "confidence_rate")


class Boosting(ValueModel):
    """A Poisson booster of orders and a Tweedie booster of spend, learned on windows that closed before the day.

    Settings: `rounds`, `cuts` (windows learned from, each half a window earlier), others by LightGBM's own names.
    A horizon longer than the window learned from is scaled up by their lengths.
    """

    name = "lightgbm"

    def learn(self, data: Transactions) -> None:
        self.days = judged_days(data)
        cuts = self.cut(data)
        self.basis = BuyTillYouDie(self.recipe)
        self.basis.learn(cuts[0])
        features = pd.concat([self.features(one) for one in cuts], ignore_index=True)
        actual = pd.concat([outcomes(data, one.as_of, self.days) for one in cuts], ignore_index=True)
        self.boosters = {
            name: boost(self.recipe.settings, self.recipe.seed, features, actual[name].to_numpy(), objective)
            for name, objective in OBJECTIVES.items()
        }

    def cut(self, data: Transactions) -> list[Transactions]:
        """What was known before each closed window; only those with a history as long as the window."""
        steps = range(int(self.recipe.settings.get("cuts", 3)))
        days = [data.as_of - timedelta(days=self.days + step * self.days // 2) for step in steps]
        known = [data.before(day, self.days) for day in days]
        enough = [one for one in known if one.history_days >= self.days]
        if not enough:
            raise NotAvailable("the history is too short for a closed window")
        return enough

    def features(self, data: Transactions) -> pd.DataFrame:
        expected = self.basis.expect(data)
        return pd.concat([describe(data), expected], axis=1)

    def expect(self, data: Transactions) -> pd.DataFrame:
        features = self.features(data)
        scale = data.horizon_days / self.days
        at_window = self.features(data.before(data.as_of, self.days))
        found = {
            f"expected_{name}": scale * np.asarray(booster.predict(at_window.to_numpy(np.float64), num_threads=1))
            for name, booster in self.boosters.items()
        }
        return pd.DataFrame({**found, "alive_probability": features["alive_probability"]}, index=features.index)

    def learned(self) -> dict[str, Any]:
        boosters = {f"booster_{name}": booster.model_to_string() for name, booster in self.boosters.items()}
        return {"days": self.days, **boosters, **self.basis.learned()}

    def relearn(self, state: State) -> None:
        self.days = int(state.facts["days"])
        self.basis = BuyTillYouDie(self.recipe)
        self.basis.relearn(state)
        self.boosters = {name: lightgbm.Booster(model_str=str(state.facts[f"booster_{name}"])) for name in OBJECTIVES}


def boost(settings: Any, seed: int, features: pd.DataFrame, target: FloatArray, objective: str) -> lightgbm.Booster:
    own = {
        name: value for name, value in settings.items() if name not in ("rounds", "cuts", "penalty", "confidence_rate")
    }
    fixed = {"objective": objective, "verbosity": -1, "seed": seed, "num_threads": 1, "deterministic": True}
    data = lightgbm.Dataset(features.to_numpy(np.float64), target, params={"verbosity": -1})
    return lightgbm.train({**fixed, "force_row_wise": True, **own}, data, int(settings.get("rounds", 100)))
