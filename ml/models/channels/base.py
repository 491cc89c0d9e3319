"""What every response model shares: a chance of an answer by channel and hour, and the best of both."""

from abc import abstractmethod
from typing import Self

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.channels.messages import Messages
from ml.models.model import Model
from warehouse.errors import NotAvailable

SCORES = ("best_channel", "best_channel_rate", "best_hour", "best_hour_rate", "messages")


class Response(Model[Messages]):
    """Scores a row per customer who got a message: customer_id, best_channel and best_hour (highest expected rate of
    answers; the first by name among equals), their rates (0-1) at the shop's commonest hour and channel, messages.

    The data given to `score` are the history the rates are read from. Setting: `least_messages` of the shop.
    """

    def fit(self, data: Messages) -> Self:
        least = int(self.recipe.settings.get("least_messages", 200))
        if len(data.frame) < least or data.frame["answered"].nunique() < 2:
            raise NotAvailable(f"fewer than {least:,} messages, or all answered alike")
        self.learn(data)
        return self

    @abstractmethod
    def learn(self, data: Messages) -> None: ...

    @abstractmethod
    def chances(self, history: Messages, asked: pd.DataFrame) -> FloatArray:
        """Chance (n) of an answer to each row of customer_id, channel and hour, knowing the history."""

    def score(self, data: Messages) -> pd.DataFrame:
        known = data.frame.groupby("customer_id").size()
        if known.empty:
            return pd.DataFrame(columns=["customer_id", *SCORES])
        usual = {name: data.frame[name].mode().iloc[0] for name in ("channel", "hour")}
        found = {"customer_id": known.index}
        for name, other in (("channel", "hour"), ("hour", "channel")):
            options = np.sort(data.frame[name].unique())
            rates = np.column_stack([self.ask(data, known.index, {name: one, other: usual[other]}) for one in options])
            found[f"best_{name}"] = options[rates.argmax(axis=1)]
            found[f"best_{name}_rate"] = rates.max(axis=1)
        return pd.DataFrame({**found, "messages": known.to_numpy()})[["customer_id", *SCORES]]

    def ask(self, data: Messages, customers: pd.Index, one: dict[str, object]) -> FloatArray:
        return self.chances(data, pd.DataFrame({"customer_id": customers, **one}))
