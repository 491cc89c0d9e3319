"""How far expectations of spend were off on a closed window, and how well they rank customers."""

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.model import Catalogue
from ml.models.value.transactions import Transactions, outcomes
from warehouse.errors import NotAvailable

LEAST_SHARE = 0.01


def value_loss(expected: FloatArray, actual: FloatArray) -> FloatArray:
    """Tweedie deviance (n) of power 1.5: 4 (√actual - √expected)² / √expected, in root currency; smallest at the mean.

    Absolute error would be smallest at the median, which is zero for most customers of many shops. Source: Jørgensen
    (1997), The Theory of Dispersion Models, section 4.3. Expectations below 1 % of their mean count as so much.

    >>> value_loss(np.array([4.0, 4.0]), np.array([4.0, 16.0])).tolist()
    [0.0, 8.0]
    """
    expected = np.maximum(expected, max(LEAST_SHARE * float(np.mean(expected)), 1e-9))
    return np.asarray(4 * np.square(np.sqrt(actual) - np.sqrt(expected)) / np.sqrt(expected), dtype=float)


def top_share(expected: FloatArray, actual: FloatArray, share: float = 0.1) -> float:
    """Part of what came (0-1) that the `share` of customers with the highest expectations brought.

    >>> top_share(np.array([3.0, 2, 1, 0]), np.array([6.0, 2, 1, 1]), share=0.25)
    0.6
    """
    first = np.argsort(-np.asarray(expected), kind="stable")[: max(1, round(share * len(expected)))]
    return float(np.sum(np.asarray(actual)[first]) / max(float(np.sum(actual)), 1e-9))


def foresee(catalogue: Catalogue, recipes: dict[str, Recipe], earlier: Transactions) -> dict[str, pd.DataFrame]:
    """Scores by candidate of customers known on an earlier day; candidates for which its data do not suffice lack."""
    found: dict[str, pd.DataFrame] = {}
    for name, recipe in recipes.items():
        try:
            found[name] = catalogue.make(recipe).fit(earlier).score(earlier).set_index("customer_id")
        except NotAvailable as reason:
            print(f"  {name}: not available: {reason}", flush=True)
    return found


def judge(scores: dict[str, pd.DataFrame], later: Transactions, earlier: Transactions) -> pd.DataFrame:
    """Per candidate on the window after `earlier`: loss, absolute_error (currency per customer), top_decile_spend and
    top_decile_orders (0-1), bias (expected over actual spend), covered (share inside the interval).
    """
    actual = outcomes(later, earlier.as_of, earlier.horizon_days)
    return pd.DataFrame({name: judge_one(one.loc[actual.index], actual) for name, one in scores.items()}).T


def judge_one(expected: pd.DataFrame, actual: pd.DataFrame) -> pd.Series:
    spend, came = expected["expected_spend"].to_numpy(), actual["spend"].to_numpy()
    inside = (came >= expected["expected_spend_low"]) & (came <= expected["expected_spend_high"])
    return pd.Series(
        {
            "loss": value_loss(spend, came).mean(),
            "absolute_error": np.abs(spend - came).mean(),
            "top_decile_spend": top_share(spend, came),
            "top_decile_orders": top_share(expected["expected_orders"].to_numpy(), actual["orders"].to_numpy()),
            "bias": spend.sum() / max(came.sum(), 1e-9),
            "covered": inside.mean(),
        }
    )
