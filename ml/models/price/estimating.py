"""Elasticities from a plain frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ml.models.contract import Recipe
from ml.models.price.catalogue import CATALOGUE
from ml.models.price.weeks import read_weeks


def estimate_elasticity(
    frame: pd.DataFrame,
    regressors: Sequence[str] | None = None,
    learner: str = "hierarchical",
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Own and cross elasticities of products and categories with intervals, observational, where prices varied.

    `frame` has a row per product and period: unique_id, category, ds, price (currency; empty where nothing was sold
    and nobody knows), units, and regressors (further columns unless named). The result has a row per product and one
    per category (unique_id ""): elasticities in % of units per % of price, empty where `is_identified` is false
    because the price, controls taken out, varied too little (`price_variation`, standard deviation of its logarithm).
    Raises BadInput for a frame that breaks this and NotAvailable where no price varied at all. Methods:
    ml/models/price/*.py.

    >>> weeks = pd.date_range("2024-01-01", periods=20, freq="W-MON")
    >>> rows = [(name, "tea", week, price, base * price**-2) for name, base in (("green", 90), ("black", 40))
    ...     for place, week in enumerate(weeks) for price in [1.0 if (place + base) % 3 else 0.8]]
    >>> found = estimate_elasticity(pd.DataFrame(rows, columns=["unique_id", "category", "ds", "price", "units"]))
    >>> found[["unique_id", "is_identified"]].values.tolist()
    [['black', True], ['green', True], ['', True]]
    >>> found["elasticity"].round(2).tolist()
    [-2.0, -2.0, -2.0]
    """
    weeks = read_weeks(frame, regressors)
    return CATALOGUE.make(Recipe(learner, settings=settings or {}, seed=seed)).fit(weeks).score(weeks)
