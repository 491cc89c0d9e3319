"""What serves every morning: the winner for products, a method for their groups, how both agree, and ranges."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.catalogue import CATALOGUE
from ml.models.demand.forecaster import Forecaster
from ml.models.demand.hierarchy import PRODUCT, Hierarchy, bottom_up, hierarchy_of, mint_shrink, sum_up
from ml.models.demand.ranges import Ranges
from ml.models.demand.series import Panel, Series, as_frame, panel_of
from ml.models.model import Model, State

BOTTOM_UP, MINT = "bottom_up", "mint_shrink"
OWN = "own:"  # what the winner's own arrays are called among those of the whole


@dataclass(frozen=True)
class Agreement:
    """How groups and products are made to add up: method, who forecasts groups, past errors by `ids` (S × K)."""

    method: str = BOTTOM_UP
    groups: Recipe = field(default_factory=lambda: Recipe("ses"))
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))
    errors: FloatArray = field(default_factory=lambda: np.zeros((0, 1)))

    def errors_of(self, ids: np.ndarray) -> FloatArray:
        """Past errors of series by id; none (0) for those that were not there yet."""
        place = pd.Index(self.ids).get_indexer(pd.Index(ids))
        return np.asarray(np.where((place >= 0)[:, None], self.errors[place], 0.0))


class Served(Model[Series]):
    """A fitted winner with what turns its means into forecasts of every level that add up, with ranges.

    Scores are level, unique_id, ds, mean and a column per quantile (`q_0.1` …), all in units, and the method.
    """

    name = "served"

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.winner: Forecaster = CATALOGUE.make(recipe)  # type: ignore[assignment]
        self.levels: tuple[str, ...] = ()
        self.agreement = Agreement()
        self.ranges: dict[str, Ranges] = {}
        self.measured: dict[str, Any] = {}

    def fit(self, data: Series) -> "Served":
        self.winner.fit(data)
        return self

    def means(self, panel: Panel) -> FloatArray:
        """Means of the products (N × H) in units; those of the groups are their sums."""
        bottom = self.winner.forecast(panel)
        return agree(panel, hierarchy_of(panel, self.levels), bottom, self.agreement)

    def score(self, data: Series) -> pd.DataFrame:
        panel = panel_of(data)
        return self.publish(panel, self.means(panel))

    def publish(self, panel: Panel, bottom: FloatArray) -> pd.DataFrame:
        """Every level of product means (N × H), with ranges of the level's own past errors."""
        hierarchy = hierarchy_of(panel, self.levels)
        upper = bottom_up(hierarchy, bottom)
        parts = [self.one_level(panel, PRODUCT, panel.ids, bottom)]
        for level in dict.fromkeys(hierarchy.levels):
            own = hierarchy.levels == level
            parts.append(self.one_level(panel, level, hierarchy.ids[own], upper[own]))
        return pd.concat(parts, ignore_index=True)

    def planned(self, panel: Panel) -> FloatArray:
        """Units (N × H) of the means that are due to what is planned, by forecasting again without it.

        As learned from the past, where plans were not drawn by lot; 0 from winners that know nothing of plans.
        """
        plans = {
            name: np.where((np.arange(len(panel.periods)) < panel.known) | np.isnan(values), values, 0.0)
            for name, values in panel.regressors.items()
            if panel.lead(name) > 0
        }
        if not plans or not self.winner.is_global:
            return np.zeros((len(panel.ids), panel.horizon))
        without = replace(panel, regressors={**panel.regressors, **plans})
        return self.winner.forecast(panel) - self.winner.forecast(without)

    def of_levels(self, panel: Panel, bottom: FloatArray) -> FloatArray:
        """Values of products (N × H) summed for all rows of `publish`, in their order."""
        hierarchy = hierarchy_of(panel, self.levels)
        return np.concatenate([bottom, bottom_up(hierarchy, bottom)]).ravel()

    def one_level(self, panel: Panel, level: str, ids: np.ndarray, mean: FloatArray) -> pd.DataFrame:
        frame = as_frame(panel, ids, mean)
        frame.insert(0, "level", level)
        if level in self.ranges:
            ranges = self.ranges[level]
            quantiles = ranges.quantiles(mean).reshape(-1, len(ranges.levels))
            frame[[f"q_{one}" for one in ranges.levels]] = quantiles
        return frame.assign(method=self.winner.name)

    def details(self) -> Mapping[str, Any]:
        return {**self.measured, "reconciled_by": self.agreement.method, **self.winner.details()}

    def state(self) -> State:
        own = self.winner.state()
        arrays = {f"{OWN}{name}": values for name, values in own.arrays.items()} | {"errors": self.agreement.errors}
        for level, ranges in self.ranges.items():
            arrays |= {f"edges:{level}": ranges.edges, f"shift:{level}": ranges.shift}
        facts = {
            "own": dict(own.facts),
            "levels": list(self.levels),
            "method": self.agreement.method,
            "groups": self.agreement.groups.as_json(),
            "ids": [str(one) for one in self.agreement.ids],
            "quantiles": {level: list(ranges.levels) for level, ranges in self.ranges.items()},
            "measured": self.measured,
        }
        return State(arrays, facts)

    def restore(self, state: State) -> None:
        facts, arrays = state.facts, state.arrays
        own = {name.removeprefix(OWN): values for name, values in arrays.items() if name.startswith(OWN)}
        self.winner.restore(State(own, facts["own"]))
        self.levels, self.measured = tuple(facts["levels"]), facts["measured"]
        ids = np.array(facts["ids"], dtype=object)
        self.agreement = Agreement(facts["method"], Recipe.from_json(facts["groups"]), ids, arrays["errors"])
        self.ranges = {
            level: Ranges(tuple(levels), arrays[f"edges:{level}"], arrays[f"shift:{level}"])
            for level, levels in facts["quantiles"].items()
        }


def agree(panel: Panel, hierarchy: Hierarchy, bottom: FloatArray, agreement: Agreement) -> FloatArray:
    """Means of the products (N × H) after those of the groups were heard, or as they are."""
    if agreement.method == BOTTOM_UP:
        return bottom
    groups = sum_up(panel, hierarchy)
    upper = forecaster(agreement.groups).learn(groups, panel.horizon).forecast(groups)
    errors = agreement.errors_of(np.concatenate([keys_of(hierarchy), panel.ids]))
    return mint_shrink(hierarchy, upper, bottom, errors)


def keys_of(hierarchy: Hierarchy) -> np.ndarray:
    """Names of groups that no product shares."""
    pairs = zip(hierarchy.levels, hierarchy.ids, strict=True)
    return np.array([f"{level}/{one}" for level, one in pairs], dtype=object)


def forecaster(recipe: Recipe) -> Forecaster:
    made: Forecaster = CATALOGUE.make(recipe)  # type: ignore[assignment]
    return made


def spread_weeks(daily: FloatArray, weekly: FloatArray) -> FloatArray:
    """Daily means (N × 7·W) scaled so that each seven days add up to the week's mean (N × W).

    Source: Athanasopoulos et al. (2009), top-down by forecast proportions; a week without
    any daily mean is spread evenly.

    >>> spread_weeks(np.array([[1.0, 1, 2, 0, 0, 0, 0]]), np.array([[8.0]]))
    array([[2., 2., 4., 0., 0., 0., 0.]])
    """
    weeks = daily[:, : 7 * weekly.shape[1]].reshape(len(daily), -1, 7)
    total = weeks.sum(axis=2, keepdims=True)
    share = np.divide(weeks, total, out=np.full(weeks.shape, 1 / 7), where=total > 0)
    return np.asarray((share * weekly[:, :, None]).reshape(len(daily), -1))
