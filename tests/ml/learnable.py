"""Made-up panels whose answer is known by eye."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.learning.panel import Panel
from ml.learning.tournament import Terms
from ml.models.contract import Recipe

FIRST = date(2017, 3, 6)
SEED = 7
SETTINGS = {
    "logistic_regression": {"C": 1.0},
    "decision_tree": {"max_depth": 3, "min_samples_leaf": 10},
    "random_forest": {"n_estimators": 20, "max_depth": 5, "min_samples_leaf": 5},
    "lightgbm": {"rounds": 30, "learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 10},
}
RULE = ("orders", "days_since")


def recipes() -> dict[str, Recipe]:
    single = {
        name: Recipe(name, SETTINGS.get(name, {}), seed=SEED, signs={"orders": 1}, rule=RULE)
        for name in ("base_rate", "rate_by_rule", *SETTINGS)
    }
    members = tuple(single[name] for name in ("logistic_regression", "lightgbm"))
    return single | {"blend": Recipe("blend", members=members)}


def terms(**changes: object) -> Terms:
    numbers = {
        "recipes": recipes(),
        "metric": "auc",
        "horizon_days": 7,
        "validation_rate": 0.2,
        "isotonic_positives": 1000,
        "replicates": 50,
        "confidence": 0.95,
        "win_rate": 0.95,
        "seed": SEED,
    }
    return Terms(**{**numbers, **changes})  # type: ignore[arg-type]


def features(rows: int, seed: int = SEED) -> pd.DataFrame:
    """orders counts, days_since has gaps, word is one of three, noise means nothing."""
    random = np.random.default_rng(seed)
    days_since = random.exponential(20, rows)
    days_since[random.random(rows) < 0.2] = np.nan
    return pd.DataFrame(
        {
            "orders": random.poisson(3, rows).astype(float),
            "days_since": days_since,
            "word": random.choice(["red", "green", "blue"], rows),
            "noise": random.normal(size=rows),
        }
    )


def buys_by_habit(frame: pd.DataFrame, seed: int = SEED) -> np.ndarray:
    """Whoever ordered more buys more; red ones more than others."""
    odds = frame["orders"] - 3 + 1.5 * (frame["word"] == "red") - 0.02 * frame["days_since"].fillna(40)
    return np.random.default_rng(seed + 1).random(len(frame)) < 1 / (1 + np.exp(-odds))


def buys_by_lot(frame: pd.DataFrame, seed: int = SEED) -> np.ndarray:
    return np.random.default_rng(seed + 2).random(len(frame)) < 0.3


def buys_from_four_orders(frame: pd.DataFrame) -> np.ndarray:
    return (frame["orders"] >= 4).to_numpy()


def frame_of(
    weeks: int = 10, customers: int = 120, outcome: Callable[[pd.DataFrame], np.ndarray] = buys_by_habit
) -> pd.DataFrame:
    frame = features(weeks * customers)
    days = [FIRST + timedelta(days=7 * week) for week in range(weeks) for _ in range(customers)]
    names = [f"{number:03d}" for _ in range(weeks) for number in range(customers)]
    return frame.assign(day=days, customer_id=names, outcome=outcome(frame).astype(float))


def panel(
    weeks: int = 10, customers: int = 120, outcome: Callable[[pd.DataFrame], np.ndarray] = buys_by_habit
) -> Panel:
    return Panel.of(frame_of(weeks, customers, outcome))
