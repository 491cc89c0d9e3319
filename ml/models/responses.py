"""Purchase, redemption or any other yes or no on a plain frame of features in one call."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ml.learning.panel import Panel
from ml.learning.tournament import Result, Terms, run_tournament
from ml.models.catalogue import FLOORS
from ml.models.contract import Recipe
from warehouse.errors import BadInput

CANDIDATES = ("logistic_regression", "lightgbm")
USUAL: Mapping[str, Mapping[str, Any]] = {
    "logistic_regression": {"C": 0.01},
    "lightgbm": {"rounds": 150, "learning_rate": 0.06, "num_leaves": 15, "min_data_in_leaf": 50, "lambda_l2": 10},
}


def learn_response(
    known: pd.DataFrame,
    horizon_days: int,
    rising: Iterable[str] = (),
    falling: Iterable[str] = (),
    rule: tuple[str, ...] = (),
    candidates: Iterable[str] = CANDIDATES,
    settings: Mapping[str, Mapping[str, Any]] = USUAL,
    seed: int = 0,
) -> Result:
    """Judge candidates on the newest days and fit the winner on all: `.predictor.predict(features)` gives chances (n).

    `known` holds a row per customer and day looked from: day, customer_id, any features as of that morning, outcome
    (0/1: whether it came within `horizon_days`). Features in `rising` (`falling`) can only raise (lower) the chance in
    the usual candidates; `rule` names at most two features of the floor. `.choice` says who won and why, `.cards` holds
    AUC, its interval and calibration by candidate. Raises BadInput for lacking columns and for outcomes all alike.
    Source: the tournament of ml/learning/tournament.py; chances are calibrated on days before those that decide.

    >>> import numpy as np
    >>> chance = np.random.default_rng(1)
    >>> days = np.repeat(pd.date_range("2024-01-01", periods=12, freq="7D").date, 100)
    >>> known = pd.DataFrame({"day": days, "customer_id": [f"c{one % 100}" for one in range(1200)]})
    >>> known["orders"] = chance.poisson(2.0, 1200)
    >>> known["outcome"] = (chance.random(1200) < 0.1 + 0.2 * known["orders"].clip(upper=4)).astype(int)
    >>> found = learn_response(known, horizon_days=7, rising=["orders"], candidates=["lightgbm"])
    >>> few, many = found.predictor.predict(pd.DataFrame({"orders": [0, 4]}))
    >>> bool(few < 0.25 and many > 0.7)
    True
    """
    lacking = {"day", "customer_id", "outcome"} - set(known.columns)
    if lacking:
        raise BadInput(f"a response is learned from day, customer_id, outcome and features; missing {sorted(lacking)}")
    if known["outcome"].nunique() < 2:
        raise BadInput("every outcome is the same: there is nothing to tell apart")
    dated = known.assign(day=pd.to_datetime(known["day"]).dt.date)
    signs = dict.fromkeys(rising, 1) | dict.fromkeys(falling, -1)
    recipes = {
        name: Recipe(name, settings.get(name, {}), seed=seed, signs=signs, rule=rule) for name in (*FLOORS, *candidates)
    }
    return run_tournament(Panel.of(dated), terms_of(recipes, horizon_days, seed), tell=lambda _: None)


def terms_of(recipes: Mapping[str, Recipe], horizon_days: int, seed: int) -> Terms:
    """The usual terms: a fifth of the positive rows decides, a challenger wins in 95 of 100 draws of customers."""
    return Terms(
        recipes=recipes,
        metric="auc",
        horizon_days=horizon_days,
        validation_rate=0.2,
        isotonic_positives=1000,
        replicates=200,
        confidence=0.95,
        win_rate=0.95,
        seed=seed,
    )
