"""Partially pooled log-log regression: Poisson by category with controls, shrunk over categories and products."""

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.price import poisson
from ml.models.price.elasticity import Elasticity
from ml.models.price.evidence import Evidence, Part, gather, parts_of
from ml.models.price.weeks import Weeks


class Hierarchical(Elasticity):
    """log E[units] = a_product + k log price + l log index of the category + trend + rest of the shop + regressors.

    Each category by Poisson pseudo-maximum likelihood with errors clustered by product and week, slopes pooled over
    categories by empirical Bayes, products around their category likewise.
    """

    name = "hierarchical"

    def measure(self, weeks: Weeks) -> list[Evidence]:
        return [measure_part(weeks, part) for part in parts_of(weeks, self.setting("min_units"))]


def measure_part(weeks: Weeks, part: Part) -> Evidence:
    treatments = part.treatments
    found = poisson.fit(part.units, np.column_stack([treatments, part.controls]), part.product, part.week)
    residual = without_controls(found.centred, found.expected)
    return gather(part, weeks, found, residual)


def without_controls(centred: FloatArray, expected: FloatArray) -> FloatArray:
    """The first column (n) with what the others explain of it taken out, by regression weighted by expected units."""
    root = np.sqrt(expected)[:, None]
    slopes = np.linalg.lstsq(centred[:, 1:] * root, centred[:, 0] * root[:, 0], rcond=None)[0]
    return np.asarray(centred[:, 0] - centred[:, 1:] @ slopes, dtype=float)
