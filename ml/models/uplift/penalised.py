"""Linear regression shrunk toward its constant by ridge or lasso, whichever cross-validation finds better.

Ridge suits many small differences, lasso a few clear ones; nobody knows beforehand which world it is. Everything is
done on Gram matrices, one per fold: their sums give each training part, so a whole grid of penalties costs a few small
systems. The first design column is the constant and is never penalised. Sources: Hoerl and Kennard 1970, Technometrics
12(1); Tibshirani 1996, JRSS B 58(1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import lasso_path

from ml.learning.metrics import FloatArray
from ml.models.uplift.folds import Folds

STEADY = 1e-9
# A column of no meaning lowers the sum of squares by one residual variance by luck: a hundredth of it is not worth a
# step. Windows that overlap are nearly collinear, so that small steps may be many; each costs microseconds.
NEAR_ENOUGH, FINEST = 0.01, 1e-5
MOST_STEPS = 200_000


@dataclass(frozen=True)
class Shrinkage:
    """`kind` constant, ridge or lasso; `penalty` in multiples of the mean information per column (ridge) or of the
    standard error of a coefficient (lasso).
    """

    kind: str = "constant"
    penalty: float = 0.0

    def __str__(self) -> str:
        return self.kind if self.kind == "constant" else f"{self.kind} {self.penalty:g}"

    def state(self) -> dict[str, np.ndarray]:
        return {"shrinkage": np.array(self.kind), "penalty": np.array(self.penalty)}

    @classmethod
    def from_state(cls, state: Mapping[str, np.ndarray]) -> "Shrinkage":
        return cls(str(state["shrinkage"]), float(state["penalty"]))


@dataclass(frozen=True, eq=False)
class Gram:
    """Σ w d dᵀ (k×k), Σ w d y (k), Σ w y² and the count of weighted rows of a design d and a target y."""

    matrix: FloatArray
    vector: FloatArray
    square: float
    rows: int

    @classmethod
    def of(cls, design: FloatArray, target: FloatArray, weight: FloatArray) -> "Gram":
        weighted = design * weight[:, None]
        return cls(weighted.T @ design, weighted.T @ target, float((weight * target**2).sum()), len(target))

    def __add__(self, other: "Gram") -> "Gram":
        sums = self.matrix + other.matrix, self.vector + other.vector
        return Gram(*sums, self.square + other.square, self.rows + other.rows)

    def __sub__(self, other: "Gram") -> "Gram":
        rest = self.matrix - other.matrix, self.vector - other.vector
        return Gram(*rest, self.square - other.square, self.rows - other.rows)

    def loss(self, coefficients: FloatArray) -> float:
        """Σ w (y − d·β)².

        >>> Gram.of(np.ones((2, 1)), np.array([1.0, 3.0]), np.ones(2)).loss(np.array([2.0]))
        2.0
        """
        fitted = coefficients @ self.matrix @ coefficients - 2 * coefficients @ self.vector
        return float(self.square + fitted)

    def solve(self, shrinkage: Shrinkage) -> FloatArray:
        """The k coefficients under a shrinkage."""
        if shrinkage.kind == "lasso" and len(self.vector) > 1:
            return self.lasso([shrinkage.penalty])[0]
        if shrinkage.kind == "ridge" and len(self.vector) > 1:
            return self.ridge(shrinkage.penalty)
        return self.constant()

    def constant(self) -> FloatArray:
        coefficients = np.zeros(len(self.vector))
        coefficients[0] = self.vector[0] / max(self.matrix[0, 0], STEADY)
        return coefficients

    def ridge(self, penalty: float) -> FloatArray:
        diagonal = np.full(len(self.vector), (penalty + STEADY) * max(np.diag(self.matrix)[1:].mean(), STEADY))
        diagonal[0] = STEADY
        solved: FloatArray = np.linalg.solve(self.matrix + np.diag(diagonal), self.vector).astype(float)
        return solved

    def lasso(self, penalties: Sequence[float]) -> list[FloatArray]:
        """Coefficients for penalties in falling order; the constant is profiled out, columns brought to one scale.

        The problem is handed over as k rows that have this Gram matrix, which gives the same solution as n rows.
        """
        top, side = max(self.matrix[0, 0], STEADY), self.matrix[0, 1:]
        inner = self.matrix[1:, 1:] - np.outer(side, side) / top
        scale = np.sqrt(np.maximum(np.diag(inner), STEADY))
        values, vectors = np.linalg.eigh(inner / np.outer(scale, scale))
        root = np.sqrt(np.maximum(values, STEADY))
        pull = (self.vector[1:] - side * self.vector[0] / top) / scale
        rows, target = root[:, None] * vectors.T, (vectors.T @ pull) / root
        noise = np.sqrt(max(self.loss(self.constant()), STEADY) / self.rows)
        alphas = np.array(penalties, dtype=float) * noise / len(rows)
        # scikit-learn takes the tolerance as a share of the target's sum of squares
        tolerance = max(FINEST, NEAR_ENOUGH * noise**2 / max(float(target @ target), STEADY))
        paths = lasso_path(rows, target, alphas=alphas, max_iter=MOST_STEPS, tol=tolerance)[1].T / scale
        return [np.concatenate([[(self.vector[0] - side @ path) / top], path]) for path in paths]


def gram_by_fold(design: FloatArray, target: FloatArray, weight: FloatArray, folds: Folds) -> list[Gram]:
    return [Gram.of(design[rows], target[rows], weight[rows]) for _, rows in folds]


def total(grams: Sequence[Gram]) -> Gram:
    first, *others = grams
    for one in others:
        first = first + one
    return first


def choose_shrinkage(grams: Sequence[Gram], penalties: Mapping[str, Sequence[float]]) -> Shrinkage:
    """The shrinkage with the least loss on left-out folds; the constant alone where nothing does better.

    `penalties` are the grids of `ridge` and `lasso`.
    """
    if grams[0].matrix.shape[0] < 2 or len(grams) < 2:
        return Shrinkage()
    ridges, lassos = sorted(penalties["ridge"]), sorted(penalties["lasso"], reverse=True)
    whole = total(grams)
    losses = np.array([left_out_losses(whole - one, one, ridges, lassos) for one in grams]).sum(axis=0)
    kinds = [Shrinkage(), *(Shrinkage("ridge", one) for one in ridges), *(Shrinkage("lasso", one) for one in lassos)]
    return kinds[int(np.argmin(losses))]


def left_out_losses(learned: Gram, held: Gram, ridges: Sequence[float], lassos: Sequence[float]) -> list[float]:
    solved = [learned.constant(), *(learned.ridge(one) for one in ridges), *learned.lasso(lassos)]
    return [held.loss(one) for one in solved]
