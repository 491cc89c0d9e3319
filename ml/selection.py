"""Feature selection: which features of the behaviour families count, and what a third of them would cost."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.learning.encoding import Encoding
from ml.learning.families import Family
from ml.learning.metrics import FloatArray
from ml.learning.panel import Panel
from ml.learning.selection import Fold, cost_of_third, draw, rank_features, time_folds
from ml.models import catalogue
from ml.models.contract import Recipe

TABLE = "ml.feature_selection"


def write(family: Family, day: date, panel: Panel, recipe: Recipe) -> int:
    """Replace what is known of a family's features as of a day; nothing where there are too few closed days."""
    rows = describe(panel, recipe, getattr(parameters.load().labels, family.horizon))
    if rows.empty:
        print(f"  features of {family.name}: not available: too few closed days to cut folds of time", flush=True)
        return 0
    first = rows.iloc[0]
    print(
        f"  features of {family.name}: {int(rows['survives'].sum())} of {len(rows)} survive; the best third scores "
        f"{first['score_third']:.4f} instead of {first['score_all']:.4f}",
        flush=True,
    )
    return stages.write_day(TABLE, day, rows.assign(family=family.name), keys={"family": family.name})


def describe(panel: Panel, recipe: Recipe, horizon_days: int) -> pd.DataFrame:
    """Features in their order, found on all folds of time but the newest, with the cost of a third on the newest."""
    numbers = parameters.load().selection
    folds = time_folds(panel.keys["day"], horizon_days, numbers.folds + 1)
    if len(folds) < 2:
        return pd.DataFrame()
    known = np.concatenate([folds[-2].learn, folds[-2].judge])
    X = Encoding.fit(panel.features.iloc[known]).apply(panel.features)
    ranked = rank_features(X, panel.outcome, folds[:-1], recipe.seed, numbers.max_rows)
    if ranked.empty or not 0 < panel.outcome[folds[-1].judge].sum() < len(folds[-1].judge):
        return pd.DataFrame()
    last = limit(folds[-1], numbers.cost_rows, recipe.seed)

    def learn(past: pd.DataFrame, y: FloatArray) -> Callable[[pd.DataFrame], FloatArray]:
        return catalogue.make(recipe).fit(past, y).predict

    cost = cost_of_third(X, panel.outcome, panel.keys["customer_id"], last, list(ranked["feature"]), learn, recipe.seed)
    return ranked.assign(**asdict(cost), candidate=recipe.candidate, folds=len(folds) - 1)


def limit(fold: Fold, most: int, seed: int) -> Fold:
    chance = np.random.default_rng(seed)
    return Fold(draw(fold.learn, most, chance), draw(fold.judge, most, chance))
