"""Ridge regression whose penalty is chosen by cross-validation, up to "nothing but the constant".

Everything is done on Gram matrices, one per fold: their sums give each training part, so a grid of penalties costs a
few small linear systems. The first design column is the constant and is never penalised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.uplift.folds import Folds

STEADY = 1e-9


@dataclass(frozen=True, eq=False)
class Gram:
    """Σ w d dᵀ (k×k), Σ w d y (k) and Σ w y² of weighted rows of a design d and a target y."""

    matrix: FloatArray
    vector: FloatArray
    square: float

    @classmethod
    def of(cls, design: FloatArray, target: FloatArray, weight: FloatArray) -> "Gram":
        weighted = design * weight[:, None]
        return cls(weighted.T @ design, weighted.T @ target, float((weight * target**2).sum()))

    def __add__(self, other: "Gram") -> "Gram":
        return Gram(self.matrix + other.matrix, self.vector + other.vector, self.square + other.square)

    def loss(self, coefficients: FloatArray) -> float:
        """Σ w (y − d·β)².

        >>> Gram.of(np.ones((2, 1)), np.array([1.0, 3.0]), np.ones(2)).loss(np.array([2.0]))
        2.0
        """
        fitted = coefficients @ self.matrix @ coefficients - 2 * coefficients @ self.vector
        return float(self.square + fitted)

    def solve(self, penalty: float) -> FloatArray:
        """Coefficients with a penalty in multiples of the penalised columns' mean diagonal; inf: constant only."""
        coefficients = np.zeros(len(self.vector))
        if np.isinf(penalty) or len(coefficients) == 1:
            coefficients[0] = self.vector[0] / max(self.matrix[0, 0], STEADY)
            return coefficients
        diagonal = np.full(len(coefficients), (penalty + STEADY) * max(np.diag(self.matrix)[1:].mean(), STEADY))
        diagonal[0] = STEADY
        solved: FloatArray = np.linalg.solve(self.matrix + np.diag(diagonal), self.vector).astype(float)
        return solved


def gram_by_fold(design: FloatArray, target: FloatArray, weight: FloatArray, folds: Folds) -> list[Gram]:
    return [Gram.of(design[rows], target[rows], weight[rows]) for _, rows in folds]


def total(grams: Sequence[Gram]) -> Gram:
    first, *others = grams
    for one in others:
        first = first + one
    return first


def choose_penalty(grams: Sequence[Gram], penalties: Sequence[float]) -> float:
    """The penalty with the least loss on left-out folds; the constant alone unless a smaller penalty beats it clearly.

    Clearly: the mean gain per fold over the constant exceeds its standard error, so that noise is not taken for
    differences between customers. Source: the one-standard-error rule, Breiman et al. 1984, ch. 3.
    """
    whole = total(grams)
    ordered = sorted({float(one) for one in penalties} | {np.inf})
    losses = np.array([[one.loss(without(whole, one).solve(penalty)) for one in grams] for penalty in ordered])
    best = int(np.argmin(losses.sum(axis=1)))
    gain = losses[-1] - losses[best]
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
    return ordered[best] if gain.mean() > error else np.inf


def without(whole: Gram, part: Gram) -> Gram:
    return Gram(whole.matrix - part.matrix, whole.vector - part.vector, whole.square - part.square)
