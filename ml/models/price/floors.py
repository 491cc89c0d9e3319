"""The simple answer: one elasticity for everything."""

from collections.abc import Mapping, Sequence

import numpy as np

from ml.models.price import poisson
from ml.models.price.elasticity import Elasticity, Shared, product_spread
from ml.models.price.evidence import UNKNOWN, Evidence, gather, parts_of
from ml.models.price.hierarchical import without_controls
from ml.models.price.pooling import Pooled, between_variance
from ml.models.price.weeks import Weeks, place_of


class ShopWide(Elasticity):
    """The regression of `hierarchical` over the whole shop at once, without an index: one slope for all products."""

    name = "shop_wide"
    products: float
    categories: float

    def measure(self, weeks: Weeks) -> list[Evidence]:
        parts = parts_of(weeks, self.setting("min_units"))
        rows = np.concatenate([part.rows for part in parts])
        product = place_of(weeks.frame["unique_id"].iloc[rows])
        columns = np.column_stack([weeks.own[rows], weeks.controls[rows]])
        found = poisson.fit(weeks.units[rows], columns, product, place_of(weeks.frame["ds"].iloc[rows]))
        residual = without_controls(found.centred, found.expected)
        ends = np.cumsum([len(part.rows) for part in parts])[:-1]
        pieces = zip(parts, np.split(found.expected, ends), np.split(residual, ends), strict=True)
        slopes, spread = np.array([found.value[0], 0.0]), np.diag([found.covariance[0, 0], UNKNOWN])
        return [
            gather(
                part,
                weeks,
                poisson.Slopes(slopes, spread, found.inflation, expected, found.centred, found.dispersion),
                own,
            )
            for part, expected, own in pieces
        ]

    def share_slopes(self, evidence: Sequence[Evidence]) -> Pooled:
        """Nothing to pool: all categories share the one slope and say nothing of substitutes."""
        slope, variance = evidence[0].slopes[0], evidence[0].covariance[0, 0] * evidence[0].inflation
        value = np.tile([slope, 0.0], (len(evidence), 1))
        covariance = np.tile(np.diag([variance, 0.0]), (len(evidence), 1, 1))
        return Pooled(value, covariance, value[0], np.zeros(2))

    def deviation_between(self, evidence: Sequence[Evidence], slopes: Mapping[str, Shared]) -> float:
        """Products keep the one slope; how far they and categories scatter around it goes into the intervals alone."""
        self.products, self.categories = product_spread(evidence, slopes), category_spread(evidence, slopes)
        return 0.0

    def fit(self, data: Weeks) -> "ShopWide":
        super().fit(data)
        scatter = np.where(self.table["unique_id"] == "", self.categories, self.products)
        self.table["elasticity_error"] = np.sqrt(self.table["elasticity_error"] ** 2 + scatter)
        spreads = {"products": max(self.products - self.categories, 0.0), "categories": self.categories}
        self.found = {
            **self.found,
            **{f"own_slope_deviation_between_{one}": value**0.5 for one, value in spreads.items()},
        }
        return self


def category_spread(evidence: Sequence[Evidence], slopes: Mapping[str, Shared]) -> float:
    """Variance between categories of how far their products together lie from the shared slope."""
    found = [one.deviations(slopes[one.category].value) for one in evidence]
    weight = [1 / one["variance"].to_numpy(dtype=float) for one in found]
    value = np.array([np.average(one["value"], weights=each) for one, each in zip(found, weight, strict=True)])
    return between_variance(value, np.array([1 / each.sum() for each in weight]))
