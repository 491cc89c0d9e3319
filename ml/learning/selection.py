"""Which features count: by LASSO, by a random forest and by permutation, on folds of time; and what fewer cost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.learning import metrics
from ml.learning.metrics import FloatArray

IntArray = npt.NDArray[np.int64]
Learn = Callable[[pd.DataFrame, FloatArray], Callable[[pd.DataFrame], FloatArray]]
THIRD = 3
USED = ("lasso_weight", "forest_share", "permutation_loss")


@dataclass(frozen=True)
class Fold:
    """Places of the rows learned from, and of later rows judged on, that no label window of the first reaches."""

    learn: IntArray
    judge: IntArray


def time_folds(days: npt.ArrayLike, horizon_days: int, folds: int) -> list[Fold]:
    """Growing pasts and the as-of days after them, of n rows: the last judged part ends with the newest day.

    Days are cut into `folds + 1` runs with about equally many rows; a fold learns from all runs before its own whose
    windows of `horizon_days` have ended. Folds without rows on both sides are left out.

    >>> weeks = pd.date_range("2024-01-01", periods=8, freq="7D")
    >>> [(len(fold.learn), len(fold.judge)) for fold in time_folds(weeks, 7, 3)]
    [(2, 2), (4, 2), (6, 2)]
    """
    known = np.asarray(days, dtype="datetime64[D]")
    borders = np.quantile(known.astype(np.int64), np.arange(1, folds + 2) / (folds + 1), method="lower")
    runs = np.searchsorted(borders[:-1], known.astype(np.int64), side="left")
    found = []
    for run in range(1, folds + 1):
        judge = np.flatnonzero(runs == run)
        if len(judge):
            learn = np.flatnonzero(known + np.timedelta64(horizon_days, "D") <= known[judge].min())
            found.append(Fold(learn, judge))
    return [fold for fold in found if len(fold.learn)]


def rank_features(X: pd.DataFrame, y: FloatArray, folds: list[Fold], seed: int, max_rows: int = 4000) -> pd.DataFrame:
    """A row per feature, best first, of X (n × d numbers, NaN is missing) and y (n, 0/1).

    lasso_weight: mean absolute weight of an L1 logistic regression on standardised logarithms; forest_share: share of a
    random forest's impurity decrease; permutation_loss: AUC the forest loses on later rows when the feature is
    shuffled; stability: share of folds in which at least two of the three use it; survives: whether all do.
    `place` is the order of the mean of the three ranks. At most `max_rows` rows of a fold's past and future are used.
    Sources: Tibshirani 1996, JRSS B 58; Breiman 2001, Machine Learning 45; Meinshausen & Bühlmann 2010, JRSS B 72.

    >>> chance = np.random.default_rng(1)
    >>> X = pd.DataFrame(chance.normal(size=(600, 3)), columns=["noise", "cause", "more"])
    >>> y = (X["cause"] + chance.normal(size=600) > 0).to_numpy(float)
    >>> halves = [Fold(np.arange(300), np.arange(300, 600)), Fold(np.arange(300, 600), np.arange(300))]
    >>> rank_features(X, y, halves, seed=1)["feature"].iloc[0]
    'cause'
    """
    chance = np.random.default_rng(seed)
    measured = []
    with threadpool_limits(1):
        for fold in folds:
            learn, judge = (draw(rows, max_rows, chance) for rows in (fold.learn, fold.judge))
            if 0 < y[learn].sum() < len(learn) and 0 < y[judge].sum() < len(judge):
                measured.append(measure(X, y, Fold(learn, judge), seed))
    if not measured:
        return pd.DataFrame(columns=["feature", *USED, "stability", "survives", "place"])
    return summarise(measured, list(X.columns))


def draw(rows: IntArray, most: int, chance: np.random.Generator) -> IntArray:
    return rows if len(rows) <= most else np.sort(chance.choice(rows, most, replace=False))


def measure(X: pd.DataFrame, y: FloatArray, fold: Fold, seed: int) -> pd.DataFrame:
    """lasso_weight, forest_share and permutation_loss of each feature (d) on one fold."""
    past, future = (X.iloc[rows].to_numpy(dtype=np.float32) for rows in (fold.learn, fold.judge))
    forest = RandomForestClassifier(60, max_depth=10, min_samples_leaf=10, random_state=seed, n_jobs=1)
    forest.fit(past, y[fold.learn])
    lost = permute(forest, future, y[fold.judge], seed)
    return pd.DataFrame(
        {
            "lasso_weight": lasso(past, y[fold.learn]),
            "forest_share": forest.feature_importances_,
            "permutation_loss": lost,
        }
    )


def lasso(values: npt.NDArray[np.float32], y: FloatArray, penalty: float = 0.03) -> FloatArray:
    """Absolute weights (d) of an L1 logistic regression; missing numbers are the median."""
    logs = np.sign(values) * np.log1p(np.abs(values.astype(float)))
    middle = np.nan_to_num(np.nanmedian(np.where(np.isnan(logs).all(axis=0), 0.0, logs), axis=0))
    filled = np.where(np.isnan(logs), middle, logs)
    spread = filled.std(axis=0)
    scaled = (filled - filled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=penalty, random_state=0, max_iter=200)
    return np.asarray(np.abs(model.fit(scaled, y).coef_[0]), dtype=float)


def permute(forest: RandomForestClassifier, future: npt.NDArray[np.float32], y: FloatArray, seed: int) -> FloatArray:
    """AUC lost (d) on later rows when each feature is shuffled once."""
    chance = np.random.default_rng(seed)
    whole = metrics.auc(y, forest.predict_proba(future)[:, 1])
    lost = np.zeros(future.shape[1])
    for column in np.flatnonzero(forest.feature_importances_ > 0):
        shuffled = future.copy()
        shuffled[:, column] = chance.permutation(shuffled[:, column])
        lost[column] = whole - metrics.auc(y, forest.predict_proba(shuffled)[:, 1])
    return lost


def summarise(measured: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Means over folds, how many folds use each feature, and their order."""
    least = {"lasso_weight": 0.0, "forest_share": 1 / len(names), "permutation_loss": 0.0}
    used = np.array([(fold[list(USED)] > pd.Series(least)).sum(axis=1).to_numpy() >= 2 for fold in measured])
    ranks = [fold[name].rank(ascending=False) for fold in measured for name in USED]
    found = pd.concat(measured).groupby(level=0).mean()
    found = found.assign(
        feature=names,
        stability=np.mean(used, axis=0),
        survives=np.all(used, axis=0),
        mean_rank=np.mean(ranks, axis=0),
    )
    ordered = found.sort_values(["mean_rank", "feature"], ignore_index=True)
    ordered["place"] = np.arange(1, len(ordered) + 1)
    return ordered[["feature", *USED, "stability", "survives", "place"]]


@dataclass(frozen=True)
class Cost:
    """AUC on rows after everything, with all features, with the best third and with a third drawn by lot; and the
    interval of what the best third loses, over resampled customers.
    """

    score_all: float
    score_third: float
    score_random_third: float
    loss_low: float
    loss_high: float


def cost_of_third(
    X: pd.DataFrame, y: FloatArray, customers: pd.Series, fold: Fold, order: list[str], learn: Learn, seed: int
) -> Cost:
    """What it costs to keep the first third of `order` only, on a fold that `order` was not found on.

    `learn` gives a function of scores (n) for a past (X, y); `customers` (n) are resampled 200 times.
    """
    third = order[: max(1, -(-len(order) // THIRD))]
    lot = list(np.random.default_rng(seed).choice(order, len(third), replace=False))
    came = y[fold.judge]
    scores = {}
    for name, columns in (("all", order), ("third", third), ("random", lot)):
        fitted = learn(X.iloc[fold.learn][columns], y[fold.learn])
        scores[name] = fitted(X.iloc[fold.judge][columns])
    auc = {name: metrics.auc(came, score) for name, score in scores.items()}
    held: dict[str, metrics.Scores] = {name: scores[name] for name in ("all", "third")}
    draws = metrics.bootstrap("auc", came, held, customers.iloc[fold.judge].astype(str), np.ones(len(came)), 200, seed)
    low, high = metrics.interval(draws["all"] - draws["third"])
    return Cost(auc["all"], auc["third"], auc["random"], low, high)
