"""How well curves tell who comes when, on a horizon after everything they knew."""

import numpy as np
import pandas as pd

from ml.learning import metrics
from ml.learning.metrics import FloatArray
from ml.models.churn.base import Hazard
from ml.models.churn.curve import curve_loss
from ml.models.churn.periods import borders_of, days_to_next
from ml.models.contract import Recipe
from ml.models.model import Catalogue
from ml.models.value.transactions import Transactions
from warehouse.errors import NotAvailable


def fit_all(catalogue: Catalogue, recipes: dict[str, Recipe], earlier: Transactions) -> dict[str, Hazard]:
    """Candidates fitted on what was known; those its data do not suffice for lack."""
    found: dict[str, Hazard] = {}
    for name, recipe in recipes.items():
        try:
            model = catalogue.make(recipe).fit(earlier)
        except NotAvailable as reason:
            print(f"  {name}: not available: {reason}", flush=True)
            continue
        assert isinstance(model, Hazard)
        found[name] = model
    return found


def losses_of(models: dict[str, Hazard], later: Transactions, earlier: Transactions) -> dict[str, FloatArray]:
    """Negative log-likelihood (n) of each customer's next order by candidate, in the horizon after `earlier`."""
    borders = borders_of(earlier.horizon_days).astype(float)
    found = {}
    for name, model in models.items():
        customers, curves = model.curves(earlier)
        found[name] = curve_loss(curves, borders, waited(later, earlier, customers))
    return found


def waited(later: Transactions, earlier: Transactions, customers: pd.Index) -> FloatArray:
    """Days (n) to the next order within the horizon; not a number where none came."""
    days = days_to_next(later, customers, pd.Timestamp(earlier.as_of))
    return np.where(days < earlier.horizon_days, days, np.nan)


def judge_one(model: Hazard, later: Transactions, earlier: Transactions) -> dict[str, float]:
    """What `judge_scores` says of a candidate in the horizon after `earlier`."""
    scored = model.score(earlier)
    return judge_scores(scored, waited(later, earlier, pd.Index(scored["customer_id"])), earlier.horizon_days)


def judge_scores(scored: pd.DataFrame, came: FloatArray, horizon_days: int) -> dict[str, float]:
    """auc and calibration_error of the churn risk (n) against who stayed away; covered, day_error and rate (share that
    stayed away). `came` (n) is the days to the next order, not a number where none came within the horizon.

    covered: the share of the day of the next order that lies in the interval, among customers whose interval ends
    within the horizon. day_error: mean absolute days between the median and the next order, each at most the horizon,
    so that all candidates are judged on all customers and the true median errs least.

    >>> scored = pd.DataFrame({"churn_risk": [0.1, 0.9], "next_order_days": [2.0, np.nan]})
    >>> scored = scored.assign(next_order_days_low=[1.0, 5.0], next_order_days_high=[3.0, np.nan])
    >>> found = judge_scores(scored, np.array([2.0, np.nan]), horizon_days=14)
    >>> found["auc"], found["covered"], found["day_error"], found["rate"]
    (1.0, 1.0, 0.25, 0.5)
    """
    stayed_away, risk = np.isnan(came).astype(float), scored["churn_risk"].to_numpy()
    low, high, middle = (scored[f"next_order_days{end}"].to_numpy(dtype=float) for end in ("_low", "_high", ""))
    told = np.isfinite(high)
    # an order comes at some time between the beginning and the end of its day
    inside = np.clip(np.minimum(high, came + 1) - np.maximum(low, came), 0, 1)[told]
    error = np.abs(np.nan_to_num(came + 0.5, nan=horizon_days) - np.nan_to_num(middle, nan=horizon_days))
    return {
        "auc": metrics.auc(stayed_away, risk),
        "calibration_error": metrics.calibration_error(stayed_away, risk),
        "covered": float(np.nan_to_num(inside).mean()) if told.any() else np.nan,
        "day_error": float(error.mean()),
        "rate": float(stayed_away.mean()),
    }
