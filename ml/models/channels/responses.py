"""Chances of an answer: the shop's rates, a customer's own pulled to them, and a regression on both."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.learning.calibration import expit, logit
from ml.learning.metrics import FloatArray
from ml.models.channels.base import Response
from ml.models.channels.messages import Messages, rates_by
from ml.models.model import State

OLDER_SHARE = 0.6


class ShopRate(Response):
    """The shop's rates of channel and hour, the same for every customer: their log odds above its mean add."""

    name = "shop_rate"

    def learn(self, data: Messages) -> None:
        self.rates = {name: table(data, name) for name in ("channel", "hour")}
        self.mean = float(logit([data.frame["answered"].mean()])[0])

    def chances(self, history: Messages, asked: pd.DataFrame) -> FloatArray:  # noqa: ARG002
        odds = np.full(len(asked), self.mean)
        for name, known in self.rates.items():
            odds += asked[name].astype(str).map(known).fillna(self.mean).to_numpy(dtype=float) - self.mean
        return expit(odds)

    def state(self) -> State:
        return State({}, {"rates": self.rates, "mean": self.mean})

    def restore(self, state: State) -> None:
        self.rates, self.mean = dict(state.facts["rates"]), float(state.facts["mean"])


def table(data: Messages, name: str) -> dict[str, float]:
    rates = rates_by(data, name)
    return dict(zip(map(str, rates.options), logit(rates.shop).tolist(), strict=True))


class ShrunkRates(Response):
    """The customer's own rates of channel and hour, pulled to the shop's: their log odds above the own mean add."""

    name = "shrunk_rates"

    def learn(self, data: Messages) -> None:
        """Nothing: rates are read from the history that is given."""

    def chances(self, history: Messages, asked: pd.DataFrame) -> FloatArray:
        everybody = pd.Series("all", index=asked.index)
        mean = logit(rates_by(history).of(asked["customer_id"], everybody))
        odds = mean.copy()
        for name in ("channel", "hour"):
            odds += logit(rates_by(history, name).of(asked["customer_id"], asked[name])) - mean
        return expit(odds)

    def state(self) -> State:
        return State({}, {})

    def restore(self, state: State) -> None:
        pass


class LogisticResponse(Response):
    """How far a customer's own rates may be trusted is learned: the older messages give the rates, the newer the
    weights of their log odds. A higher own rate never lowers the chance.
    """

    name = "logistic_response"

    def learn(self, data: Messages) -> None:
        older, newer = data.parts(OLDER_SHARE)
        if not len(older.frame) or newer.frame["answered"].nunique() < 2:
            older = newer = data
        model = LogisticRegression(C=float(self.recipe.settings.get("C", 1.0)))
        with threadpool_limits(1):
            model.fit(design(older, newer.frame), newer.frame["answered"].to_numpy(dtype=float))
        weights = np.clip(model.coef_[0], 0, None)
        centre = design(older, newer.frame) @ weights
        rate = float(newer.frame["answered"].mean())
        self.weights = np.append(weights, mended_intercept(centre, rate, float(model.intercept_[0]), model.coef_[0]))

    def chances(self, history: Messages, asked: pd.DataFrame) -> FloatArray:
        return expit(design(history, asked) @ self.weights[:-1] + self.weights[-1])

    def state(self) -> State:
        return State({"weights": self.weights}, {})

    def restore(self, state: State) -> None:
        self.weights = np.asarray(state.arrays["weights"], dtype=float)

    def details(self) -> dict[str, Any]:
        names = ("own_rate", "own_channel_rate", "own_hour_rate", "channel_rate", "hour_rate", "intercept")
        return dict(zip(names, map(float, self.weights), strict=True))


def mended_intercept(centre: FloatArray, rate: float, intercept: float, weights: FloatArray) -> float:
    """The intercept that keeps the mean where a negative weight was set to zero: six steps of Newton's method."""
    if (weights >= 0).all():
        return intercept
    for _ in range(6):
        chance = expit(centre + intercept)
        intercept -= float((chance.mean() - rate) / max(float((chance * (1 - chance)).mean()), 1e-9))
    return intercept


def design(history: Messages, asked: pd.DataFrame) -> FloatArray:
    """Log odds (n × 5): own rate, own rates of channel and hour above it, the shop's rates of channel and hour."""
    everybody = pd.Series("all", index=asked.index)
    nobody = pd.Series(None, index=asked.index, dtype=object)
    whole = rates_by(history)
    mean, shop = logit(whole.of(asked["customer_id"], everybody)), logit(whole.shop)[0]
    columns = [mean]
    rates = {name: rates_by(history, name) for name in ("channel", "hour")}
    columns += [logit(one.of(asked["customer_id"], asked[name])) - mean for name, one in rates.items()]
    columns += [logit(one.of(nobody, asked[name])) - shop for name, one in rates.items()]
    return np.column_stack(columns)
