"""Bundles and buy-x-get-y: how much money off two products pays when both are bought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.stock.units import Units
from ml.proposing.answers import Goods, times_units

BUNDLE, BUY_X_GET_Y = "bundle", "buy_x_get_y"


@dataclass(frozen=True)
class BundleTerms:
    """Depths that may be chosen: of both prices together (bundle), of the price of what is added (buy_x_get_y).

    A bundle keeps the least margin rate of its price and is left out where more than `most_break_even_rate` of its uses
    would have to be new. `times` is how many times the baskets counted come within the offer's days.
    """

    bundle_depths: Sequence[float] = (0.05, 0.1, 0.15, 0.2)
    get_depths: Sequence[float] = (0.2, 0.3, 0.5, 1.0)
    least_margin_rate: float = 0.1
    most_break_even_rate: float = 0.8
    service: float = 0.95
    times: float = 1.0


@dataclass(frozen=True)
class Pair:
    """Baskets of P pairs within the offer's days: with the one (a), the other (b) and both; goods in the same order."""

    a: Goods
    b: Goods
    with_a: FloatArray
    with_b: FloatArray
    both: FloatArray

    @property
    def price(self) -> FloatArray:
        return self.a.column("price") + self.b.column("price")


@dataclass(frozen=True)
class Bundled:
    """Of P pairs the baskets that add b to a and a to b, all uses, and in currency the margin gained, that of the new
    uses alone, and discounts given; `break_even_rate` is the share of the uses that has to be new for it to pay."""

    adds_b: FloatArray
    adds_a: FloatArray
    uses: FloatArray
    margin: FloatArray
    targeted: FloatArray
    cost: FloatArray
    break_even_rate: FloatArray


def expect(pair: Pair, off: FloatArray, answers: int = 1) -> Bundled:
    """What `off` (P,), currency for whoever buys both, brings; `answers` 0 to 2 is the weakest to strongest elasticity.

    Who has a in the basket sees b cheaper by off / price of b and takes it so much more often as b's own elasticity
    says, and the other way round; who buys both anyway takes the discount along:
    margin = adds_b · extra margin of b + adds_a · extra margin of a - off · (both + adds_b + adds_a).
    """
    a, b = pair.a, pair.b
    adds_b = added(pair.both, pair.with_a, b.elasticities()[answers], off / b.column("price"))
    adds_a = added(pair.both, pair.with_b, a.elasticities()[answers], off / a.column("price"))
    uses = pair.both + adds_b + adds_a
    gained = adds_b * b.extra_margin + adds_a * a.extra_margin
    new = adds_a + adds_b
    worth = np.divide(gained, new, out=np.zeros(len(new)), where=new > 0)
    needed = np.divide(off, worth, out=np.full(len(new), np.inf), where=worth > 0)
    return Bundled(adds_b, adds_a, uses, gained - off * uses, gained - off * new, off * uses, needed)


def added(both: FloatArray, held: FloatArray, elasticity: FloatArray, depth: FloatArray) -> FloatArray:
    """Baskets that take the other product as well (P,), of those that hold the one and not both."""
    return np.minimum(both * (times_units(elasticity, depth) - 1), np.maximum(held - both, 0))


def propose_bundles(pairs: pd.DataFrame, goods: Goods, terms: BundleTerms = BundleTerms()) -> pd.DataFrame:
    """The best terms for each pair if everybody sees the offer; a product stands in one offer at most.

    First come the pairs that bring most if only those see it who would not buy both anyway (targeted_margin, currency):
    that is what the allocator can make of it at best, `expected_margin` is what is left if nobody chooses.

    `pairs` has product_id, partner_id, baskets, partner_baskets and both. Columns added: offer_type, depth_rate, off
    (currency a use), price (of both), usual_units (baskets with both), expected_units (uses), stock_units (of each to
    set aside), pulled_units, taken_units, expected_margin with its range over the interval of the elasticities,
    expected_cost and break_even_rate (share of the uses that has to be new for the offer to pay).

    >>> frame = pd.DataFrame({"product_id": ["tea", "mug"], "price": [10.0, 8.0], "cost": [4.0, 3.0]})
    >>> pairs = pd.DataFrame({"product_id": ["tea"], "partner_id": ["mug"], "baskets": [100], "partner_baskets": [80]})
    >>> found = propose_bundles(pairs.assign(both=[20]), Goods(frame.assign(elasticity=-2.5)))
    >>> found[["offer_type", "depth_rate", "off"]].values.tolist(), found["expected_margin"].round(1).tolist()
    ([['buy_x_get_y', 0.3, 2.4]], [45.4])
    """
    known = set(goods.frame["product_id"].astype(str))
    pairs = pairs[pairs["product_id"].isin(known) & pairs["partner_id"].isin(known)].reset_index(drop=True)
    if pairs.empty:
        return pairs.assign(**dict.fromkeys(ADDED, np.zeros(0)))
    pair = as_pair(pairs, goods, terms.times)
    tried = [describe(pair, kind, depth, terms) for kind, depth in choices(terms)]
    offers = pd.concat([pairs.join(one) for one in tried], ignore_index=True)
    offers = offers[offers["is_allowed"]].drop(columns="is_allowed")
    pair_ids = ["product_id", "partner_id"]
    offers = offers.sort_values("expected_margin", ascending=False, kind="stable").drop_duplicates(pair_ids)
    return one_each(offers.sort_values(["targeted_margin", *pair_ids], ascending=[False, True, True]))


ADDED = (
    "offer_type", "depth_rate", "off", "price", "usual_units", "expected_units", "stock_units", "pulled_units",
    "taken_units", "expected_margin", "expected_margin_low", "expected_margin_high", "targeted_margin", "expected_cost",
    "break_even_rate",
)  # fmt: skip


def as_pair(pairs: pd.DataFrame, goods: Goods, times: float) -> Pair:
    counts = (pairs[name].to_numpy(float) * times for name in ("baskets", "partner_baskets", "both"))
    return Pair(goods.take(pairs["product_id"].tolist()), goods.take(pairs["partner_id"].tolist()), *counts)


def choices(terms: BundleTerms) -> list[tuple[str, float]]:
    return [(BUNDLE, one) for one in terms.bundle_depths] + [(BUY_X_GET_Y, one) for one in terms.get_depths]


def describe(pair: Pair, kind: str, depth: float, terms: BundleTerms) -> pd.DataFrame:
    """The columns of `propose_bundles` for one kind and depth, and whether it may be offered."""
    off = np.round(depth * (pair.price if kind == BUNDLE else pair.b.column("price")), 2)
    weak, found, strong = (expect(pair, off, answers) for answers in range(3))
    ends = np.sort(np.column_stack([weak.margin, found.margin, strong.margin]), axis=1)
    left = pair.price - off
    keeps = left - pair.a.column("cost") - pair.b.column("cost") >= terms.least_margin_rate * left
    doubt = ((strong.uses - weak.uses) / 3.92) ** 2
    new = found.adds_a + found.adds_b
    taken = found.adds_b * pair.b.column("taken_rate") + found.adds_a * pair.a.column("taken_rate")
    return pd.DataFrame(
        {
            "offer_type": kind,
            "depth_rate": depth,
            "off": off,
            "price": pair.price,
            "usual_units": pair.both,
            "expected_units": found.uses,
            "stock_units": Units(found.uses, found.uses + doubt).quantile(terms.service),
            "pulled_units": new * pair.a.pull_forward_rate,
            "taken_units": taken,
            "expected_margin": found.margin,
            "expected_margin_low": ends[:, 0],
            "expected_margin_high": ends[:, -1],
            "targeted_margin": found.targeted,
            "expected_cost": found.cost,
            "break_even_rate": found.break_even_rate,
            "is_allowed": keeps & (found.break_even_rate <= terms.most_break_even_rate) & (off > 0),
        }
    )


def one_each(offers: pd.DataFrame) -> pd.DataFrame:
    """The first offer of each product, read from the best on."""
    held: set[str] = set()
    kept = []
    for row, pair in enumerate(zip(offers["product_id"], offers["partner_id"], strict=True)):
        if held.isdisjoint(pair):
            held.update(pair)
            kept.append(row)
    return offers.iloc[kept].reset_index(drop=True)
