"""Methods that know one series at a time, by statsforecast: each is fitted to the history it is asked about."""

import warnings
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from rich.progress import track
from statsforecast import models

from ml.learning.metrics import FloatArray
from ml.models.demand.forecaster import Forecaster
from ml.models.demand.series import YEAR, Freq, Panel
from ml.models.model import State

LEAST = 12  # periods since the first sale below which a method would fit noise: the mean is taken


class Local(Forecaster):
    """Fits a method of statsforecast to each series from its first sale on; a series too short for it gets its mean."""

    def learn(self, panel: Panel, horizon: int) -> Self:  # noqa: ARG002
        return self

    def forecast(self, panel: Panel) -> FloatArray:
        method = self.method(panel)
        rows = track(panel.y, f"{self.name}, {panel.freq}", transient=True, disable=len(panel.y) < 200)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "possible convergence problem", for every tenth series
            found = [self.one(method, y, panel.horizon) for y in rows]
        return np.array(found).reshape(len(panel.y), panel.horizon)

    def one(self, method: Any, y: FloatArray, horizon: int) -> FloatArray:
        since = y[np.argmax(y > 0) :] if (y > 0).any() else y
        if len(since) < LEAST or (since == since[0]).all():
            return np.full(horizon, since[-LEAST:].mean())
        try:
            found = np.asarray(method.forecast(since, horizon)["mean"], dtype=float)
        except ValueError:  # its ARIMA finds no start for some series, about one in a hundred
            found = np.full(horizon, np.nan)
        return np.where(np.isfinite(found), np.clip(found, 0, 10 * since.max()), since[-LEAST:].mean())

    @abstractmethod
    def method(self, panel: Panel) -> Any:
        """The method of statsforecast for such a panel."""

    def state(self) -> State:
        return State({}, {})

    def restore(self, state: State) -> None:  # noqa: ARG002
        return None


def season(freq: Freq) -> int:
    """Periods of the season that half a year of history can show: the week of a day, none of a week."""
    return 7 if freq == "D" else 1


class Naive(Local):
    """The last period again."""

    name = "naive"

    def method(self, panel: Panel) -> Any:  # noqa: ARG002
        return models.Naive()


class SeasonalNaive(Local):
    """The same weekday of the last week; of weeks the same week a year ago, the last one where there is no year yet."""

    name = "seasonal_naive"

    def method(self, panel: Panel) -> Any:
        return models.SeasonalNaive(YEAR["W"] if panel.freq == "W" and panel.known >= YEAR["W"] else season(panel.freq))


class MovingAverage(Local):
    """The mean of the last periods."""

    name = "moving_average"

    def method(self, panel: Panel) -> Any:
        return models.WindowAverage(int(self.settings.get("window", {"W": 8, "D": 28}[panel.freq])))


class Ses(Local):
    """Simple exponential smoothing with one weight for all series; source: Hyndman et al. (2008), ETS(A,N,N)."""

    name = "ses"

    def method(self, panel: Panel) -> Any:
        return models.SimpleExponentialSmoothing(float(self.settings.get("alpha", {"W": 0.2, "D": 0.1}[panel.freq])))


class Ets(Local):
    """Error, trend and season by the corrected AIC; source: Hyndman and Khandakar (2008)."""

    name = "ets"

    def method(self, panel: Panel) -> Any:
        return models.AutoETS(
            season(panel.freq), model=str(self.settings.get("model", {"W": "ZZN", "D": "ANA"}[panel.freq]))
        )


class Ar(Local):
    """Autoregression on the last periods by least squares, with a little ridge so that short series stay calm."""

    name = "ar"

    def method(self, panel: Panel) -> Any:
        return LeastSquares(int(self.settings.get("lags", {"W": 4, "D": 7}[panel.freq])))


class LeastSquares:
    """The autoregression in the form of statsforecast's methods, whose ARIMA(p, 0, 0) needs a hundred times as long."""

    def __init__(self, lags: int) -> None:
        self.lags = lags

    def forecast(self, y: FloatArray, horizon: int) -> dict[str, FloatArray]:
        """The next periods of one series (T,); NaN where it is shorter than twice its lags."""
        lags, usual = self.lags, y.mean()
        if len(y) < 2 * lags + 1:
            return {"mean": np.full(horizon, np.nan)}
        past = np.lib.stride_tricks.sliding_window_view(y - usual, lags)
        X, target = past[:-1], (y - usual)[lags:]
        square = X.T @ X
        weight = np.linalg.solve(square + 1e-3 * np.trace(square) / lags * np.eye(lags), X.T @ target)
        window = list(past[-1])
        for _ in range(horizon):
            window.append(float(weight @ window[-lags:]))
        return {"mean": usual + np.array(window[lags:])}


class Arima(Local):
    """ARIMA of a fixed order; source: Box and Jenkins (1970)."""

    name = "arima"

    def method(self, panel: Panel) -> Any:  # noqa: ARG002
        return models.ARIMA(order=tuple(self.settings.get("order", (0, 1, 1))))


class Theta(Local):
    """The standard Theta method; source: Assimakopoulos and Nikolopoulos (2000)."""

    name = "theta"

    def method(self, panel: Panel) -> Any:
        return models.Theta(season_length=season(panel.freq))


class Croston(Local):
    """Croston's method with Syntetos and Boylan's correction (2005), for what sells now and then."""

    name = "croston"

    def method(self, panel: Panel) -> Any:  # noqa: ARG002
        return models.CrostonSBA()
