"""Who should be reviewed, from plain frames."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ml.models.abuse.activity import Activity
from ml.models.abuse.catalogue import CATALOGUE
from ml.models.contract import Recipe


def flag_abuse(
    activity: Activity, candidate: str = "combined", settings: Mapping[str, Any] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Customers to be reviewed, most suspicious first: customer, score (from 1), component_size, evidence.

    Nothing is decided: a reviewer looks at the evidence. By chance about `flag_rate` (0.0005) of customers who share
    something and `single_flag_rate` (0.0001) of all others are flagged; ml/models/abuse/null.py says how that is known.
    """
    recipe = Recipe(candidate, settings=dict(settings or {}), seed=seed)
    found = CATALOGUE.make(recipe).fit(activity).score(activity)
    flagged = found[found["is_flagged"]].sort_values(["score", "customer"], ascending=[False, True])
    return flagged[["customer", "score", "component_size", "evidence"]].reset_index(drop=True)
