"""Churn and the next order of a plain frame in one call."""

from datetime import date

import pandas as pd

from ml.models.churn.catalogue import CATALOGUE
from ml.models.contract import Recipe
from ml.models.value.transactions import read_transactions


def churn_risk(
    transactions: pd.DataFrame, horizon_days: int, as_of: date | str, recipe: Recipe | None = None
) -> pd.DataFrame:
    """The risk of no order within the horizon and the days to the next order, from customer_id, ds (day) and amount.

    `as_of` is the first day not known. Gives a row per customer who ever ordered: churn_risk (0-1), next_order_days and
    the days by which it has come with 10 and 90 % (missing beyond the horizon). Raises ValueError for a lacking column,
    NotAvailable for a history of less than six weeks. Source: Singer & Willett 1993 on discrete-time hazards.

    >>> days = pd.date_range("2024-01-01", "2024-06-30", freq="4D").astype(str)
    >>> often = [pd.DataFrame({"customer_id": f"c{one}", "ds": days[one % 3 :], "amount": 10.0}) for one in range(30)]
    >>> gone = [pd.DataFrame({"customer_id": f"g{one}", "ds": days[:20], "amount": 10.0}) for one in range(10)]
    >>> found = churn_risk(pd.concat(often + gone), 28, as_of="2024-07-01").set_index("customer_id")
    >>> bool(found.loc["g1", "churn_risk"] > 0.5 > found.loc["c1", "churn_risk"])
    True
    """
    data = read_transactions(transactions, pd.Timestamp(as_of).date(), horizon_days)
    return CATALOGUE.make(recipe or Recipe("logistic_hazard")).fit(data).score(data)
