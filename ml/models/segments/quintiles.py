"""Scores of one to five by recency, frequency and money."""

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray

SCORED = {"recency_score": "recency", "frequency_score": "frequency", "monetary_score": "amount"}


def borders(frame: pd.DataFrame) -> dict[str, FloatArray]:
    """The four inner borders of the fifths of each trait among customers with orders."""
    return {
        score: np.quantile(frame[trait].dropna(), [0.2, 0.4, 0.6, 0.8]) if frame[trait].notna().any() else np.zeros(4)
        for score, trait in SCORED.items()
    }


def scores(frame: pd.DataFrame, known: dict[str, FloatArray]) -> pd.DataFrame:
    """recency_score, frequency_score, monetary_score (n), 1 to 5; 5 is recent, frequent and high. Ties share a score.

    >>> frame = pd.DataFrame({"recency": [1, 9, 20, 40, 80], "frequency": [9, 7, 5, 3, 1], "amount": [5.0, 4, 3, 2, 1]})
    >>> scores(frame, borders(frame))["recency_score"].tolist()
    [5.0, 4.0, 3.0, 2.0, 1.0]
    """
    found = {}
    for score, trait in SCORED.items():
        values = frame[trait].to_numpy(dtype=float)
        if trait == "recency":
            found[score] = 5.0 - np.searchsorted(known[score], values, side="left")
        else:
            found[score] = 1.0 + np.searchsorted(known[score], values, side="right")
    return pd.DataFrame(found, index=frame.index)
