"""What recommending needs to know of today's goods: elasticities, usual units, and what a cut takes from others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.models.price.elasticity import QUANTILES
from ml.models.price.weeks import Weeks

ENDS = ("elasticity", "elasticity_low", "elasticity_high")
PRODUCT, CATEGORY, NONE = "product", "category", "none"


@dataclass(frozen=True)
class Terms:
    """Newest weeks that tell usual units, whether a product without an elasticity of its own borrows its category's,
    and the standard deviation of products around their category.
    """

    base_weeks: int
    borrows: bool
    deviation: float
    confidence: float = 0.95


def goods_of_today(shelf: pd.DataFrame, weeks: Weeks, told: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """A row per product of the shelf, as recommend_prices wants it, with `elasticity_level` and `category`.

    `shelf` has unique_id, category, price, cost and guardrail facts; `told` is what Elasticity.score gave of the weeks.
    Units are those of an average of the newest weeks, moved to today's price.
    """
    goods = shelf.merge(elasticities(shelf, told, terms), on="unique_id")
    goods = goods.merge(usual_units(weeks, goods, terms.base_weeks), on="unique_id")
    return goods.assign(**spill(goods, weeks, told))


def elasticities(shelf: pd.DataFrame, told: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """The product's own, or its category's with how far products lie from it in the interval, or none."""
    known = told[told["is_identified"]]
    own = shelf[["unique_id"]].merge(known[known["unique_id"] != ""][["unique_id", *ENDS]], "left", "unique_id")
    whole = shelf[["category"]].merge(known[known["unique_id"] == ""][["category", *ENDS]], "left", "category")
    half = np.hypot(
        (whole["elasticity_high"] - whole["elasticity_low"]) / 2, QUANTILES[terms.confidence] * terms.deviation
    )
    whole = whole.assign(elasticity_low=whole["elasticity"] - half, elasticity_high=whole["elasticity"] + half)
    is_own = own["elasticity"].notna().to_numpy()
    is_lent = ~is_own & whole["elasticity"].notna().to_numpy() & terms.borrows
    found: dict[str, Any] = {name: np.where(is_own, own[name], np.where(is_lent, whole[name], np.nan)) for name in ENDS}
    level = np.select([is_own, is_lent], [PRODUCT, CATEGORY], NONE)
    return pd.DataFrame({"unique_id": shelf["unique_id"], **found, "elasticity_level": level})


def usual_units(weeks: Weeks, goods: pd.DataFrame, base_weeks: int) -> pd.DataFrame:
    """Units a week at today's price: the mean of the newest weeks, each moved there by the elasticity."""
    newest = weeks.frame["ds"].max() - pd.Timedelta(weeks=base_weeks - 1)
    recent = weeks.frame.loc[weeks.frame["ds"] >= newest, ["unique_id", "price", "units"]]
    at_once = recent.merge(goods[["unique_id", "price", "elasticity"]], on="unique_id", suffixes=("_then", ""))
    moved = (at_once["price"] / at_once["price_then"]) ** at_once["elasticity"].fillna(0.0)
    mean = (at_once["units"] * moved).groupby(at_once["unique_id"]).mean()
    return mean.rename("units").rename_axis("unique_id").reset_index()


def spill(goods: pd.DataFrame, weeks: Weeks, told: pd.DataFrame) -> dict[str, pd.Series]:
    """How the margin of the category's other products (currency a week) answers to this product's price.

    The elasticity of the others' units to one price is the index's slope times the product's share; a cut never helps
    the others here, because complements cannot be told from noise.
    """
    share = pd.Series(weeks.share, index=weeks.frame["unique_id"]).groupby(level=0).first()
    own = goods["unique_id"].map(share)
    cross = goods["unique_id"].map(told.set_index("unique_id")["cross_elasticity"].drop("", errors="ignore"))
    whole = told[told["unique_id"] == ""].set_index("category")
    slope = goods["category"].map(whole["together_elasticity"] - whole["elasticity"])
    slope = (cross / (1 - own)).where(own < 1).fillna(slope)
    margin = (goods["price"] - goods["cost"]) * goods["units"]
    total = margin.groupby(goods["category"]).transform("sum")
    return {"spill_elasticity": (slope * own).clip(lower=0.0).fillna(0.0), "others_margin": total - margin}
