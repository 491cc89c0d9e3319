"""What one category's weeks say by themselves about its elasticities, before anything is borrowed from others."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.price.poisson import Slopes, centre, expect
from ml.models.price.weeks import IntArray, Weeks, place_of

UNKNOWN = 100.0  # variance of a slope of which the data say nothing
CHANGED = 0.01  # a price that is so far (logarithm) from the product's usual one was changed


@dataclass(frozen=True)
class Part:
    """The rows (n) of one category that are learned from."""

    category: str
    rows: IntArray
    product: IntArray
    week: IntArray
    units: FloatArray
    own: FloatArray
    index: FloatArray
    share: FloatArray
    controls: FloatArray

    @property
    def has_index(self) -> bool:
        """Whether the category's index moves otherwise than the own prices: not where it has one product."""
        return len(np.unique(self.product)) > 1 and bool(np.ptp(self.index) > 0)

    @property
    def treatments(self) -> FloatArray:
        """Own price, and the category's index where it says more (n × 1 or 2)."""
        return np.column_stack([self.own, self.index] if self.has_index else [self.own])


@dataclass(frozen=True)
class Evidence:
    """Slopes (2: own price, category index) with covariance (2 × 2, as if units were independent; `inflation` by how
    much clusters enlarge it), and the rows (n) that they were learned from.

    `expected` are units at the slopes, `residual` the own price with all else taken out. `products` has unique_id,
    share, units, reach (share, or 0 without an index), price_variation and changed_periods, in the order of
    `part.product`.
    """

    part: Part
    slopes: FloatArray
    covariance: FloatArray
    inflation: float
    dispersion: float
    expected: FloatArray
    residual: FloatArray
    price_variation: float
    products: pd.DataFrame

    @property
    def category(self) -> str:
        return self.part.category

    def deviations(self, slopes: FloatArray) -> pd.DataFrame:
        """One Newton step per product from other slopes (2): value and variance of its own deviation from the first."""
        part, moved = self.part, slopes - self.slopes
        shift = moved[0] * part.own + moved[1] * (part.index if part.has_index else 0.0)
        expected = expect(np.log(np.maximum(self.expected, 1e-12)) + shift, part.units, part.product)
        residual = centre(self.residual[:, None], expected, part.product)[:, 0]
        information = np.maximum(by_product(expected * residual**2, part), 1e-12)
        score = by_product((part.units - expected) * residual, part)
        return pd.DataFrame({"value": score / information, "variance": self.dispersion / information})


def parts_of(weeks: Weeks, min_units: float) -> list[Part]:
    """The categories' rows of products whose prices are known; index and shares are those of all products."""
    steady = np.flatnonzero(weeks.is_steady(min_units))
    category = weeks.frame["category"].to_numpy()[steady]
    return [part_of(weeks, str(name), steady[category == name]) for name in np.unique(category)]


def part_of(weeks: Weeks, category: str, rows: IntArray) -> Part:
    return Part(
        category,
        rows,
        place_of(pd.Series(weeks.product[rows])),
        place_of(pd.Series(weeks.week[rows])),
        weeks.units[rows],
        weeks.own[rows],
        weeks.index[rows],
        weeks.share[rows],
        weeks.controls[rows],
    )


def gather(part: Part, weeks: Weeks, found: Slopes, residual: FloatArray) -> Evidence:
    """Evidence from slopes of the treatments (1 or 2) and the own price with all else taken out (n)."""
    full, spread = np.zeros(2), np.diag([0.0, UNKNOWN])
    size = part.treatments.shape[1]
    full[:size], spread[:size, :size] = found.value[:size], found.covariance[:size, :size]
    information, total = by_product(found.expected * residual**2, part), by_product(found.expected, part)
    first = np.unique(part.product, return_index=True)[1]
    products = pd.DataFrame(
        {
            "unique_id": weeks.frame["unique_id"].to_numpy()[part.rows][first],
            "share": part.share[first],
            "units": by_product(part.units, part),
            "reach": part.share[first] if part.has_index else 0.0,
            "price_variation": np.sqrt(information / np.maximum(total, 1e-12)),
            "changed_periods": by_product((np.abs(part.own - usual_of(part)) > CHANGED).astype(float), part),
        }
    )
    variation = float(np.sqrt(information.sum() / max(float(total.sum()), 1e-12)))
    return Evidence(
        part, full, spread, found.inflation, found.dispersion, found.expected, residual, variation, products
    )


def usual_of(part: Part) -> FloatArray:
    """Each row's median own price (n) of its product."""
    return np.asarray(pd.Series(part.own).groupby(part.product).transform("median"), dtype=float)


def by_product(values: FloatArray, part: Part) -> FloatArray:
    return np.asarray(np.bincount(part.product, weights=values), dtype=float)
