"""Measures of association between two products of a basket, as candidates that name each product's best partners."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import special

from ml.learning.metrics import FloatArray
from ml.models.bundles.baskets import Baskets, Counts, count_pairs
from ml.models.contract import Recipe
from ml.models.model import Model, State

COUNTED = ("single", "first", "second", "both")


class Association(Model[Baskets]):
    """Learns how often products share a basket; scores are the `partners` best partners of each product asked about.

    Columns: product_id, partner_id, rank (from 1), score (of the measure, up is better), baskets and partner_baskets
    (with either), both (with both), expected (with both by popularity alone), size (all baskets learned from).
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.settings: dict[str, Any] = dict(recipe.settings)
        self.counts: Counts | None = None

    def setting(self, name: str, usual: float) -> float:
        return float(self.settings.get(name, usual))

    def fit(self, data: Baskets) -> Self:
        most, least = self.setting("most_products", 2000), self.setting("least_together", 3)
        self.counts = count_pairs(data, int(most), int(least))
        return self

    @abstractmethod
    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:
        """How strongly P pairs belong together, by baskets with both, with the product, with the partner, and all."""

    def score(self, data: Baskets) -> pd.DataFrame:
        counts = self.fitted()
        frame = both_ways(counts)
        own, partner, both = (frame[name].to_numpy(float) for name in ("baskets", "partner_baskets", "both"))
        frame["score"] = self.measure(both, own, partner, counts.size)
        wanted = frame["product_id"].isin(data.products) & np.isfinite(frame["score"])
        order = frame[wanted].sort_values(
            ["product_id", "score", "both", "partner_id"], ascending=[True, False, False, True]
        )
        order.insert(2, "rank", order.groupby("product_id").cumcount() + 1)
        return order[order["rank"] <= int(self.setting("partners", 3))].reset_index(drop=True)

    def fitted(self) -> Counts:
        if self.counts is None:
            raise ValueError(f"{self.name} has not been fitted")
        return self.counts

    def details(self) -> dict[str, Any]:
        counts = self.fitted()
        return {"baskets": counts.size, "products": len(counts.products), "pairs": len(counts.both)}

    def state(self) -> State:
        counts = self.fitted()
        arrays = {"products": counts.products.astype(str), **{name: getattr(counts, name) for name in COUNTED}}
        return State(arrays, {"size": counts.size})

    def restore(self, state: State) -> None:
        arrays = {name: state.arrays[name] for name in COUNTED}
        self.counts = Counts(state.arrays["products"], int(state.facts["size"]), **arrays)


def both_ways(counts: Counts) -> pd.DataFrame:
    """Each pair from either side."""
    own = np.r_[counts.first, counts.second]
    partner = np.r_[counts.second, counts.first]
    return pd.DataFrame(
        {
            "product_id": counts.products[own].astype(object),
            "partner_id": counts.products[partner].astype(object),
            "baskets": counts.single[own],
            "partner_baskets": counts.single[partner],
            "both": np.r_[counts.both, counts.both],
            "expected": np.r_[counts.expected, counts.expected],
            "size": counts.size,
        }
    )


class Popular(Association):
    """The best seller among what was ever bought with it."""

    name = "popular"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:  # noqa: ARG002
        return partner


class MostBought(Association):
    """The most bought pairs: by baskets with both, which for one product is the order of confidence."""

    name = "most_bought"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:  # noqa: ARG002
        return n


class Apriori(Association):
    """Rules by confidence n / own, of those with a least support and a least lift.

    Source: Agrawal, Imieliński and Swami (1993), Mining association rules between sets of items in large databases.
    """

    name = "apriori"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:
        is_rule = (n / size >= self.setting("least_support", 0.0)) & (
            n * size >= self.setting("least_lift", 1.2) * own * partner
        )
        return np.where(is_rule, n / own, -np.inf)


class Lift(Association):
    """Baskets with both over those that popularity tells, drawn to 1 as if `shrinkage` more had come as expected.

    Source: DuMouchel (1999), Bayesian data mining in large frequency tables: the mean of a gamma posterior.
    """

    name = "lift"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:
        return shrunk_lift(n, own * partner / size, self.setting("shrinkage", 20))


def shrunk_lift(both: FloatArray, expected: FloatArray, shrinkage: float) -> FloatArray:
    """(n + s) / (E + s) of P pairs.

    >>> shrunk_lift(np.array([30.0, 3.0]), np.array([10.0, 1.0]), 10).round(2).tolist()
    [2.0, 1.18]
    """
    return np.asarray((both + shrinkage) / np.maximum(expected + shrinkage, 1e-12))


class Cosine(Association):
    """n / sqrt(own · partner), with `shrinkage` baskets more under the root."""

    name = "cosine"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:  # noqa: ARG002
        return n / (np.sqrt(own * partner) + self.setting("shrinkage", 20))


class Jaccard(Association):
    """Baskets with both over those with either, with `shrinkage` baskets more below."""

    name = "jaccard"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:  # noqa: ARG002
        return n / (own + partner - n + self.setting("shrinkage", 20))


class LogLikelihood(Association):
    """The signed log-likelihood ratio G² of independence: how surely, not how strongly, two belong together.

    Source: Dunning (1993), Accurate methods for the statistics of surprise and coincidence.
    """

    name = "log_likelihood"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:
        cells = (n, own - n, partner - n, size - own - partner + n)
        sums = (own * partner, own * (size - partner), (size - own) * partner, (size - own) * (size - partner))
        found = 2 * sum(
            special.xlogy(cell, cell) - special.xlogy(cell, by / size) for cell, by in zip(cells, sums, strict=True)
        )
        return np.asarray(np.where(n * size >= own * partner, found, -found))


class Leverage(Association):
    """Baskets with both beyond those that popularity tells: many and unusual at once.

    Source: Piatetsky-Shapiro (1991), Discovery, analysis, and presentation of strong rules.
    """

    name = "leverage"

    def measure(self, n: FloatArray, own: FloatArray, partner: FloatArray, size: int) -> FloatArray:
        return n - own * partner / size
