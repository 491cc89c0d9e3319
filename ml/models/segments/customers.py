"""Segments of a plain frame in one call."""

import pandas as pd

from ml.models.contract import Recipe
from ml.models.segments.catalogue import CATALOGUE
from ml.models.segments.portraits import read_portraits


def segment_customers(portraits: pd.DataFrame, recipe: Recipe | None = None) -> pd.DataFrame:
    """The segment of each customer by name and scores of 1 to 5, from a plain frame of habits.

    `portraits` has customer_id, recency (days since the last order), frequency (orders) and amount (currency); basket
    (currency per order), offer_share (0-1) and variety (categories) count where they are there. Raises ValueError for a
    lacking column, NotAvailable where nobody ordered or, for k-means, where there are too few customers.
    Sources: Hughes 1994 (rfm); Rousseeuw 1987 and Hennig 2007 (how many clusters).

    >>> raw = {"customer_id": ["a", "b"], "recency": [2, 200], "frequency": [50, 1], "amount": [900.0, 10.0]}
    >>> segment_customers(pd.DataFrame(raw), Recipe("rfm"))["segment"].tolist()
    ['recent, frequent, high spend', 'long absent']
    """
    data = read_portraits(portraits)
    return CATALOGUE.make(recipe or Recipe("kmeans")).fit(data).score(data)
