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
    """auc and calibration_error of the churn risk, covered (share of customers whose next order came inside the
    interval of its days, among those whose interval ends within the horizon), day_error (mean absolute days of the
    median among those who came, where the median is within the horizon), rate (share that stayed away).
    """
    scored = model.score(earlier)
    came = waited(later, earlier, pd.Index(scored["customer_id"]))
    stayed_away, risk = np.isnan(came).astype(float), scored["churn_risk"].to_numpy()
    low, high, middle = (scored[f"next_order_days{end}"].to_numpy(dtype=float) for end in ("_low", "_high", ""))
    told, known = np.isfinite(high), np.isfinite(middle) & np.isfinite(came)
    # An order on a day has come by the day's end.
    inside = (came[told] + 1 >= low[told]) & (came[told] <= high[told])
    return {
        "auc": metrics.auc(stayed_away, risk),
        "calibration_error": metrics.calibration_error(stayed_away, risk),
        "covered": float(inside.mean()) if told.any() else np.nan,
        "day_error": float(np.abs(came[known] + 0.5 - middle[known]).mean()) if known.any() else np.nan,
        "rate": float(stayed_away.mean()),
    }
