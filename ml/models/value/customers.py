"""Customer value of a plain frame in one call."""

from datetime import date

import pandas as pd

from ml.models.contract import Recipe
from ml.models.value.catalogue import CATALOGUE
from ml.models.value.transactions import read_transactions
from warehouse.errors import NotAvailable


def customer_value(
    transactions: pd.DataFrame, horizon_days: int, as_of: date | str | None = None, recipe: Recipe | None = None
) -> pd.DataFrame:
    """What each customer is expected to order and spend, from a plain frame of customer_id, ds (day) and amount.

    `as_of` is the first day not known, the day after the last purchase by default; orders are days with a purchase,
    money is in the frame's currency, `alive_probability` 0-1. Raises ValueError for a frame that lacks a column,
    NotAvailable where nobody bought twice. Source: Fader, Hardie & Lee 2005; Fader & Hardie 2013.

    >>> days = [f"2024-{month:02}-05" for month in range(1, 10)]
    >>> raw = pd.DataFrame({"customer_id": ["a"] * 9 + ["b", "b"], "ds": [*days, *days[:2]], "amount": 10.0})
    >>> found = customer_value(raw, horizon_days=91)
    >>> bool(found["expected_spend"][0] > found["expected_spend"][1])
    True
    """
    if transactions.empty:
        raise NotAvailable("nobody has bought anything yet")
    last = pd.to_datetime(transactions["ds"]).max()
    day = pd.Timestamp(as_of) if as_of is not None else last.normalize() + pd.Timedelta(days=1)
    data = read_transactions(transactions, day.date(), horizon_days)
    return CATALOGUE.make(recipe or Recipe("bg_nbd_gamma_gamma")).fit(data).score(data)
