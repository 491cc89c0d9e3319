"""The chance of being treated where nobody wrote it down: estimated on other rows, clipped, never without a warning."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.linear import Linear
from ml.models.uplift.folds import Folds

PENALTY = 0.1


@dataclass(frozen=True)
class Overlap:
    """How comparable treated and untreated rows are.

    `clipped_rate` is the share of rows whose estimated chance was cut; `lowest` and `highest` are the chances before
    that; effective sizes are Kish's (Σw)²/Σw² of inverse-probability weights: so many rows drawn by lot would do.
    """

    clipped_rate: float
    lowest: float
    highest: float
    treated_effective_size: float
    untreated_effective_size: float

    def as_json(self) -> dict[str, float]:
        return {name: round(value, 6) for name, value in asdict(self).items()}


def estimate_probability(
    features: pd.DataFrame, treated: npt.ArrayLike, folds: Folds, clip: float
) -> tuple[FloatArray, Overlap]:
    """Chances of treatment, shape (n,), each from a logistic regression that did not see the row's fold.

    Chances are cut to [clip, 1 − clip] (Crump et al. 2009, Biometrika 96(1)); the overlap says how often and how far.
    """
    treated = np.asarray(treated, dtype=float)
    encoded = Encoding.fit(features).apply(features)

    def learn(rows: npt.NDArray[np.intp], others: npt.NDArray[np.intp]) -> FloatArray:
        model = Linear(Recipe("logistic_regression", {"C": PENALTY})).fit(encoded.iloc[rows], treated[rows])
        return model.predict(encoded.iloc[others])

    raw = folds.predict(learn) if encoded.shape[1] else np.full(len(treated), treated.mean())
    clipped = np.clip(raw, clip, 1 - clip)
    return clipped, overlap_of(raw, clipped, treated > 0)


def overlap_of(raw: FloatArray, clipped: FloatArray, treated: npt.NDArray[np.bool_]) -> Overlap:
    """
    >>> chance = np.full(4, 0.5)
    >>> overlap_of(chance, chance, np.array([True, True, True, False])).treated_effective_size
    3.0
    """
    return Overlap(
        clipped_rate=float((raw != clipped).mean()),
        lowest=float(raw.min()),
        highest=float(raw.max()),
        treated_effective_size=effective_size(1 / clipped[treated]),
        untreated_effective_size=effective_size(1 / (1 - clipped[~treated])),
    )


def effective_size(weight: FloatArray) -> float:
    """Kish 1965, Survey Sampling, eq. 8.2.

    >>> effective_size(np.array([1.0, 1.0])), effective_size(np.array([1.0, 0.0]))
    (2.0, 1.0)
    """
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0
