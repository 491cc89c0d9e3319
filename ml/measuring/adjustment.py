"""What an arm would have averaged over everybody, adjusted for covariates and weighted by its chance of being drawn.

Linear in the outcome: with the same arms, covariates and weights the effects on parts of an amount sum to the effect on
the whole.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
MOST_LEVERAGE = 0.9


@dataclass(frozen=True)
class Arm:
    """One arm of a comparison.

    `mean` is its mean outcome at the average covariates of all; `influence` what each of all n rows contributes to the
    error of that mean (0 for the rows of other arms); `residual` the rows' distance from the arm's fit (0 elsewhere);
    `unit_count` the units in the arm, `effective_count` as many equally weighted ones (Kish 1965).
    """

    mean: float
    influence: FloatArray
    residual: FloatArray
    slopes: FloatArray
    unit_count: int
    effective_count: float


def fit_arm(outcome: FloatArray, covariates: FloatArray, weight: FloatArray, units: IntArray, member: BoolArray) -> Arm:
    """Weighted least squares of the arm's outcome on covariates centred over all rows; the intercept is its mean.

    Without covariates the weighted mean (Hájek 1971). Residuals are scaled by one minus the leverage of their unit
    (HC2 of MacKinnon and White 1985; Bell and McCaffrey 2002 for units of many rows, by the trace of their block), so
    that without weights and covariates the sum of squared influences is s²/n exactly.
    """
    rows = np.flatnonzero(member)
    design = np.column_stack([np.ones(len(rows)), covariates[rows]])
    inverse = np.linalg.pinv((design * weight[rows, None]).T @ design, hermitian=True)
    slopes = inverse @ (design.T @ (weight[rows] * outcome[rows]))
    residual = outcome[rows] - design @ slopes
    leverage = weight[rows] * np.einsum("ij,jk,ik->i", design, inverse, design)
    _, own = np.unique(units[rows], return_inverse=True)
    kept = 1 - np.minimum(np.bincount(own, leverage)[own], MOST_LEVERAGE)
    residual = residual / np.sqrt(kept)
    unit_weight = np.bincount(own, weight[rows])
    return Arm(
        mean=float(slopes[0]),
        influence=spread(design @ inverse[:, 0] * weight[rows] * residual, rows, len(outcome)),
        residual=spread(residual, rows, len(outcome)),
        slopes=slopes[1:],
        unit_count=len(unit_weight),
        effective_count=float(unit_weight.sum() ** 2 / max((unit_weight**2).sum(), 1e-300)),
    )


def spread(values: FloatArray, rows: npt.NDArray[np.intp], length: int) -> FloatArray:
    everywhere = np.zeros(length)
    everywhere[rows] = values
    return everywhere


def pooled_slopes(outcome: FloatArray, covariates: FloatArray, treated: BoolArray, weight: FloatArray) -> FloatArray:
    """Slopes common to both arms, each arm around its own mean: CUPED's theta (Deng et al. 2013, eq. 4).

    >>> pre = np.array([[1.0], [2.0], [1.0], [2.0]])
    >>> pooled_slopes(np.array([3.0, 6.0, 1.0, 4.0]), pre, np.array([True, True, False, False]), np.ones(4)).round(9)
    array([3.])
    """
    arms = np.column_stack([treated, ~treated]).astype(float)
    design = np.column_stack([arms, covariates])
    root = np.sqrt(weight)
    solution, *_ = np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)
    return np.asarray(solution[2:], dtype=float)


def complete_covariates(covariates: npt.ArrayLike | None, rows: int) -> FloatArray:
    """Covariates as n × p floats centred at 0, scaled to deviation 1, without constant or repeated columns.

    A missing value is the column's mean, and a column of its own says that it was missing: both are known before the
    arms are drawn, so neither biases the comparison (Zhao and Ding 2024).

    >>> complete_covariates([[1.0, 5.0], [np.nan, 5.0], [3.0, 5.0]], 3).round(2).tolist()
    [[-1.22, -0.71], [0.0, 1.41], [1.22, -0.71]]
    """
    if covariates is None:
        return np.empty((rows, 0))
    given = np.asarray(covariates, dtype=float).reshape(rows, -1)
    is_missing = ~np.isfinite(given)
    counted = np.maximum((~is_missing).sum(axis=0), 1)
    filled = np.where(is_missing, np.where(is_missing, 0.0, given).sum(axis=0) / counted, given)
    columns = np.column_stack([filled, np.unique(is_missing, axis=1)])
    centred = columns - columns.mean(axis=0)
    deviation = centred.std(axis=0)
    varies = deviation > 1e-12 * np.maximum(np.abs(columns).max(axis=0, initial=0.0), 1e-300)
    return np.asarray(centred[:, varies] / deviation[varies], dtype=float)
