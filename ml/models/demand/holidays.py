"""Public holidays and shopping festivals of a region, as dates in holidays.csv."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

FILE = Path(__file__).with_name("holidays.csv")


@lru_cache
def dates(region: str) -> np.ndarray:
    """Sorted days of a region's holidays; none for the empty region, BadInput for one the file does not know."""
    listed = pd.read_csv(FILE, keep_default_na=False)
    if region and region not in set(listed["region"]):
        raise BadInput(f"{FILE.name} knows no region {region}; it knows {', '.join(sorted(set(listed['region'])))}")
    return np.unique(pd.to_datetime(listed.loc[listed["region"] == region, "date"]).to_numpy("datetime64[D]"))


def count(first_days: np.ndarray, days: int, region: str) -> FloatArray:
    """Holidays within `days` days from each first day.

    >>> count(np.array(["2017-12-24", "2017-12-26"], dtype="datetime64[D]"), 7, "US")
    array([1., 1.])
    """
    found = dates(region)
    after = first_days.astype("datetime64[D]") + np.timedelta64(days, "D")
    return (np.searchsorted(found, after) - np.searchsorted(found, first_days.astype("datetime64[D]"))).astype(float)
