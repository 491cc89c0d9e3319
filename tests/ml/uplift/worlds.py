"""Trials whose answer is known by eye, and settings small enough for fast tests."""

import numpy as np
import pandas as pd

from ml.models.contract import Recipe
from ml.models.uplift import catalogue
from ml.models.uplift.trial import Trial

SETTINGS = {
    "folds": 3,
    "rounds": 30,
    "boosting": {"learning_rate": 0.15, "num_leaves": 7, "min_data_in_leaf": 20, "feature_fraction": 1.0},
    "penalties": {"ridge": [0.01, 0.1, 1, 10], "lasso": [1, 2, 4]},
    "forest": {"n_estimators": 20, "max_samples": 0.4, "min_samples_leaf": 20, "max_features": None, "max_depth": 5},
}
# mood of a customer: what they spend without and with an offer
SPEND = {"always": (10.0, 10.0), "never": (0.0, 0.0), "if offered": (1.0, 6.0), "put off": (6.0, 3.0)}
MOODS = tuple(SPEND)


def recipe(name: str, seed: int = 0, **settings: object) -> Recipe:
    return catalogue.recipe_of(name, {**SETTINGS, **settings}, seed)


def shop(rows: int = 2000, seed: int = 1, share: float = 0.5) -> Trial:
    """Customers in four moods; an offer costs 1; an amount of no meaning and a column with gaps beside."""
    random = np.random.default_rng(seed)
    mood = random.choice(MOODS, rows)
    treated = random.random(rows) < share
    expected = np.array([SPEND[one][int(w)] for one, w in zip(mood, treated, strict=True)])
    outcome = expected * random.uniform(0.5, 1.5, rows)
    return Trial.of(features(mood, seed), treated, outcome, probability=share, cost=treated * 1.0)


def features(mood: np.ndarray, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed + 1)
    noise = random.normal(size=len(mood))
    gaps = np.where(random.random(len(mood)) < 0.2, np.nan, random.exponential(size=len(mood)))
    return pd.DataFrame({"mood": pd.Categorical(mood), "noise": noise, "gaps": gaps})


def each_mood() -> pd.DataFrame:
    return pd.DataFrame({"mood": pd.Categorical(MOODS), "noise": 0.0, "gaps": 1.0})
