"""What a learner knows of a series at an origin about a period ahead: its past, the calendar, and what is planned.

Everything with units is divided by the series' own recent mean, so that one model serves slow and fast sellers alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.forecast_metrics import nan_mean
from ml.learning.metrics import FloatArray
from ml.models.demand import holidays
from ml.models.demand.series import YEAR, Freq, Panel

LAGS: Mapping[Freq, Sequence[int]] = {"W": range(1, 9), "D": (*range(1, 8), 14, 21, 28)}
WINDOWS: Mapping[Freq, Sequence[int]] = {"W": (2, 4, 8, 13, 26), "D": (7, 14, 28, 56)}
LONG: Mapping[Freq, int] = {"W": 26, "D": 91}
FADES = (0.1, 0.3)
WIDTH = 0.5


@dataclass(frozen=True)
class Pairs:
    """Series (by place) and periods ahead (from 1) asked about at an origin, each (n,)."""

    series: np.ndarray
    ahead: np.ndarray


def all_pairs(panel: Panel, horizon: int) -> Pairs:
    count = len(panel.ids)
    return Pairs(np.repeat(np.arange(count), horizon), np.tile(np.arange(1, horizon + 1), count))


def scales(panel: Panel) -> FloatArray:
    """Units of a usual period of each series (N,), above 0: the mean since the first sale, of half a year at most."""
    recent = panel.y[:, -LONG[panel.freq] :]
    has_begun = np.cumsum(panel.y > 0, axis=1)[:, -LONG[panel.freq] :] > 0
    return np.asarray((recent.sum(axis=1) + 1) / (has_begun.sum(axis=1) + 2))


def describe(panel: Panel, pairs: Pairs, region: str) -> pd.DataFrame:
    """A row of float features per pair, known at the end of the panel's known periods; NaN is unknown."""
    scale = scales(panel)
    own = {**past_of(panel, scale), **promoted_past(panel, scale), **neighbours(panel)}
    columns = {name: values[pairs.series] for name, values in own.items()}
    columns |= {"ahead": pairs.ahead.astype(float), **calendar(panel, pairs, region), **planned(panel, pairs)}
    columns |= {**seasonal(panel, pairs, scale), **alike(panel, pairs, scale)}
    return pd.DataFrame({name: values.astype(np.float32) for name, values in columns.items()})


def past_of(panel: Panel, scale: FloatArray) -> dict[str, FloatArray]:
    y = panel.y / scale[:, None]
    known = panel.known
    found = {f"lag_{lag}": y[:, known - lag] if lag <= known else np.full(len(y), np.nan) for lag in LAGS[panel.freq]}
    found |= {f"mean_{window}": y[:, -window:].mean(axis=1) for window in WINDOWS[panel.freq]}
    longest = y[:, -WINDOWS[panel.freq][-2] :]
    found |= {"spread": longest.std(axis=1), "median": np.median(longest, axis=1)}
    found["zero_rate"] = (longest == 0).mean(axis=1)
    for fade in FADES:
        weight = (1 - fade) ** np.arange(known)[::-1]
        found[f"faded_{fade}"] = y @ weight / weight.sum()
    sold = panel.y > 0
    found["since_sale"] = np.where(sold.any(axis=1), np.argmax(sold[:, ::-1], axis=1), known).astype(float)
    found["age"] = np.where(sold.any(axis=1), known - np.argmax(sold, axis=1), 0).astype(float)
    found["level"] = np.log(scale)
    return found


def promoted_past(panel: Panel, scale: FloatArray) -> dict[str, FloatArray]:
    """Of each regressor its last value, recent mean, and how much more was sold while it was above its mean (log)."""
    found = {}
    recent = slice(max(0, panel.known - LONG[panel.freq]), panel.known)
    y = panel.y[:, recent] / scale[:, None]
    for name, values in panel.regressors.items():
        past = values[:, recent]
        mean = np.nan_to_num(nan_mean(past))[:, None]
        is_high, is_low = past > mean + 1e-9, past <= mean + 1e-9
        high = (1 + (y * is_high).sum(axis=1)) / (1 + is_high.sum(axis=1))
        low = (1 + (y * is_low).sum(axis=1)) / (1 + is_low.sum(axis=1))
        found[f"{name}_lift"] = np.log(high / low)
        found[f"{name}_low_mean"] = low
        found[f"{name}_mean"] = mean[:, 0]
        found[f"{name}_last"] = past[:, -1]
    return found


def neighbours(panel: Panel) -> dict[str, FloatArray]:
    """How the groups of a series (its attributes, and all) move: their last period and month over their usual."""
    groups = {"all": np.zeros(len(panel.ids), dtype=int)}
    groups |= {name: pd.factorize(values)[0] for name, values in panel.attributes.items()}
    found = {}
    for name, code in groups.items():
        total = np.zeros((code.max() + 1, panel.known))
        np.add.at(total, code, panel.y)
        usual = total[:, -LONG[panel.freq] :].mean(axis=1) + 1e-9
        found[f"{name}_last"] = (total[:, -1] / usual)[code]
        found[f"{name}_month"] = (total[:, -WINDOWS[panel.freq][1] :].mean(axis=1) / usual)[code]
    return found


def calendar(panel: Panel, pairs: Pairs, region: str) -> dict[str, FloatArray]:
    """Weekday, place in month and year, and holidays of the period asked about."""
    ahead = panel.periods[panel.known :]
    stamp = pd.DatetimeIndex(ahead)
    steps = 7 if panel.freq == "W" else 1
    after = ahead + np.timedelta64(steps, "D")
    days = {"holidays": holidays.count(ahead, steps, region), "holidays_next": holidays.count(after, 7, region)}
    days["month_day"] = stamp.day.to_numpy(float)
    if panel.freq == "D":
        days["weekday"] = stamp.dayofweek.to_numpy(float)
    return {name: values[pairs.ahead - 1] for name, values in days.items()}


def planned(panel: Panel, pairs: Pairs) -> dict[str, FloatArray]:
    """Of each regressor what is planned for the period, against its usual, and before it; NaN past its lead."""
    found = {}
    recent = slice(max(0, panel.known - LONG[panel.freq]), panel.known)
    for name, values in panel.regressors.items():
        if panel.lead(name) == 0:
            continue
        value = values[pairs.series, panel.known + pairs.ahead - 1]
        found[f"{name}_planned"] = value
        found[f"{name}_change"] = value - nan_mean(values[:, recent])[pairs.series]
        found[f"{name}_before"] = values[pairs.series, panel.known + pairs.ahead - 2]
    return found


def alike(panel: Panel, pairs: Pairs, scale: FloatArray) -> dict[str, FloatArray]:
    """Mean sales of past periods planned like the one asked about, shrunk to the usual: a kernel over plans."""
    names = [name for name in panel.regressors if panel.lead(name) > 0]
    if not names:
        return {}
    recent = slice(max(0, panel.known - 2 * LONG[panel.freq]), panel.known)
    y = panel.y[:, recent] / scale[:, None]
    distance = np.zeros((len(pairs.series), y.shape[1]))
    for name in names:
        values = panel.regressors[name]
        spread = np.nanstd(values[:, recent]) + 1e-9
        asked = values[pairs.series, panel.known + pairs.ahead - 1]
        distance += np.nan_to_num(np.square((values[pairs.series][:, recent] - asked[:, None]) / spread))
    weight = np.exp(-distance / (2 * WIDTH**2)) * (1 - FADES[0] / 2) ** np.arange(y.shape[1])[::-1]
    usual = y.mean(axis=1)[pairs.series]
    near = weight.sum(axis=1)
    return {"alike": ((weight * y[pairs.series]).sum(axis=1) + usual) / (near + 1), "alike_count": near}


def seasonal(panel: Panel, pairs: Pairs, scale: FloatArray) -> dict[str, FloatArray]:
    """Sales of the same period a year ago, and of a day the mean of its weekday in the last four and eight weeks."""
    found = {"year_ago": back(panel, pairs, YEAR[panel.freq]) / scale[pairs.series]}
    if panel.freq == "D":
        weeks = (pairs.ahead - 1) // 7 + 1
        past = np.stack([back(panel, pairs, 7 * (weeks + one)) for one in range(8)]) / scale[pairs.series]
        found |= {"weekday_4": nan_mean(past[:4].T), "weekday_8": nan_mean(past.T)}
    return found


def back(panel: Panel, pairs: Pairs, periods: int | np.ndarray) -> FloatArray:
    """Units of so many periods before the period asked about; NaN before the first."""
    place = panel.known + pairs.ahead - 1 - periods
    return np.where(place >= 0, panel.y[pairs.series, np.maximum(place, 0)], np.nan)
