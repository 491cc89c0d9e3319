"""What a model's answers rest on over many pairs: groups of features by how much they move them, and which way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ml.allocation import FloatArray
from ml.deciding.contributions import Explained, group_features
from ml.deciding.feature_words import words_of

CLEAR = 0.3  # rank correlation from which more of a feature speaks for or against
USUAL = 1.96  # standard errors on each side of a 95 % interval
COLUMNS = (
    "influence_rank", "feature_group", "kindred_features", "mean_contribution", "mean_contribution_low",
    "mean_contribution_high", "direction",
)  # fmt: skip


def rank_influences(explained: Explained, customers: Sequence[str]) -> pd.DataFrame:
    """A row per group of features, the most moving first: its words, mean |part| with interval, direction.

    `explained` has n pairs of these n customers; the amounts are in the unit of its contributions. A group's part is
    the sum of its features', so what cancels within it moves nothing. The interval holds for other customers like
    these, and not for another model (ratio of sums over customers: Cochran 1977, Sampling Techniques, 6.3).

    >>> spend = pd.DataFrame({"net_amount_last_90_days": [1.0, 2.0, 3.0]})
    >>> told = rank_influences(Explained(spend - 2, spend, spend), ["a", "b", "c"])
    >>> told[["feature_group", "mean_contribution", "direction"]].round(2).to_numpy().tolist()
    [['Spend in the last 90 days', 0.67, 'for']]
    """
    code, _ = pd.factorize(pd.Series(customers, dtype=object))
    rows = [tell_group(members, explained, code) for members in name_groups(explained)]
    told = pd.DataFrame(rows, columns=list(COLUMNS))
    ranked = told.sort_values(["mean_contribution", "feature_group"], ascending=[False, True], ignore_index=True)
    return ranked.assign(influence_rank=np.arange(1, len(ranked) + 1))


def name_groups(explained: Explained) -> list[tuple[str, ...]]:
    """Groups of features that say the same; those whose leaders have the same words are one."""
    named: dict[str, tuple[str, ...]] = {}
    for members in group_features(explained.contributions, explained.background):
        title = words_of(members[0]).title
        named[title] = named.get(title, ()) + members
    return list(named.values())


def tell_group(members: tuple[str, ...], explained: Explained, customer: np.ndarray) -> dict[str, object]:
    part = explained.contributions[list(members)].sum(axis=1).to_numpy(dtype=float)
    mean, error = mean_over(np.abs(part), customer)
    others = list(dict.fromkeys(words_of(name).title for name in members[1:]))
    title = words_of(members[0]).title
    return {
        "feature_group": title,
        "kindred_features": ", ".join(other for other in others if other != title),
        "mean_contribution": mean,
        "mean_contribution_low": max(mean - USUAL * error, 0.0),
        "mean_contribution_high": mean + USUAL * error,
        "direction": direction_of(explained.features[members[0]], part),
    }


def mean_over(amount: FloatArray, customer: np.ndarray) -> tuple[float, float]:
    """Mean and its standard error where the rows (n) of one customer go together.

    >>> mean_over(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    (2.0, 1.0)
    """
    mean = float(amount.mean())
    total, rows = np.bincount(customer, amount), np.bincount(customer)
    clusters = len(rows)
    factor = clusters / max(clusters - 1, 1)
    return mean, float(np.sqrt(factor * ((total - mean * rows) ** 2).sum()) / len(amount))


def direction_of(values: pd.Series, part: FloatArray) -> str:
    """Whether more of a feature speaks for the answer, against it, or neither clearly; of words nothing is more.

    >>> direction_of(pd.Series([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0]))
    'against'
    >>> direction_of(pd.Series(["app", "web", "app"]), np.array([3.0, 2.0, 1.0]))
    'mixed'
    """
    if not pd.api.types.is_numeric_dtype(values):
        return "mixed"
    pairs = pd.DataFrame({"value": values.to_numpy(dtype=float, na_value=np.nan), "part": part}).dropna()
    together = pairs["value"].rank().corr(pairs["part"].rank()) if pairs.nunique().min() > 1 else 0.0
    return "for" if together >= CLEAR else "against" if together <= -CLEAR else "mixed"
