"""The simplest answers of a family: what everybody does, and a rule anybody could apply by hand."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.calibration import logit
from ml.learning.metrics import FloatArray
from ml.models.contract import Candidate
from ml.models.parts import Parts, carry, share_by_grid

FILE = "rates.json"
BINS = 5
PRIOR_ROWS = 20


class BaseRate(Candidate):
    """The same probability for everybody."""

    name = "base_rate"

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:  # noqa: ARG002
        self.rate = float((y.sum() + 0.5) / (len(y) + 1))

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return np.full(len(X), self.rate)

    def contributions(self, X: pd.DataFrame) -> Parts:
        return Parts(np.zeros(X.shape), float(logit([self.rate])[0]))

    def importance(self) -> dict[str, float]:
        return {}

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps({"rate": self.rate}))

    def read(self, folder: Path) -> None:
        self.rate = json.loads((folder / FILE).read_text())["rate"]


class RateByRule(Candidate):
    """The rate seen in each cell of a grid of fifths of at most two features, such as recency and frequency.

    Cells with few rows lean towards the rate of all (as if `PRIOR_ROWS` more rows had it).
    """

    name = "rate_by_rule"

    def learn(self, X: pd.DataFrame, y: FloatArray) -> None:
        self.used = [column for column in self.recipe.rule if column in X.columns]
        self.edges = [edges_of(X[column].to_numpy(dtype=float)) for column in self.used]
        base = (y.sum() + 0.5) / (len(y) + 1)
        cell = self.cells(X)
        size = int(np.prod([len(edges) + 2 for edges in self.edges], initial=1))
        rows, positives = np.bincount(cell, minlength=size), np.bincount(cell, y, size)
        self.rates = (positives + PRIOR_ROWS * base) / (rows + PRIOR_ROWS)

    def cells(self, X: pd.DataFrame) -> npt.NDArray[np.intp]:
        """The cell of each row; missing numbers are a step of their own after the highest."""
        cell = np.zeros(len(X), dtype=np.intp)
        for column, edges in zip(self.used, self.edges, strict=True):
            values = X[column].to_numpy(dtype=float)
            step = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
            cell = cell * (len(edges) + 2) + step
        return cell

    def predict(self, X: pd.DataFrame) -> FloatArray:
        return np.asarray(self.rates, dtype=float)[self.cells(X)]

    def contributions(self, X: pd.DataFrame) -> Parts:
        grid = np.asarray(self.rates, dtype=float).reshape([len(edges) + 2 for edges in self.edges])
        base, amounts = float(grid.mean()), np.zeros(X.shape)
        steps = np.unravel_index(self.cells(X), grid.shape) if self.used else ()
        for column, moved in zip(self.used, share_by_grid(grid, steps), strict=True):
            amounts[:, X.columns.get_loc(column)] = moved
        return Parts(carry(amounts, base, logit), float(logit([base])[0]))

    def importance(self) -> dict[str, float]:
        return {}

    def write(self, folder: Path) -> None:
        content = {"used": self.used, "edges": [edges.tolist() for edges in self.edges], "rates": list(self.rates)}
        (folder / FILE).write_text(json.dumps(content))

    def read(self, folder: Path) -> None:
        content = json.loads((folder / FILE).read_text())
        self.used, self.rates = content["used"], np.array(content["rates"])
        self.edges = [np.array(edges) for edges in content["edges"]]


def edges_of(values: FloatArray) -> FloatArray:
    """Inner borders of fifths, each once.

    >>> edges_of(np.arange(6.0)).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, [step / BINS for step in range(1, BINS)])) if len(known) else np.array([])
