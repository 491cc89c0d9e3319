"""Products, the groups they form and everything together: sums of series, and forecasts that add up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from ml.learning.metrics import FloatArray
from ml.models.demand.series import Panel
from warehouse.errors import BadInput

PRODUCT, TOTAL = "product", "total"


@dataclass(frozen=True)
class Hierarchy:
    """M groups over N series: `sums` (M × N, 0/1) adds them up; `levels` and `ids` (M) name the groups."""

    levels: np.ndarray
    ids: np.ndarray
    sums: sparse.csr_matrix


def hierarchy_of(panel: Panel, levels: Sequence[str]) -> Hierarchy:
    """Total first, then the groups of each named attribute; series without the attribute are only in the total."""
    count = len(panel.ids)
    parts, names, ids = [np.ones((1, count))], [TOTAL], [TOTAL]
    for level in levels:
        if level not in panel.attributes:
            raise BadInput(f"there is no column of text {level} to group by; there are {', '.join(panel.attributes)}")
        code, found = pd.factorize(panel.attributes[level], sort=True)
        kept = np.flatnonzero(found != "")
        parts.append((code == kept[:, None]).astype(float))
        names += [level] * len(kept)
        ids += list(found[kept])
    return Hierarchy(np.array(names, dtype=object), np.array(ids, dtype=object), sparse.csr_matrix(np.vstack(parts)))


def sum_up(panel: Panel, hierarchy: Hierarchy) -> Panel:
    """The groups as series of their own: units added, regressors averaged by what their products usually sell."""
    weight = panel.y[:, -26:].mean(axis=1) + 1e-6

    def averaged(values: FloatArray) -> FloatArray:
        is_known = np.isfinite(values)
        total = hierarchy.sums @ (weight[:, None] * np.nan_to_num(values))
        share = hierarchy.sums @ (weight[:, None] * is_known)
        return np.divide(total, share, out=np.full(total.shape, np.nan), where=share > 0)

    return replace(
        panel,
        ids=hierarchy.ids,
        y=np.asarray(hierarchy.sums @ panel.y),
        regressors={name: averaged(values) for name, values in panel.regressors.items()},
        attributes={},
    )


def bottom_up(hierarchy: Hierarchy, bottom: FloatArray) -> FloatArray:
    """Forecasts of the groups (M × H) as sums of those of their series (N × H)."""
    return np.asarray(hierarchy.sums @ bottom)


def mint_shrink(hierarchy: Hierarchy, upper: FloatArray, bottom: FloatArray, errors: FloatArray) -> FloatArray:
    """Forecasts of the series (N × H) moved so that groups and series agree, each as far as its errors are large.

    `errors` (M + N × K) are forecast errors of groups and series on past periods. Source: Wickramasuriya,
    Athanasopoulos and Hyndman (2019), Optimal forecast reconciliation, with the covariance shrunk to its diagonal as
    Schäfer and Strimmer (2005); below 0 is cut to 0, so that groups are summed anew.
    """
    constraint = sparse.hstack([sparse.identity(len(upper)), -hierarchy.sums]).tocsr()
    base = np.vstack([upper, bottom])
    spread, share = shrinkage(errors)
    within = constraint.multiply(spread).tocsr() * share
    joint = within @ constraint.T
    centred = errors / np.sqrt(max(1, errors.shape[1]))
    crossed = constraint @ centred
    covariance = (1 - share) * crossed @ centred.T + within.toarray()
    inner = (1 - share) * crossed @ crossed.T + joint.toarray()
    inner += 1e-9 * np.trace(inner) / len(inner) * np.eye(len(inner))
    moved = base - covariance.T @ np.linalg.solve(inner, constraint @ base)
    return np.maximum(moved[len(upper) :], 0)


def shrinkage(errors: FloatArray) -> tuple[FloatArray, float]:
    """Variances (S) of errors (S × K) about 0, and the share by which correlations are shrunk to none, 0-1."""
    count = errors.shape[1]
    variance = np.mean(np.square(errors), axis=1)
    variance = np.maximum(variance, 1e-3 * variance.mean() + 1e-12)
    if count < 3:
        return variance, 1.0
    scaled = errors / np.sqrt(variance)[:, None]
    square = scaled**2
    correlation = scaled @ scaled.T / count
    doubt = (square @ square.T - count * correlation**2) / (count * (count - 1))
    np.fill_diagonal(doubt, 0)
    np.fill_diagonal(correlation, 0)
    return variance, float(np.clip(doubt.sum() / max(np.square(correlation).sum(), 1e-12), 0, 1))
