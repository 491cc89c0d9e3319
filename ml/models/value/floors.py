"""The simplest answers: customers go on as they did, and everybody is like the mean."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from ml.models.model import State
from ml.models.value.base import ValueModel, weeks_ahead
from ml.models.value.transactions import Transactions, judged_days, outcomes, summarise

LEAST_WEEKS = 4.0


class OwnRate(ValueModel):
    """Own purchases per week since the first times the own mean amount; a customer counts as known for four weeks."""

    name = "own_rate"

    def learn(self, data: Transactions) -> None:
        pass

    def expect(self, data: Transactions) -> pd.DataFrame:
        known = summarise(data)
        orders = known["count"] / known["age"].clip(lower=LEAST_WEEKS) * weeks_ahead(data)
        found = {"expected_orders": orders, "expected_spend": orders * known["amount"], "alive_probability": np.nan}
        return pd.DataFrame(found)

    def learned(self) -> dict[str, Any]:
        return {}

    def relearn(self, state: State) -> None:
        pass


class ShopMean(ValueModel):
    """What a customer ordered and spent per day in the newest window, the same for everybody."""

    name = "shop_mean"

    def learn(self, data: Transactions) -> None:
        days = judged_days(data)
        found = outcomes(data, data.as_of - timedelta(days=days), days)
        self.rates = {name: float(found[name].mean() / days) if len(found) else 0.0 for name in ("orders", "spend")}

    def expect(self, data: Transactions) -> pd.DataFrame:
        index = summarise(data).index
        found = {f"expected_{name}": rate * data.horizon_days for name, rate in self.rates.items()}
        return pd.DataFrame({**found, "alive_probability": np.nan}, index=index)

    def learned(self) -> dict[str, Any]:
        return {"per_day": self.rates}

    def relearn(self, state: State) -> None:
        self.rates = dict(state.facts["per_day"])
