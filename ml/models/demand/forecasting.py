"""Forecasts of a plain frame from anywhere, in one call."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ml.models.contract import Recipe
from ml.models.demand.catalogue import CATALOGUE
from ml.models.demand.contest import Terms, hold, serve
from ml.models.demand.series import Freq, Series, panel_of

LEARNERS = ("seasonal_naive", "naive", "moving_average", "ses", "theta", "croston", "lightgbm")


def forecast(
    frame: pd.DataFrame,
    horizon: int,
    freq: Freq,
    levels: Sequence[str] = (),
    future: pd.DataFrame | None = None,
    *,
    learners: Sequence[str] = LEARNERS,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    leads: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Units of every series, of the groups by `levels` (columns of text) and of everything, for `horizon` periods.

    `frame` has unique_id, ds, y, numbers (regressors) and text (attributes); `future` what is planned for the periods
    ahead (unique_id, ds, regressors). Candidates compete on the newest periods of the frame; the best is fitted on all.
    Gives level, unique_id, ds, mean, q_0.1, q_0.5, q_0.9 (units) and method; means of a level add up to the total.
    Raises BadInput for a frame that is none of series, NotAvailable where it is too short.

    >>> days = pd.date_range("2025-01-06", periods=20, freq="7D")
    >>> sold = pd.DataFrame({"unique_id": "tea", "ds": days, "y": [4.0, 6] * 10})
    >>> forecast(sold, 2, "W", learners=["naive", "moving_average"])[["level", "unique_id", "mean"]].drop_duplicates()
         level unique_id  mean
    0  product       tea   5.0
    2    total     total   5.0
    """
    given = frame if future is None else pd.concat([frame, future], ignore_index=True)
    if future is not None:
        texts = [name for name in frame.select_dtypes(exclude="number").columns if name not in ("unique_id", "ds")]
        known = frame.drop_duplicates("unique_id").set_index("unique_id")
        given = given.assign(**{name: given["unique_id"].map(known[name]) for name in texts})
    absent = {name: 0 for name in frame.select_dtypes("number").columns if future is None or name not in future}
    series = Series(given, freq, horizon, {**absent, **(leads or {})})
    panel = panel_of(series)
    names = dict.fromkeys([*CATALOGUE.floors, *learners])
    recipes = {name: Recipe(name, (settings or {}).get(name, {})) for name in names}
    terms = Terms(recipes, levels)
    return serve(panel, horizon, terms, hold(panel, horizon, terms)).score(series)
