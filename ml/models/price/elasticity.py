"""From evidence of categories to elasticities: pooled, per product, and withheld where prices did not vary.

With k the slope of the own price, l that of the category's price index and s the product's share of the category, the
own elasticity is k + l s, the one to all its substitutes' prices l (1 - s), and that of the category when all its
prices move together k + l: to first order what a nested logit implies (substitution by share within, growth of the
category).
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.model import Model, State
from ml.models.price.evidence import Evidence
from ml.models.price.pooling import Pooled, between_variance, pool
from ml.models.price.weeks import Weeks
from warehouse.errors import NotAvailable

DEFAULTS: Mapping[str, Any] = {
    "min_units": 4.0,
    "min_price_variation": 0.01,
    "min_changed_periods": 2,
    "confidence_rate": 0.95,
}
UNINFORMATIVE = 25.0  # variance of an own slope beyond which a product says nothing about how products differ
PRIOR_CLUSTERS = 20.0  # products after which a category's own scatter counts as much as the shop's
QUANTILES = {0.8: 1.2816, 0.9: 1.6449, 0.95: 1.96, 0.99: 2.5758}
NUMBERS = ("elasticity", "elasticity_error", "cross_elasticity", "cross_error", "together", "together_error")
FACTS = ("units", "share", "price_variation", "changed_periods", "is_identified")
COLUMNS = (
    "unique_id", "category", "elasticity", "elasticity_low", "elasticity_high", "cross_elasticity", "cross_low",
    "cross_high", "together_elasticity", "together_low", "together_high", "price_variation", "changed_periods",
    "is_identified",
)  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """Slopes (2) and their covariance (2 × 2) of one category after pooling."""

    value: FloatArray
    covariance: FloatArray


class Elasticity(Model[Weeks]):
    """Measures slopes of categories, pools them, and answers for each product and category of the data.

    Settings: min_units (units a period a product must sell where unseen prices are assumed), min_price_variation
    (standard deviation of the logarithm of the price, controls taken out), min_changed_periods, confidence_rate.
    """

    name: ClassVar[str]
    table: pd.DataFrame
    found: Mapping[str, Any]

    @abstractmethod
    def measure(self, weeks: Weeks) -> list[Evidence]: ...

    def setting(self, name: str) -> Any:
        return self.recipe.settings.get(name, DEFAULTS.get(name))

    def fit(self, data: Weeks) -> "Elasticity":
        evidence = self.measure(data)
        varied = [one for one in evidence if one.price_variation >= self.setting("min_price_variation")]
        if not varied:
            raise NotAvailable("no product's price varied: elasticity is not identified anywhere")
        pooled = self.share_slopes(varied)
        slopes = {
            one.category: Shared(pooled.value[place], pooled.covariance[place]) for place, one in enumerate(varied)
        }
        spread = self.deviation_between(varied, slopes)
        common = Shared(pooled.mean, np.diag(pooled.between))
        tables = [answer(one, slopes.get(one.category, common), spread, self.setting) for one in evidence]
        self.table = pd.concat(tables, ignore_index=True)
        self.found = {
            "mean_own_slope": float(pooled.mean[0]),
            "mean_index_slope": float(pooled.mean[1]),
            "own_slope_deviation_between_categories": float(np.sqrt(pooled.between[0])),
            "own_slope_deviation_between_products": float(np.sqrt(spread)),
            "categories_identified": len(varied),
            "categories_not_identified": len(evidence) - len(varied),
        }
        return self

    def share_slopes(self, evidence: Sequence[Evidence]) -> Pooled:
        spread = np.stack([one.covariance for one in evidence]) * inflations(evidence)[:, None, None]
        return pool(np.stack([one.slopes for one in evidence]), spread)

    def deviation_between(self, evidence: Sequence[Evidence], slopes: Mapping[str, Shared]) -> float:
        return product_spread(evidence, slopes)

    def score(self, data: Weeks) -> pd.DataFrame:
        """A row per product, then one per category (unique_id empty), alphabetically; numbers only if identified.

        A category's elasticity is the mean of its products' by units; `together_elasticity` is the one when all its
        prices move together. Elasticities are changes of units in % per % of price.
        """
        products = data.frame[["unique_id", "category"]].drop_duplicates()
        categories = pd.DataFrame({"unique_id": "", "category": sorted(products["category"].unique())})
        asked = pd.concat([products, categories], ignore_index=True)
        rows = asked.merge(self.table, "left", ["unique_id", "category"])
        rows["is_identified"] = rows["is_identified"].fillna(0).astype(bool)
        quantile = QUANTILES[float(self.setting("confidence_rate"))]
        for name, short in (("elasticity", "elasticity"), ("cross_elasticity", "cross"), ("together", "together")):
            told = rows[name].where(rows["is_identified"])
            error = quantile * rows[f"{short}_error"]
            rows[f"{short}_low"], rows[f"{short}_high"] = told - error, told + error
            rows["together_elasticity" if name == "together" else name] = told
        return rows[list(COLUMNS)]

    def assumed(self, data: Weeks) -> pd.DataFrame:
        """Own and cross elasticity by product (`unique_id`) also where neither is identified: the pooled mean, never to
        be published, for judging on held-out weeks alone.
        """
        rows = data.frame[["unique_id"]].drop_duplicates().merge(self.table, "left", "unique_id")
        own = rows["elasticity"].fillna(self.found["mean_own_slope"])
        return pd.DataFrame({"unique_id": rows["unique_id"], "own": own, "cross": rows["cross_elasticity"].fillna(0.0)})

    def details(self) -> Mapping[str, Any]:
        return self.found

    def state(self) -> State:
        arrays = {name: self.table[name].to_numpy(dtype=float) for name in (*NUMBERS, *FACTS)}
        names = {name: self.table[name].tolist() for name in ("unique_id", "category")}
        return State(arrays, {"found": dict(self.found), **names})

    def restore(self, state: State) -> None:
        self.found = state.facts["found"]
        names = {name: state.facts[name] for name in ("unique_id", "category")}
        self.table = pd.DataFrame({**names, **{name: state.arrays[name] for name in (*NUMBERS, *FACTS)}})


def inflations(evidence: Sequence[Evidence]) -> FloatArray:
    """Inflation of the variance by category (G), shrunk to their mean: a few clusters tell it badly."""
    own = np.array([one.inflation for one in evidence])
    clusters = np.array([len(one.products) for one in evidence], dtype=float)
    return np.asarray((own * clusters + own.mean() * PRIOR_CLUSTERS) / (clusters + PRIOR_CLUSTERS), dtype=float)


def product_spread(evidence: Sequence[Evidence], slopes: Mapping[str, Shared]) -> float:
    """Variance of the products' own slopes around that of their category, from what their residuals say of it."""
    known = [(one.deviations(slopes[one.category].value), one) for one in evidence]
    value = np.concatenate([deviation["value"] for deviation, _ in known])
    variance = np.concatenate([deviation["variance"] for deviation, _ in known])
    says = np.isfinite(variance) & (variance < UNINFORMATIVE)
    return between_variance(value[says], variance[says])


def answer(evidence: Evidence, slopes: Shared, spread: float, setting: Any) -> pd.DataFrame:
    """Rows of a category's products and of itself, with standard errors."""
    of, found = evidence.products, evidence.deviations(slopes.value)
    kept = spread / (spread + found["variance"].to_numpy(dtype=float))
    reach, share = of["reach"].to_numpy(dtype=float), of["share"].to_numpy(dtype=float)
    varied = evidence.price_variation >= setting("min_price_variation")
    rows = of[["unique_id", "units", "share", "price_variation", "changed_periods"]].assign(
        category=evidence.category,
        elasticity=combine(slopes, reach) + kept * found["value"].to_numpy(dtype=float),
        elasticity_error=np.sqrt(error_of(slopes, reach) ** 2 + spread * (1 - kept)),
        cross_elasticity=slopes.value[1] * (1 - share),
        cross_error=np.sqrt(slopes.covariance[1, 1]) * (1 - share),
        together=np.nan,
        together_error=np.nan,
    )
    rows["is_identified"] = (
        varied
        & (rows["price_variation"] >= setting("min_price_variation"))
        & (rows["changed_periods"] >= setting("min_changed_periods"))
    ).astype(float)
    return pd.concat([rows, answer_category(evidence, slopes, rows, reach, varied)], ignore_index=True)


def answer_category(
    evidence: Evidence, slopes: Shared, rows: pd.DataFrame, reach: FloatArray, varied: bool
) -> pd.DataFrame:
    weight = rows["units"].to_numpy(dtype=float)
    mean_reach = np.array([np.average(reach, weights=weight)])
    is_told = bool(reach.any())
    whole = {
        "unique_id": "",
        "category": evidence.category,
        "elasticity": float(combine(slopes, mean_reach)[0]),
        "elasticity_error": float(error_of(slopes, mean_reach)[0]),
        "cross_elasticity": float(np.average(rows["cross_elasticity"], weights=weight)) if is_told else np.nan,
        "cross_error": float(np.average(rows["cross_error"], weights=weight)),
        "together": float(slopes.value.sum()) if is_told else np.nan,
        "together_error": float(np.sqrt(slopes.covariance.sum())),
        "units": float(weight.sum()),
        "share": 1.0,
        "price_variation": evidence.price_variation,
        "changed_periods": float(rows["changed_periods"].sum()),
        "is_identified": float(varied),
    }
    return pd.DataFrame([whole])


def combine(slopes: Shared, reach: FloatArray) -> FloatArray:
    return np.asarray(slopes.value[0] + slopes.value[1] * reach, dtype=float)


def error_of(slopes: Shared, reach: FloatArray) -> FloatArray:
    of = slopes.covariance
    return np.sqrt(np.maximum(of[0, 0] + 2 * reach * of[0, 1] + reach**2 * of[1, 1], 0.0))
