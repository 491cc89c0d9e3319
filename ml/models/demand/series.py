"""Demand as people keep it (a long frame) and as learners want it (a table of series by periods)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

Freq = Literal["D", "W"]
STEP_DAYS: Mapping[Freq, int] = {"D": 1, "W": 7}
MONTH: Mapping[Freq, int] = {"D": 28, "W": 4}
YEAR: Mapping[Freq, int] = {"W": 52, "D": 364}
KEYS = ("unique_id", "ds", "y")


@dataclass(frozen=True)
class Series:
    """A long frame of series, named as Nixtla's libraries name them.

    `frame` has a row per `unique_id` and `ds` (first day of the period): `y` (units; no row or NaN within the known
    periods means 0, after them unknown), numbers (regressors: price, planned promotions …) and text
    (attributes: category …).
    `leads` says how many periods ahead a regressor is known (not named: as far as the horizon, 0: never ahead).
    """

    frame: pd.DataFrame
    freq: Freq
    horizon: int
    leads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """N series over T known periods and H ahead: y (N × T), regressors (N × (T + H), NaN unknown), attributes (N)."""

    ids: np.ndarray
    periods: np.ndarray
    y: FloatArray
    freq: Freq
    regressors: Mapping[str, FloatArray] = field(default_factory=dict)
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    leads: Mapping[str, int] = field(default_factory=dict)

    @property
    def known(self) -> int:
        return int(self.y.shape[1])

    @property
    def horizon(self) -> int:
        return len(self.periods) - self.known

    def lead(self, regressor: str) -> int:
        return min(self.leads.get(regressor, self.horizon), self.horizon)

    def cut(self, known: int, horizon: int) -> "Panel":
        """The panel as it was after `known` periods, with what was planned for `horizon` periods after them."""
        until = known + horizon
        regressors = {
            name: hide(values[:, :until], known + self.leads.get(name, horizon))
            for name, values in self.regressors.items()
        }
        return replace(self, periods=self.periods[:until], y=self.y[:, :known], regressors=regressors)

    def take(self, rows: np.ndarray) -> "Panel":
        """Some of the series, by place."""
        return replace(
            self,
            ids=self.ids[rows],
            y=self.y[rows],
            regressors={name: values[rows] for name, values in self.regressors.items()},
            attributes={name: values[rows] for name, values in self.attributes.items()},
        )


def hide(values: FloatArray, known: int) -> FloatArray:
    """A regressor (N × T) of which only so many periods are known."""
    return np.where(np.arange(values.shape[1]) < known, values, np.nan)


def panel_of(series: Series) -> Panel:
    """The table of a long frame; BadInput where a column or the order of periods is missing.

    >>> days = pd.to_datetime(["2025-01-01", "2025-01-03"])
    >>> frame = pd.DataFrame({"unique_id": ["a", "a"], "ds": days, "y": [2.0, 4]})
    >>> panel_of(Series(frame, "D", 2)).y
    array([[2., 0., 4.]])
    """
    frame = checked(series)
    step = np.timedelta64(STEP_DAYS[series.freq], "D")
    first, last = frame["ds"].min(), frame.loc[frame["y"].notna(), "ds"].max()
    known = int((last - first) / step) + 1
    periods = np.datetime64(first, "D") + step * np.arange(known + series.horizon)
    ids = np.array(sorted(frame["unique_id"].unique()), dtype=object)
    row = pd.Index(ids).get_indexer(pd.Index(frame["unique_id"]))
    column = np.asarray((frame["ds"] - first) / step)
    if (column % 1 != 0).any():
        raise BadInput(f"ds must be whole steps of {STEP_DAYS[series.freq]} days from {first.date()}")
    place, inside = column.astype(int), column < known + series.horizon
    others = frame.drop(columns=list(KEYS))
    numbers = others.select_dtypes("number").columns

    def spread(name: str) -> FloatArray:
        table = np.full((len(ids), len(periods)), np.nan)
        table[row[inside], place[inside]] = frame[name].to_numpy(float)[inside]
        return table

    attributes = {name: first_of(others[name], row, len(ids)) for name in others.columns.difference(numbers)}
    y = np.nan_to_num(spread("y")[:, :known])
    regressors = {name: spread(name) for name in numbers}
    panel = Panel(ids, periods, y, series.freq, regressors, attributes, dict(series.leads))
    return panel.cut(known, series.horizon)


def checked(series: Series) -> pd.DataFrame:
    frame = series.frame
    missing = sorted(set(KEYS) - set(frame.columns))
    if missing:
        raise BadInput(f"a frame of series needs the columns {', '.join(KEYS)}; {', '.join(missing)} are missing")
    if not frame["y"].notna().any():
        raise BadInput("y holds no number: there is nothing to forecast from")
    if frame.duplicated(["unique_id", "ds"]).any():
        raise BadInput("a frame of series has one row per unique_id and ds")
    if frame["y"].min() < 0:
        raise BadInput("y is demand in units and cannot be below 0")
    return frame.assign(unique_id=frame["unique_id"].astype(str), ds=pd.to_datetime(frame["ds"]).dt.normalize())


def first_of(values: pd.Series, row: np.ndarray, count: int) -> np.ndarray:
    found = np.full(count, "", dtype=object)
    rows, places = np.unique(row, return_index=True)
    found[rows] = values.fillna("").astype(str).to_numpy(object)[places]
    return found


def as_frame(panel: Panel, ids: np.ndarray, mean: FloatArray) -> pd.DataFrame:
    """unique_id, ds and mean (units) of forecasts (ids × H) for the panel's periods ahead, by series and period."""
    ahead = panel.periods[panel.known :]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(ids, len(ahead)),
            "ds": np.tile(pd.to_datetime(ahead), len(ids)),
            "mean": mean.ravel(),
        }
    )


def recent_value(panel: Panel) -> FloatArray:
    """What each series sold in its last four weeks, (N,) in currency; in units where no price is known."""
    last = MONTH[panel.freq]
    units = panel.y[:, -last:]
    price = panel.regressors.get("price")
    if price is None:
        return units.sum(axis=1)
    return np.nansum(units * price[:, max(0, panel.known - last) : panel.known], axis=1)
