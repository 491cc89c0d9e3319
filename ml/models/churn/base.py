"""What every hazard shares: learned on landmarks, calibrated on the newest closed horizon, read off as a curve."""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.calibration import Calibrator, calibrate
from ml.learning.metrics import FloatArray
from ml.models.churn.curve import bend, days_until, survival
from ml.models.churn.periods import PersonPeriods, at_period, borders_of, days_to_next, person_periods
from ml.models.model import Model, State
from ml.models.value.features import describe
from ml.models.value.transactions import Transactions
from warehouse.errors import NotAvailable

UNTOUCHED = Calibrator("none", (0.0,), (0.0,), 1.0)
ENDS = {"next_order_days": 0.5, "next_order_days_low": 0.1, "next_order_days_high": 0.9}
CHUNK = 100_000


class Hazard(Model[Transactions]):
    """Scores a row per customer who ever ordered: customer_id, churn_risk (probability of no order within the horizon),
    days to the next order by which it has come with a probability of 50, 10 and 90 % (missing beyond the horizon).

    Settings: `landmarks`, `step_days` between them, `sample` (customers of a landmark learned from).
    """

    def fit(self, data: Transactions) -> Self:
        if data.frame.empty:
            raise NotAvailable("nobody has bought anything yet")
        self.horizon_days, self.calibrator = data.horizon_days, UNTOUCHED
        self.calibrator = self.learn_calibrator(data)
        self.learn(self.rows_of(data))
        return self

    def rows_of(self, data: Transactions) -> PersonPeriods:
        settings = self.recipe.settings
        numbers = [
            int(settings.get(name, usual)) for name, usual in (("landmarks", 8), ("step_days", 14), ("sample", 20000))
        ]
        return person_periods(data, *numbers)

    def learn_calibrator(self, data: Transactions) -> Calibrator:
        """From raw risks to shares that stayed away in the newest closed horizon, learned from what came before."""
        earlier = data.before(data.as_of - timedelta(days=self.horizon_days))
        try:
            self.learn(self.rows_of(earlier))
        except NotAvailable:
            return UNTOUCHED
        habits = describe(earlier)
        wait = days_to_next(data, habits.index, pd.Timestamp(earlier.as_of))
        stayed_away = np.isnan(wait)
        if not 0 < stayed_away.sum() < len(wait):
            return UNTOUCHED
        return calibrate(stayed_away, self.raw_curves(habits)[:, -1])

    @abstractmethod
    def learn(self, rows: PersonPeriods) -> None: ...

    @abstractmethod
    def hazard(self, habits: pd.DataFrame, period: npt.NDArray[np.int64]) -> FloatArray:
        """Probability (rows) of an order in the period of each row, whose habits are those at its beginning."""

    def raw_curves(self, habits: pd.DataFrame) -> FloatArray:
        periods = range(len(borders_of(self.horizon_days)) - 1)
        hazards = []
        for one in periods:
            period = np.full(len(habits), one)
            hazards.append(self.hazard(at_period(habits, period, self.horizon_days), period))
        return survival(np.column_stack(hazards))

    def curves(self, data: Transactions) -> tuple[pd.Index, FloatArray]:
        """Customers (n) and their calibrated probabilities (n × periods) of no order until the end of each period."""
        habits = describe(data)
        parts = [self.raw_curves(habits.iloc[start : start + CHUNK]) for start in range(0, len(habits), CHUNK)]
        raw = np.vstack(parts)
        return habits.index, bend(raw, self.calibrator.apply(raw[:, -1]))

    def score(self, data: Transactions) -> pd.DataFrame:
        if data.frame.empty:
            return pd.DataFrame(columns=["customer_id", "churn_risk", *ENDS])
        customers, curves = self.curves(data)
        borders = borders_of(self.horizon_days).astype(float)
        found = {name: days_until(curves, borders, chance) for name, chance in ENDS.items()}
        return pd.DataFrame({"customer_id": customers, "churn_risk": curves[:, -1], **found})

    def state(self) -> State:
        facts = {"horizon_days": self.horizon_days, "calibrator": self.calibrator.as_json(), **self.learned()}
        return State(self.learned_arrays(), facts)

    def restore(self, state: State) -> None:
        self.horizon_days = int(state.facts["horizon_days"])
        self.calibrator = Calibrator.from_json(state.facts["calibrator"])
        self.relearn(state)

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {}

    def learned(self) -> dict[str, Any]:
        return {}

    @abstractmethod
    def relearn(self, state: State) -> None: ...

    def details(self) -> dict[str, Any]:
        return {"horizon_days": self.horizon_days, "calibration": self.calibrator.method}
