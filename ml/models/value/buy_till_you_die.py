"""BG/NBD for how often, gamma-gamma for how much: the probability model of customer value."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from ml.models.model import State
from ml.models.value import bg_nbd, gamma_gamma
from ml.models.value.base import ValueModel, weeks_ahead
from ml.models.value.bg_nbd import BgNbd
from ml.models.value.gamma_gamma import GammaGamma
from ml.models.value.transactions import Transactions, summarise

PENALTY = 1e-4


class BuyTillYouDie(ValueModel):
    """Fader & Hardie's pair of models. Setting: `penalty` on the log-parameters, so that a small shop's stay finite."""

    name = "bg_nbd_gamma_gamma"

    def learn(self, data: Transactions) -> None:
        known = summarise(data)
        frequency, recency, age = known[["frequency", "recency", "age"]].to_numpy(dtype=float).T
        self.orders = bg_nbd.fit(frequency, recency, age, penalty=float(self.recipe.settings.get("penalty", PENALTY)))
        self.amounts = gamma_gamma.fit(known["amount"].to_numpy(), known["count"].to_numpy())

    def expect(self, data: Transactions) -> pd.DataFrame:
        known = summarise(data)
        frequency, recency, age = known[["frequency", "recency", "age"]].to_numpy(dtype=float).T
        orders = bg_nbd.expected_orders(self.orders, frequency, recency, age, ahead=weeks_ahead(data))
        amount = gamma_gamma.expected_amount(self.amounts, known["amount"].to_numpy(), known["count"].to_numpy())
        found = {
            "expected_orders": orders,
            "expected_spend": orders * amount,
            "alive_probability": bg_nbd.alive(self.orders, frequency, recency, age),
        }
        return pd.DataFrame(found, index=known.index)

    def learned(self) -> dict[str, Any]:
        return {"bg_nbd_weeks": asdict(self.orders), "gamma_gamma_currency": asdict(self.amounts)}

    def relearn(self, state: State) -> None:
        self.orders = BgNbd(**state.facts["bg_nbd_weeks"])
        self.amounts = GammaGamma(**state.facts["gamma_gamma_currency"])
