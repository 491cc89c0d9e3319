"""What every candidate for customer value shares: a summary in, expectations with intervals out."""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, Self

import numpy as np
import pandas as pd

from ml.models.model import Model, State
from ml.models.value import spread
from ml.models.value.spread import Spread
from ml.models.value.transactions import Transactions, judged_days, outcomes
from warehouse.errors import NotAvailable

CONFIDENCE = 0.8
SPREAD = ("edges", "low", "high")
SCORES = ("expected_orders", "expected_spend", "expected_spend_low", "expected_spend_high", "alive_probability")


class ValueModel(Model[Transactions]):
    """Scores a row per customer: customer_id, orders and spend (currency) expected within the horizon, the interval of
    the spend, and the probability of still being a customer (not a number where the candidate does not know one).

    The interval comes from the newest closed window: the candidate learns without it first, then with it.
    Setting: `confidence_rate`, the share of customers the interval is to hold.
    """

    def fit(self, data: Transactions) -> Self:
        if data.frame.empty:
            raise NotAvailable("nobody has bought anything yet")
        self.spread = self.learn_spread(data)
        self.learn(data)
        return self

    def learn_spread(self, data: Transactions) -> Spread:
        days = judged_days(data)
        earlier = data.before(data.as_of - timedelta(days=days), days)
        try:
            self.learn(earlier)
            expected = self.expect(earlier)["expected_spend"].to_numpy()
        except NotAvailable:
            return spread.unknown()
        actual = outcomes(data, earlier.as_of, days)["spend"].to_numpy()
        return spread.learn(expected, actual, float(self.recipe.settings.get("confidence_rate", CONFIDENCE)))

    @abstractmethod
    def learn(self, data: Transactions) -> None: ...

    @abstractmethod
    def expect(self, data: Transactions) -> pd.DataFrame:
        """expected_orders, expected_spend and alive_probability by customer_id, sorted by it."""

    def score(self, data: Transactions) -> pd.DataFrame:
        if data.frame.empty:
            return pd.DataFrame(columns=["customer_id", *SCORES])
        expected = self.expect(data)
        low, high = self.spread.interval(expected["expected_spend"].to_numpy())
        return expected.assign(expected_spend_low=low, expected_spend_high=high)[list(SCORES)].reset_index()

    def state(self) -> State:
        arrays = {
            f"spread_{name}": np.asarray(getattr(self.spread, name), dtype=float) for name in ("edges", "low", "high")
        }
        return State({**arrays, **self.learned_arrays()}, {"least": self.spread.least, **self.learned()})

    def restore(self, state: State) -> None:
        edges, low, high = (np.asarray(state.arrays[f"spread_{name}"], dtype=float) for name in SPREAD)
        self.spread = Spread(edges, low, high, float(state.facts["least"]))
        self.relearn(state)

    def learned_arrays(self) -> dict[str, np.ndarray]:
        return {}

    @abstractmethod
    def learned(self) -> dict[str, Any]: ...

    @abstractmethod
    def relearn(self, state: State) -> None: ...

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.learned().items() if isinstance(value, int | float | dict)}


def weeks_ahead(data: Transactions) -> float:
    return data.horizon_days / 7.0
