"""Segments anybody could cut by hand: everybody in one, or rules over the scores of recency, frequency and money."""

from typing import Any

import numpy as np
import pandas as pd

from ml.models.segments.base import Segmentation
from ml.models.segments.portraits import Portraits

# The first rule that holds gives the name: least and most score of recency, frequency and money.
RULES = (
    ("recent, frequent, high spend", (4, 5), (4, 5), (4, 5)),
    ("frequent", (3, 5), (4, 5), (1, 5)),
    ("frequent, now absent", (1, 2), (4, 5), (1, 5)),
    ("seldom, big baskets", (3, 5), (1, 3), (4, 5)),
    ("recent, still seldom", (4, 5), (1, 2), (1, 3)),
    ("long absent", (1, 2), (1, 2), (1, 5)),
    ("slipping away", (1, 2), (3, 3), (1, 5)),
)
OTHERS = "average"


class OneSegment(Segmentation):
    """Everybody who ever ordered."""

    name = "one_segment"

    def learn(self, data: Portraits) -> None:
        pass

    def assign(self, rows: pd.DataFrame, marked: pd.DataFrame) -> Any:  # noqa: ARG002
        return np.full(len(rows), "all customers", dtype=object)


class Rfm(Segmentation):
    """Rules over the scores, the first that holds: Hughes (1994), Strategic Database Marketing, with plain names."""

    name = "rfm"

    def learn(self, data: Portraits) -> None:
        pass

    def assign(self, rows: pd.DataFrame, marked: pd.DataFrame) -> Any:  # noqa: ARG002
        return name_by_rules(marked)


def name_by_rules(marked: pd.DataFrame) -> Any:
    """The name (n) of each row of scores.

    >>> marked = pd.DataFrame({"recency_score": [5, 1, 3], "frequency_score": [5, 1, 3], "monetary_score": [5, 1, 3]})
    >>> name_by_rules(marked).tolist()
    ['recent, frequent, high spend', 'long absent', 'average']
    """
    scores = marked[["recency_score", "frequency_score", "monetary_score"]].to_numpy()
    holds = [np.all([(low <= scores[:, at]) & (scores[:, at] <= high) for at, (low, high) in enumerate(limits)], axis=0)
             for _, *limits in RULES]  # fmt: skip
    return np.select(holds, [name for name, *_ in RULES], OTHERS)
