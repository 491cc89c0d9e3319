"""A prediction taken apart: what each column adds to it, so that the parts and the base are the whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.learning.calibration import logit
from ml.learning.metrics import FloatArray

SMALL = 1e-4


@dataclass(frozen=True)
class Parts:
    """Log odds of n predictions: `base`, and what each of p columns adds in each row (`amounts`, n×p)."""

    amounts: FloatArray
    base: float


def carry(amounts: FloatArray, base: float, outer: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Parts (n×p) of outer(base + sum of the row) − outer(base) from parts of the sum; rows add up.

    What a rising function moves is shared in proportion to the parts: Aumann and Shapley's value of a function of a
    sum (integrated gradients: Sundararajan, Taly and Yan 2017, ICML). Where parts cancel out, by the slope at the base.

    >>> carry(np.array([[3.0, 1.0]]), 0.0, np.square).tolist()
    [[12.0, 4.0]]
    """
    moved = amounts.sum(axis=1)
    moved = np.where(np.abs(moved) < SMALL, SMALL, moved)
    slope = (outer(base + moved) - outer(np.array([base]))) / moved
    carried: FloatArray = amounts * slope[:, None]
    return carried


def follow_paths(trees: Any, values: FloatArray) -> Parts:
    """Parts of a scikit-learn tree or forest (n×p values): each split's feature gets what the split moved the chance.

    Path attributions (Saabas 2014), not SHAP: scikit-learn's trees with missing numbers have no exact one. Chances add
    up along paths and over trees, and are carried to log odds.
    """
    grown = getattr(trees, "estimators_", [trees])
    amounts = sum(follow_path(one.tree_, values.astype(np.float32)) for one in grown) / len(grown)
    base = float(np.mean([one.tree_.value[0, 0, 1] for one in grown]))
    return Parts(carry(np.asarray(amounts), base, logit), float(logit([base])[0]))


def follow_path(tree: Any, values: Any) -> FloatArray:
    """Nodes of a path are in order, because a child's number is higher than its parent's."""
    paths = tree.decision_path(values)
    row, node = np.repeat(np.arange(len(values)), np.diff(paths.indptr)), paths.indices
    goes_on = row[1:] == row[:-1]
    chance = tree.value[:, 0, 1]
    moved = (chance[node[1:]] - chance[node[:-1]])[goes_on]
    amounts = np.zeros(values.shape)
    np.add.at(amounts, (row[:-1][goes_on], tree.feature[node[:-1][goes_on]]), moved)
    return amounts


def share_by_grid(grid: FloatArray, cells: tuple[Any, ...]) -> list[FloatArray]:
    """Shapley's values of at most two features in a table of rates, for rows by their steps; every cell counts alike.

    >>> [one.tolist() for one in share_by_grid(np.array([[0.0, 2.0], [4.0, 6.0]]), (np.array([1]), np.array([1])))]
    [[2.0], [1.0]]
    """
    base, own = grid.mean(), grid[cells]
    if len(cells) < 2:
        return [own - base for _ in cells]
    first, second = grid.mean(axis=1)[cells[0]], grid.mean(axis=0)[cells[1]]
    return [(first - base + own - second) / 2, (second - base + own - first) / 2]
