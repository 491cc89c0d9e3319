"""Logistic regression on features brought to one scale."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression

from ml.learning.metrics import FloatArray
from ml.models import native
from ml.models.contract import Candidate, shares
from ml.models.parts import Parts

FILE, SCALE = "model.skops", "scale.json"
LEAST_MISSING_RATE = 0.01
FAR = 5.0
Matrix = npt.NDArray[np.float32]


class Linear(Candidate):
    """Amounts and counts are heavy-tailed, so log(1 + |x|) keeps their sign and tames them before standardising.

    Missing numbers become the median and get a 0/1 column of their own. A weight against the known sign of its feature
    is zero. Settings: `C`, the inverse of the L2 penalty.
    """

    name = "logistic_regression"

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        raw = squash(X)
        is_missing = np.isnan(raw)
        rate = is_missing.mean(axis=0)
        self.flagged = np.flatnonzero((rate >= LEAST_MISSING_RATE) & (rate <= 1 - LEAST_MISSING_RATE))
        known = np.where(is_missing.all(axis=0), 0, raw)
        self.median = np.nanmedian(known, axis=0).astype(np.float32)
        filled = np.where(is_missing, self.median, raw)
        self.mean, spread = filled.mean(axis=0, dtype=float), filled.std(axis=0, dtype=float)
        self.spread = np.where(spread > 0, spread, 1)
        # newton-cholesky ends at the optimum to machine precision whatever the order of the rows
        self.model = LogisticRegression(C=self.recipe.settings.get("C", 1.0), solver="newton-cholesky", max_iter=100)
        self.fit_signed(self.scale(raw), y)

    def fit_signed(self, scaled: FloatArray, y: FloatArray) -> None:
        """Fit until no weight is against its sign: those that are leave, and the others learn again without them."""
        known = [self.recipe.signs.get(column, 0) for column in self.columns]
        signs = np.append(known, np.zeros(scaled.shape[1] - len(known)))
        wrong = np.zeros(len(signs), dtype=bool)
        while True:
            self.model.fit(np.where(wrong, 0, scaled), y)
            against = self.model.coef_[0] * signs < 0
            if not against.any():
                return
            wrong |= against

    def scale(self, raw: Matrix) -> FloatArray:
        is_missing = np.isnan(raw)
        scaled = (np.where(is_missing, self.median, raw) - self.mean) / self.spread
        return np.hstack([np.clip(scaled, -FAR, FAR), is_missing[:, self.flagged]])

    def predict(self, X: pd.DataFrame) -> FloatArray:
        scored: FloatArray = self.model.predict_proba(self.scale(squash(X[list(self.columns)])))[:, 1]
        return scored

    def contributions(self, X: pd.DataFrame) -> Parts:
        """Exact: weights times what is unlike the mean; a column's part holds that of its being missing."""
        weighted = self.scale(squash(X[list(self.columns)])) * self.model.coef_[0]
        amounts = weighted[:, : len(self.columns)]
        amounts[:, self.flagged] += weighted[:, len(self.columns) :]
        return Parts(amounts, float(self.model.intercept_[0]))

    def importance(self) -> dict[str, float]:
        return shares(self.columns, np.abs(self.model.coef_[0][: len(self.columns)]))

    def write(self, folder: Path) -> None:
        native.write(self.model, folder / FILE)
        numbers = {name: getattr(self, name).tolist() for name in ("flagged", "median", "mean", "spread")}
        (folder / SCALE).write_text(json.dumps(numbers))

    def read(self, folder: Path) -> None:
        self.model = native.read(folder / FILE)
        numbers = json.loads((folder / SCALE).read_text())
        self.flagged = np.array(numbers["flagged"], dtype=np.intp)
        self.median = np.array(numbers["median"], dtype=np.float32)
        self.mean, self.spread = np.array(numbers["mean"]), np.array(numbers["spread"])


def squash(X: pd.DataFrame) -> Matrix:
    """Signed log(1 + |x|).

    >>> squash(pd.DataFrame({"x": [0.0, -(np.e - 1)]})).round(3).tolist()
    [[0.0], [-1.0]]
    """
    values = X.to_numpy(dtype=np.float32)
    squashed: Matrix = np.sign(values) * np.log1p(np.abs(values))
    return squashed
