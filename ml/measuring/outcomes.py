"""How predictions turned out: bins of the predicted probability with the rate at which the predicted thing happened."""

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, FloatArray
from ml.learning.metrics import auc
from ml.measuring.intervals import estimate_share

COLUMNS = ["bin", "prediction_count", "predicted_rate", "actual_rate", "actual_low", "actual_high", "auc"]


def compare_outcomes(predicted: FloatArray, happened: BoolArray, bins: int, confidence: float) -> pd.DataFrame:
    """Bins of equal size by predicted probability, lowest first, each with its predicted and its actual rate.

    Takes n probabilities (0–1) and what happened; equal probabilities share a bin, so there may be fewer bins than
    asked for, and none without a prediction. `auc` is the area under the ROC curve of all n, the same in every row,
    and not a number where all or none happened.

    >>> table = compare_outcomes(np.array([0.1, 0.1, 0.8, 0.9]), np.array([False, False, True, True]), 2, 0.95)
    >>> table[["bin", "prediction_count", "predicted_rate", "actual_rate", "auc"]].round(2).to_numpy().tolist()
    [[1.0, 2.0, 0.1, 0.0, 1.0], [2.0, 2.0, 0.85, 1.0, 1.0]]
    """
    if not len(predicted):
        return pd.DataFrame(columns=COLUMNS)
    places = pd.Series(predicted).rank(method="average") - 0.5
    cells = np.floor(places / len(predicted) * bins)
    frame = pd.DataFrame({"cell": cells, "predicted": predicted, "happened": happened})
    table = frame.groupby("cell").agg(
        prediction_count=("happened", "size"), predicted_rate=("predicted", "mean"), hits=("happened", "sum")
    )
    trials, hits = table["prediction_count"].to_numpy(dtype=float), table["hits"].to_numpy(dtype=float)
    actual, low, high = estimate_share(hits, trials, confidence)
    return pd.DataFrame(
        {
            "bin": np.arange(1, len(table) + 1),
            "prediction_count": table["prediction_count"].to_numpy(),
            "predicted_rate": table["predicted_rate"].to_numpy(),
            "actual_rate": actual,
            "actual_low": low,
            "actual_high": high,
            "auc": auc(happened, predicted),
        }
    )
