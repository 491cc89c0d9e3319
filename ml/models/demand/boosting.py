"""One gradient boosting for all series and all periods ahead: lags, calendar, price and planned promotions."""

from collections.abc import Iterator
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import pandas as pd

from ml.learning.forecast_metrics import nan_mean, since_first_sale
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe, shares
from ml.models.demand.features import Pairs, all_pairs, describe, scales
from ml.models.demand.forecaster import Forecaster
from ml.models.demand.series import Panel, recent_value
from ml.models.model import State

DEFAULTS = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
    "rounds": 400,
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10,
}
OURS = ("rounds", "max_rows", "least_history", "region", "members")


class Boosted(Forecaster):
    """Direct forecasts by LightGBM: every period ahead is a row, what is learned from all series is shared.

    Source: Makridakis et al. (2022), M5 accuracy competition, whose best methods were of this kind.
    """

    name = "lightgbm"
    is_global = True

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.settings = {**DEFAULTS, **self.settings}
        self.boosters: list[lgb.Booster] = []

    def learn(self, panel: Panel, horizon: int) -> Self:
        """Learn from every origin of the panel from which at least one period ahead is known."""
        parts = list(self.rows(panel, horizon))
        X = pd.concat([features for features, _, _ in parts], ignore_index=True)
        y, weight = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
        data = lgb.Dataset(X, y, weight=weight / weight.mean(), params={"verbose": -1}, free_raw_data=False)
        self.boosters = [lgb.train(self.arguments(one), data, self.settings["rounds"]) for one in range(self.members)]
        return self

    @property
    def members(self) -> int:
        return int(self.settings.get("members", 1))

    @property
    def region(self) -> str:
        return str(self.settings.get("region", ""))

    def arguments(self, member: int) -> dict[str, Any]:
        own = {name: value for name, value in self.settings.items() if name not in OURS}
        fixed = {"num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1}
        return {**own, **fixed, "seed": self.recipe.seed + member}

    def rows(self, panel: Panel, horizon: int) -> Iterator[tuple[pd.DataFrame, FloatArray, FloatArray]]:
        """Features, outcome (in usual periods of the series) and weight of the pairs of each past origin."""
        first = min(int(self.settings.get("least_history", 8)), panel.known - 1)
        origins = range(first, panel.known)
        most = int(self.settings.get("max_rows", 200_000)) // max(1, len(origins))
        chance = np.random.default_rng(self.recipe.seed)
        value = recent_value(panel) / np.maximum(panel.y[:, -4:].sum(axis=1), 1)
        for origin in origins:
            past = panel.cut(origin, min(horizon, panel.known - origin))
            pairs = sample(all_pairs(past, past.horizon), past, most, chance)
            scale = scales(past)[pairs.series]
            outcome = panel.y[pairs.series, origin + pairs.ahead - 1] / scale
            yield describe(past, pairs, self.region), outcome, importance(past, value)[pairs.series]

    def forecast(self, panel: Panel) -> FloatArray:
        """Means (N × H) in units; what was planned while it learned and is not now counts as unknown."""
        pairs = all_pairs(panel, panel.horizon)
        X = describe(panel, pairs, self.region).reindex(columns=self.boosters[0].feature_name())
        found = np.mean([booster.predict(X, num_threads=1) for booster in self.boosters], axis=0)
        found = np.maximum(found, 0) * scales(panel)[pairs.series]
        return np.asarray(found.reshape(len(panel.ids), panel.horizon))

    def state(self) -> State:
        return State({}, {"boosters": [booster.model_to_string() for booster in self.boosters]})

    def restore(self, state: State) -> None:
        self.boosters = [lgb.Booster(model_str=text) for text in state.facts["boosters"]]

    def details(self) -> dict[str, Any]:
        gain = np.sum([booster.feature_importance("gain") for booster in self.boosters], axis=0)
        found = shares(tuple(self.boosters[0].feature_name()), gain)
        ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:20]
        return {"importance": {name: round(share, 4) for name, share in ranked}}


def sample(pairs: Pairs, panel: Panel, most: int, chance: np.random.Generator) -> Pairs:
    """At most so many pairs of series that have sold something."""
    usable = np.flatnonzero(np.any(panel.y > 0, axis=1)[pairs.series])
    if len(usable) > most:
        usable = np.sort(chance.choice(usable, most, replace=False))
    return Pairs(pairs.series[usable], pairs.ahead[usable])


def importance(panel: Panel, price: FloatArray) -> FloatArray:
    """Weights (N,) by which squared errors in usual periods count as WRMSSE counts them: value over the naive error."""
    naive = np.sqrt(nan_mean(np.square(since_first_sale(panel.y)))) if panel.known > 1 else np.ones(len(panel.ids))
    value = panel.y[:, -13:].mean(axis=1) * np.where(price > 0, price, np.median(price))
    weight = (value + 0.05 * value.mean()) * (scales(panel) / np.maximum(np.nan_to_num(naive), 0.3))
    return np.asarray(np.clip(weight, 0.02 * weight.mean(), 20 * weight.mean()))
