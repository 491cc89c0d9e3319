"""Response to depth as shops know it: more discount never works less, and each step works less than the last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput

MENU = 11  # depths at which a model is asked
MOST_BENT = 2.0  # a model that would have to be bent further is not understood


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


@dataclass(frozen=True, eq=False)
class DepthShape:
    """What a model's effects are multiplied by at each depth, so that on average they rise and bend down with it."""

    feature: str
    depths: FloatArray
    factor: FloatArray

    @classmethod
    def fit(cls, feature: str, features: pd.DataFrame, effect: Callable[[pd.DataFrame], FloatArray]) -> "DepthShape":
        """From a sample of n raw rows and the model's effect: the same rows are asked at each usual depth, so that who
        got deep offers plays no part. Source of the average: partial dependence, Friedman 2001, Annals of Stat. 29(5).
        """
        known = features[feature].to_numpy(dtype=float)
        depths = np.unique(np.quantile(known[np.isfinite(known) & (known > 0)], np.linspace(0, 1, MENU)))
        asked = np.array([effect(features.assign(**{feature: depth})).mean() for depth in depths])
        wanted = fit_response(depths, asked, has_start=True).at(depths)
        is_sure = (asked > 0) & (wanted > 0)
        ratio = np.where(is_sure, wanted / np.where(is_sure, asked, 1), 1.0)
        return cls(feature, depths, np.clip(ratio, 1 / MOST_BENT, MOST_BENT))

    def at(self, features: pd.DataFrame) -> FloatArray:
        """The factor of n rows; 1 where the depth is unknown."""
        depth = features[self.feature].to_numpy(dtype=float)
        found: FloatArray = np.interp(depth, self.depths, self.factor)
        return np.where(np.isfinite(depth), found, 1.0)

    def as_json(self) -> dict[str, Any]:
        return {"feature": self.feature, "depths": self.depths.tolist(), "factor": self.factor.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "DepthShape":
        return cls(content["feature"], np.array(content["depths"]), np.array(content["factor"]))
