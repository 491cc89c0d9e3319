"""The contract of every candidate for demand: learns from a panel, gives a mean per series and period ahead."""

from abc import abstractmethod
from typing import Any, ClassVar, Self

import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.series import Panel, Series, as_frame, panel_of
from ml.models.model import Model


class Forecaster(Model[Series]):
    """Scores are unique_id, ds and mean (units), a row per series and period ahead."""

    is_global: ClassVar[bool] = False  # whether what is learned from one series serves the others

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.settings: dict[str, Any] = dict(recipe.settings)

    def fit(self, data: Series) -> Self:
        return self.learn(panel_of(data), data.horizon)

    def score(self, data: Series) -> pd.DataFrame:
        panel = panel_of(data)
        return as_frame(panel, panel.ids, self.forecast(panel))

    @abstractmethod
    def learn(self, panel: Panel, horizon: int) -> Self:
        """Learn from the known periods of a panel; `horizon` is the most periods that will be asked for."""

    @abstractmethod
    def forecast(self, panel: Panel) -> FloatArray:
        """Means (N × H) in units, at least 0, for the periods of the panel that are not known."""
