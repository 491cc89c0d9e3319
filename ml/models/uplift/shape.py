"""Response to depth as shops know it: more discount never works less, and each step works less than the last."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput


@dataclass(frozen=True, eq=False)
class Response:
    """start + Σ slope · min(depth, knot): rising and concave, level beyond the last knot; slopes are never negative."""

    knots: FloatArray
    slopes: FloatArray
    start: float = 0.0

    def at(self, depth: FloatArray) -> FloatArray:
        """The response at n depths, in the unit of the response learned from.

        >>> Response(np.array([0.2, 0.4]), np.array([1.0, 2.0])).at(np.array([0.1, 0.4, 0.9])).round(3).tolist()
        [0.3, 1.0, 1.0]
        """
        risen: FloatArray = self.start + np.minimum.outer(np.asarray(depth, dtype=float), self.knots) @ self.slopes
        return risen


def fit_response(
    depth: FloatArray, response: FloatArray, weight: FloatArray | None = None, has_start: bool = False
) -> Response:
    """The rising concave response nearest to n observed ones in (weighted) squares.

    Every rising, concave, piecewise linear function through 0 is a sum of min(depth, knot) with coefficients that are
    not negative, so non-negative least squares finds the best of all. `has_start` lets a depth of 0 have an effect of
    its own (of the message). Sources: concave regression, Hildreth 1954, JASA 49(267); the solver, Lawson and Hanson
    1974, ch. 23. BadInput where a depth is negative or nothing was observed.

    >>> depth = np.array([0.1, 0.2, 0.3])
    >>> fit_response(depth, np.array([2.0, 3.0, 3.0])).at(depth).round(6).tolist()
    [2.0, 3.0, 3.0]
    """
    depth, response = np.asarray(depth, dtype=float), np.asarray(response, dtype=float)
    if len(depth) == 0 or not (depth >= 0).all() or not (depth > 0).any():
        raise BadInput("a response to depth needs observed depths that are not negative and not all 0")
    root = np.sqrt(np.ones(len(depth)) if weight is None else np.asarray(weight, dtype=float))
    knots = np.unique(depth[depth > 0])
    basis = np.minimum.outer(depth, knots)
    if has_start:
        # a start of either sign as the difference of two columns that are not negative
        basis = np.column_stack([basis, np.ones(len(depth)), -np.ones(len(depth))])
    found = nnls(basis * root[:, None], response * root)[0]
    start = float(found[-2] - found[-1]) if has_start else 0.0
    return Response(knots, found[: len(knots)], start)
