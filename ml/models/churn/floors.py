"""What anybody could count: how often an order came by period, for all or by how long a customer has been silent."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.churn.base import Hazard
from ml.models.churn.periods import PersonPeriods
from ml.models.model import State

PRIOR_ROWS = 20.0
SILENCE_WEEKS = np.array([3 / 7, 1.0, 2.0, 4.0, 8.0, 13.0, 26.0])


class PeriodRate(Hazard):
    """The same curve for everybody."""

    name = "period_rate"
    steps: FloatArray = np.array([])

    def learn(self, rows: PersonPeriods) -> None:
        size = int(rows.period.max()) + 1
        whole = rates(rows.period, rows.ordered, size, rows.ordered.mean())
        cell = self.cells(rows.habits) * size + rows.period
        prior = np.tile(whole, len(self.steps) + 1)
        self.table = rates(cell, rows.ordered, len(prior), prior).reshape(-1, size)

    def cells(self, habits: pd.DataFrame) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.steps, habits["silence"].to_numpy(dtype=float), side="right").astype(np.int64)

    def hazard(self, habits: pd.DataFrame, period: npt.NDArray[np.int64]) -> FloatArray:
        known = np.minimum(period, self.table.shape[1] - 1)
        return np.asarray(self.table[self.cells(habits), known], dtype=float)

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {"table": self.table}

    def relearn(self, state: State) -> None:
        self.table = np.asarray(state.arrays["table"], dtype=float)


class SilenceRate(PeriodRate):
    """A curve for each step of weeks since the last order on the landmark, pulled to everybody's."""

    name = "silence_rate"
    steps = SILENCE_WEEKS


def rates(
    cell: npt.NDArray[np.int64], ordered: npt.NDArray[np.bool_], size: int, prior: FloatArray | float
) -> FloatArray:
    """Rate of orders in each of `size` cells, as if `PRIOR_ROWS` more rows had the prior's."""
    rows, orders = np.bincount(cell, minlength=size), np.bincount(cell, ordered, size)
    return np.asarray((orders + PRIOR_ROWS * np.asarray(prior)) / (rows + PRIOR_ROWS), dtype=float)
