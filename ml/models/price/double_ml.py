"""Double machine learning with a log link: boosted trees say what prices and units would be, residuals say the slope.

Partially linear: E[units] = exp(a_product + t b + g(x)), t own price and category index, x week, controls and product.
g and m(x) = E[t | x] are LightGBM on other blocks of time (cross-fitting), and b solves sum (t - m) (units - expected)
= 0, which a small error of either changes only by the product of both (Neyman orthogonality). Source: Chernozhukov et
al. (2018), Double/debiased machine learning; the log link as in Santos Silva and Tenreyro (2006).
"""

from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.price import poisson
from ml.models.price.elasticity import Elasticity
from ml.models.price.evidence import Evidence, Part, gather, parts_of
from ml.models.price.hierarchical import measure_part, without_controls
from ml.models.price.weeks import IntArray, Weeks, mean_of

TREES = {
    "rounds": 80, "learning_rate": 0.08, "num_leaves": 15, "min_data_in_leaf": 40, "feature_fraction": 0.8, "folds": 4,
}  # fmt: skip
STEPS, ENOUGH = 25, 1e-8


@dataclass(frozen=True)
class Nuisances:
    """Cross-fitted by row of the weeks: expected treatments (n × 2), and logarithm of units without prices (n)."""

    treatments: FloatArray
    baseline: FloatArray


class DoubleML(Elasticity):
    """Residuals on residuals by category, pooled as in `hierarchical`. Further settings: those of TREES."""

    name = "double_ml"

    def measure(self, weeks: Weeks) -> list[Evidence]:
        parts = parts_of(weeks, self.setting("min_units"))
        first = [measure_part(weeks, part) for part in parts]
        nuisances = self.cross_fit(weeks, parts, first)
        return [self.measure_one(weeks, part, one, nuisances) for part, one in zip(parts, first, strict=True)]

    def cross_fit(self, weeks: Weeks, parts: list[Part], first: list[Evidence]) -> Nuisances:
        """Each block of consecutive weeks is predicted by what the others teach."""
        rows = np.concatenate([part.rows for part in parts])
        offset = np.concatenate(
            [part.own * one.slopes[0] + part.index * one.slopes[1] for part, one in zip(parts, first, strict=True)]
        )
        x = features(weeks, rows)
        treatments = np.column_stack([weeks.own[rows], weeks.index[rows]])
        expected, baseline = np.zeros((len(weeks.frame), 2)), np.zeros(len(weeks.frame))
        folds = int(self.tree("folds"))
        block = weeks.week[rows] * folds // (int(weeks.week.max()) + 1)
        for fold in range(folds):
            here, there = block == fold, block != fold
            if not here.any() or not there.any():
                continue
            for column in range(2):
                booster = self.boost(x[there], treatments[there, column], "regression", None)
                expected[rows[here], column] = booster.predict(x[here])
            level = product_level(weeks.units[rows], offset, weeks.product[rows], there)
            booster = self.boost(x[there], weeks.units[rows][there], "poisson", (offset + level)[there])
            baseline[rows[here]] = booster.predict(x[here], raw_score=True)
        return Nuisances(expected, baseline)

    def boost(self, x: pd.DataFrame, y: FloatArray, objective: str, start: FloatArray | None) -> lightgbm.Booster:
        terms = {
            name: self.tree(name) for name in ("learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction")
        }
        fixed = {"objective": objective, "seed": self.recipe.seed, "num_threads": 1, "deterministic": True,
                 "force_row_wise": True, "verbosity": -1, "boost_from_average": start is None}  # fmt: skip
        data = lightgbm.Dataset(x, y, init_score=start)
        return lightgbm.train({**terms, **fixed}, data, int(self.tree("rounds")))

    def tree(self, name: str) -> Any:
        return self.recipe.settings.get(name, TREES[name])

    def measure_one(self, weeks: Weeks, part: Part, first: Evidence, nuisances: Nuisances) -> Evidence:
        """Newton's method on the orthogonal moments, from the regression's slopes.

        Whether prices varied is the regression's finding: what trees leave of a price that never moved is their own
        noise.
        """
        treatments = part.treatments
        size = treatments.shape[1]
        residual = treatments - nuisances.treatments[part.rows][:, :size]
        offset, slopes = nuisances.baseline[part.rows], first.slopes[:size]
        for _ in range(STEPS):
            expected, centred, jacobian = moments(part, offset, treatments, residual, slopes)
            step = np.linalg.pinv(jacobian) @ (centred.T @ (part.units - expected))
            slopes = slopes + np.clip(step, -1, 1)
            if np.abs(step).max() < ENOUGH:
                break
        expected, centred, jacobian = moments(part, offset, treatments, residual, slopes)
        found = poisson.conclude(slopes, part.units, expected, centred, jacobian, part.product, part.week)
        own = without_controls(centred, expected) if size > 1 else centred[:, 0]
        learned = gather(part, weeks, found, own)
        return replace(learned, price_variation=first.price_variation, products=first.products)


def moments(
    part: Part, offset: FloatArray, treatments: FloatArray, residual: FloatArray, slopes: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected units (n), residuals centred within products (n × d), and how the moments move with slopes (d × d)."""
    expected = poisson.expect(offset + treatments @ slopes, part.units, part.product)
    centred = poisson.centre(residual, expected, part.product)
    moved = poisson.centre(treatments, expected, part.product) * expected[:, None]
    return expected, centred, np.asarray(centred.T @ moved, dtype=float)


def features(weeks: Weeks, rows: IntArray) -> pd.DataFrame:
    """What nuisances are learned from: time, controls, category, and the product's size."""
    frame = weeks.frame.iloc[rows]
    columns = {name: weeks.controls[rows, place] for place, name in enumerate(weeks.control_names)}
    category = pd.Categorical(frame["category"], categories=sorted(weeks.frame["category"].unique()))
    size = np.log1p(mean_of(weeks.units, weeks.product)[rows])
    return pd.DataFrame({**columns, "size": size, "season": frame["ds"].dt.isocalendar().week.to_numpy(float)}).assign(
        category=category
    )


def product_level(units: FloatArray, offset: FloatArray, product: IntArray, there: "np.ndarray") -> FloatArray:
    """Logarithm (n) of each product's units over what the offset says, from the rows that are learned from."""
    sold = np.bincount(product, weights=units * there) + 0.5
    said = np.bincount(product, weights=np.exp(offset) * there) + 0.5
    return np.asarray(np.log(sold / said)[product], dtype=float)
