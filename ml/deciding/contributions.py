"""What made an effect: contributions of features put together where they say the same, the strongest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray
from ml.deciding.feature_words import stem_of

ALIKE = 0.7  # rank correlation from which two features say the same
MOST_COMPARED = 20_000  # rows; more change no correlation by as much as matters
SMALLEST_SHARE = 0.05  # of all that speaks for the offer; less is no reason


@dataclass(frozen=True)
class Explained:
    """What the model says of m pairs: contributions (m×p, currency) of features (m×p) to the effect on the margin.

    A row of contributions adds up to the effect less what is expected of any offer. `typical` is each feature's usual
    value over all pairs, `background` pairs to see which features go together.
    """

    contributions: pd.DataFrame
    features: pd.DataFrame
    background: pd.DataFrame

    @property
    def typical(self) -> Mapping[str, Any]:
        return {str(name): typical_value(self.background[name]) for name in self.background}


@dataclass(frozen=True)
class Reason:
    """One group of features in one pair: the feature that speaks for it, all its features, what they add (currency)."""

    feature: str
    features: tuple[str, ...]
    amount: float


def typical_value(column: pd.Series) -> Any:
    """The median of numbers, the most frequent word; missing where most are missing.

    >>> typical_value(pd.Series([1.0, 5.0, 2.0])), typical_value(pd.Series(["a", "b", "a"]))
    (2.0, 'a')
    """
    if pd.api.types.is_numeric_dtype(column):
        return float(column.median()) if column.notna().mean() >= 0.5 else np.nan
    known = column.dropna().astype(str)
    return known.mode().iloc[0] if len(known) else np.nan


def group_features(contributions: pd.DataFrame, background: pd.DataFrame) -> list[tuple[str, ...]]:
    """Features in groups that say the same: the same thing over other days, or rising and falling together.

    The feature that counts most leads a group, and others join the first leader they are alike (|rank correlation| at
    least 0.7 over the background, n×p). Features that nowhere count are left out.

    >>> ages = pd.DataFrame({"age": [1.0, 2.0, 3.0], "months": [12.0, 25.0, 36.0], "shoe": [3.0, 1.0, 2.0]})
    >>> group_features(ages.abs(), ages)
    [('months', 'age'), ('shoe',)]
    """
    weight = contributions.abs().sum()
    counts = [str(name) for name in weight.sort_values(ascending=False, kind="stable").index if weight[name] > 0]
    place = {name: number for number, name in enumerate(counts)}
    alike = correlate(background.iloc[:MOST_COMPARED], counts)

    def says_same(one: str, other: str) -> bool:
        return stem_of(one) == stem_of(other) or bool(alike[place[one], place[other]] >= ALIKE)

    groups: dict[str, list[str]] = {}
    for name in counts:
        leader = next((one for one in groups if says_same(one, name)), name)
        groups.setdefault(leader, []).append(name)
    return [tuple(members) for members in groups.values()]


def correlate(rows: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    """Absolute rank correlation of features; words and constants go with nothing."""
    numbers = [name for name in names if name in rows and pd.api.types.is_numeric_dtype(rows[name])]
    ranks = rows[numbers].rank()
    known = ranks.fillna(ranks.mean()).corr().abs()
    return known.reindex(index=list(names), columns=list(names)).fillna(0.0).to_numpy(dtype=float)


def find_reasons(explained: Explained, most: int) -> list[list[Reason]]:
    """For each of m pairs at most `most` groups that speak for the offer, the strongest first.

    A group whose part is below a twentieth of all that speaks for the offer is no reason.
    """
    groups = group_features(explained.contributions, explained.background)
    if not groups:
        return [[] for _ in range(len(explained.contributions))]
    amounts = np.column_stack([explained.contributions[list(members)].sum(axis=1) for members in groups])
    speakers = [loudest(explained.contributions[list(members)], members) for members in groups]
    best = np.argsort(-amounts, axis=1, kind="stable")[:, :most]
    least = SMALLEST_SHARE * np.clip(amounts, 0, None).sum(axis=1)
    return [
        [
            Reason(groups[group][speakers[group][row]], groups[group], float(amounts[row, group]))
            for group in order
            if amounts[row, group] > 0 and amounts[row, group] >= least[row]
        ]
        for row, order in enumerate(best.tolist())
    ]


def loudest(contributions: pd.DataFrame, members: tuple[str, ...]) -> IntArray:
    """Which member adds most in each row."""
    return np.asarray(contributions[list(members)].to_numpy().argmax(axis=1), dtype=np.int64)


def neutralise(features: pd.DataFrame, names: Sequence[str], typical: Mapping[str, Any]) -> pd.DataFrame:
    """The features with some of them as usual, so that they say nothing about the pair."""
    changed = features.copy()
    for name in names:
        usual = typical[name]
        is_number = pd.api.types.is_numeric_dtype(changed[name])
        changed[name] = usual if is_number else pd.Series(usual, index=changed.index, dtype=object)
    return changed
