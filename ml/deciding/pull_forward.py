"""How much of an offer's extra margin only comes earlier: assumed, and as far as lots say it, measured."""

from datetime import date
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml import parameters
from warehouse import tables

ASSUMED, MEASURED = "assumed", "measured"
MOST = 1.0  # an offer whose whole margin would have come later earns nothing
NEWEST = """
    select day as measured_on, value as measured_rate, low as measured_low, high as measured_high
    from ml.measured_effects
    where
        day < $day and origin = 'platform' and level = 'all' and arm = 'all' and quantity = 'pull_forward_rate'
        and isfinite(low) and isfinite(high)
    order by day desc
    limit 1
"""
UNKNOWN = {"measured_on": None, "measured_rate": np.nan, "measured_low": np.nan, "measured_high": np.nan}


def read_pull_forward(day: date) -> pd.DataFrame:
    """The row of ml.pull_forward that a day decides by: from what was measured on days before."""
    known = parameters.load()
    return estimate_rate(tables.read(NEWEST, {"day": day}).to_pandas(), known.decide, known.measure.confidence_rate)


def decide_terms(day: date) -> SimpleNamespace:
    """The parameters of deciding with the rate of the day in place of the assumed one."""
    rate = float(read_pull_forward(day)["rate"].iloc[0])
    return SimpleNamespace(**(vars(parameters.load().decide) | {"pull_forward_rate": rate}))


def estimate_rate(measured: pd.DataFrame, terms: SimpleNamespace, confidence: float) -> pd.DataFrame:
    """The share of extra margin that is only pulled forward, one row: the assumption where nothing is measured.

    `measured` has a row or none: measured_rate with the ends of its interval at the confidence. The assumption is a
    normal prior of deviation `pull_forward_error`, as costs are corrected (ml/deciding/spend_control.py); the rate
    stays within 0 and 1.

    >>> terms = SimpleNamespace(pull_forward_rate=0.2, pull_forward_error=0.1)
    >>> measured = pd.DataFrame({"measured_on": [date(2025, 12, 1)], "measured_rate": [0.5], "measured_low": [0.304],
    ...     "measured_high": [0.696]})
    >>> estimate_rate(measured, terms, 0.95)[["rate", "basis"]].round(2).to_numpy().tolist()  # both known to 0.1
    [[0.35, 'measured']]
    """
    known = {"assumed_rate": terms.pull_forward_rate}
    if measured.empty:
        assumed = {"rate": terms.pull_forward_rate, "rate_error": terms.pull_forward_error, "basis": ASSUMED}
        return pd.DataFrame([UNKNOWN | known | assumed])
    value, low, high = (float(measured[f"measured_{name}"].iloc[0]) for name in ("rate", "low", "high"))
    error = max((high - low) / (2 * NormalDist().inv_cdf(0.5 + confidence / 2)), 1e-9)
    precision, prior = 1 / error**2, 1 / terms.pull_forward_error**2
    shrunk = (precision * value + prior * terms.pull_forward_rate) / (precision + prior)
    told = {"rate": min(max(shrunk, 0.0), MOST), "rate_error": (precision + prior) ** -0.5, "basis": MEASURED}
    return measured.iloc[:1].reset_index(drop=True).assign(**known, **told)
