"""Elasticities of two simulated shops against their truth: one as it is by default, one larger that reduces more often.

In the first 6 % of the products begin a price reduction in a week and 20,000 customers are known for 180 days, in the
second it is 20 %, and 60,000 for a year. Prices are those that were paid: of a week without a sale nobody knows them.
Weeks in which a product was out of stock for more than a tenth are left out, as the platform does. The truth is the
exact derivative of the model's expected units; a category's is the mean over its products by units, the cross one is
what moving all prices of the category together does beyond that. Errors are shares of the truth; the range is that of
2,000 resamples of the categories at 95 %. No setting was chosen on the seeds measured here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.progress import track
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from ml import parameters
from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.models.price.catalogue import CATALOGUE
from ml.models.price.weeks import Weeks, read_weeks
from simulator import parameters as simulated
from simulator import truth, world
from simulator.calendar import date_of
from simulator.day import live_day
from simulator.market import open_market
from simulator.policy import send_own
from simulator.world import World

PRODUCTS, SEED, REPLICATES, WITHIN = 2000, 23, 2000, 0.1
KEYS = ["unique_id", "ds"]


@dataclass(frozen=True)
class Shop:
    """The weeks a shop saw and what is true of them by product."""

    name: str
    weeks: Weeks
    truth: pd.DataFrame


def run() -> list[Figure]:
    shops = [("default shop", 20_000, 180, 0.06), ("shop that reduces more", 60_000, 365, 0.2)]
    with threadpool_limits(1):
        return [figure for shop in shops for figure in figures(live(*shop))]


def live(name: str, customers: int, days: int, promotion_rate: float) -> Shop:
    known = simulated.load()
    known.prices.promotion_rate = promotion_rate
    made = world.create(customers, PRODUCTS, days, SEED, known)
    lived = [live_one(made) for _ in track(range(days), f"living: {name}")]
    frame = by_week(pd.concat(lived, ignore_index=True))
    facts = pd.DataFrame(truth.products(made)).astype({"product_id": str, "category": str})
    whole = pd.DataFrame(truth.categories(made)).astype({"category": str})
    facts = facts.merge(whole[["category", "category_elasticity"]], on="category")
    facts = facts[facts["own_elasticity"] < 0]  # out of stock on the last day: nothing is expected to be sold
    frame = frame.merge(facts[["product_id", "category"]], left_on="unique_id", right_on="product_id")
    return Shop(name, read_weeks(frame, ["is_placed", "competitor_price"]), facts.set_index("product_id"))


def live_one(made: World) -> pd.DataFrame:
    """A day by product: units and amount at the shelf, whether it was placed or out of stock, competitors' prices."""
    day = made.next_day
    tables = live_day(made, send_own).tables
    market = open_market(made.known, made.catalogue, made.seed, day, made.state.stock > 0)
    products, when = made.catalogue.product_id, pd.Timestamp(date_of(made.known, day))
    lines = tables["order_items"].to_pandas() if "order_items" in tables else pd.DataFrame(columns=["product_id"])
    units, amount = np.zeros(len(products)), np.zeros(len(products))
    if len(lines):
        place = lines["product_id"].to_numpy(int) - int(products[0])
        np.add.at(units, place, lines["quantity"].to_numpy(float))
        np.add.at(amount, place, (lines["net_amount"] + lines["coupon_discount_amount"]).to_numpy(float))
    facts = {"unique_id": products.astype(str), "ds": when - pd.Timedelta(days=when.weekday()), "units": units}
    others = {"is_placed": market.is_placed.astype(float), "competitor": market.competitor.mean(axis=0)}
    return pd.DataFrame({**facts, **others, "amount": amount, "is_out": made.state.stock <= 0})


def by_week(days: pd.DataFrame) -> pd.DataFrame:
    """Whole weeks from a product's first to four after its last sale, without those out of stock."""
    summed = days.groupby(KEYS).agg(
        units=("units", "sum"), amount=("amount", "sum"), is_out=("is_out", "mean"), days=("units", "size"),
        is_placed=("is_placed", "max"), competitor=("competitor", "mean"),
    ).reset_index()  # fmt: skip
    weeks = summed[summed["days"] == 7]
    sold = weeks["ds"].where(weeks["units"] > 0).groupby(weeks["unique_id"])
    on_sale = (weeks["ds"] >= sold.transform("min")) & (weeks["ds"] <= sold.transform("max") + pd.Timedelta(weeks=4))
    kept = weeks[on_sale & (weeks["is_out"] <= parameters.load().price.out_of_stock_rate)]
    price = (kept["amount"] / kept["units"]).where(kept["units"] > 0)
    return kept.assign(price=price, competitor_price=np.log(kept["competitor"]))


def figures(shop: Shop) -> Iterator[Figure]:
    recipes = stages.recipes_of(CATALOGUE, "price")
    found = {name: CATALOGUE.make(recipe).fit(shop.weeks).score(shop.weeks) for name, recipe in recipes.items()}
    floor = compared(found["shop_wide"], shop)
    for name in recipes:
        judged = compared(found[name], shop)
        yield from of_categories(f"{shop.name}, {name}", judged, floor)
        yield of_products(f"{shop.name}, {name}", found[name], shop)
    yield from of_identification(shop, found["hierarchical"])


def compared(found: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """Identified categories with their truth, own and cross."""
    units = shop.weeks.frame.groupby("unique_id")["units"].sum()
    goods = shop.truth.join(units, how="inner").query("price_varies and units > 0")
    parts = goods.assign(own=goods["own_elasticity"] * goods["units"]).groupby("category")
    facts = parts.agg(own=("own", "sum"), units=("units", "sum"), together=("category_elasticity", "first"))
    facts = facts.assign(truth=facts["own"] / facts["units"], cross=facts["together"] - facts["own"] / facts["units"])
    told = found[(found["unique_id"] == "") & found["is_identified"]].set_index("category")
    return told.join(facts[["truth", "cross", "units"]], how="inner")


def of_categories(name: str, judged: pd.DataFrame, floor: pd.DataFrame) -> Iterator[Figure]:
    share, simple = errors_of(judged), errors_of(floor)
    low, high = resampled(share)
    how = f"{len(share)} categories; {low:.3f} to {high:.3f}"
    target = None if "shop_wide" in name else WITHIN
    yield Figure(f"{name}, error of a category", float(share.mean()), "share of the truth", float(simple.mean()),
                 target=target, is_up_good=False, how_measured=how)  # fmt: skip
    mean, true = (float(np.average(judged[one], weights=judged["units"])) for one in ("elasticity", "truth"))
    yield Figure(f"{name}, error of the mean over categories", abs(mean / true - 1), "share of the truth",
                 target=target, is_up_good=False, how_measured=f"{mean:.2f}, in truth {true:.2f}")  # fmt: skip
    close = float((share <= WITHIN).mean())
    yield Figure(f"{name}, categories within 10 %", close, "share", float((simple <= WITHIN).mean()))
    if "shop_wide" not in name:
        held = (judged["elasticity_low"] <= judged["truth"]) & (judged["truth"] <= judged["elasticity_high"])
        wide = float(((judged["elasticity_high"] - judged["elasticity_low"]) / 2 / -judged["elasticity"]).mean())
        told = f"half as wide as {wide:.2f} of the estimate"
        yield Figure(f"{name}, 95 % intervals that hold the truth", float(held.mean()), "share", target=0.9,
                     how_measured=told)  # fmt: skip
        held = (judged["cross_low"] <= judged["cross"]) & (judged["cross"] <= judged["cross_high"])
        gap = judged["cross_elasticity"].mean(), judged["cross"].mean()
        yield Figure(f"{name}, cross intervals that hold the truth", float(held.mean()), "share", target=0.9,
                     how_measured=f"mean {gap[0]:.2f}, in truth {gap[1]:.2f}")  # fmt: skip


def errors_of(judged: pd.DataFrame) -> FloatArray:
    return np.abs(judged["elasticity"] / judged["truth"] - 1).to_numpy(float)


def resampled(share: FloatArray) -> tuple[float, float]:
    chance = np.random.default_rng(SEED)
    means = share[chance.integers(0, len(share), (REPLICATES, len(share)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def of_products(name: str, found: pd.DataFrame, shop: Shop) -> Figure:
    told = (
        found[(found["unique_id"] != "") & found["is_identified"]]
        .set_index("unique_id")
        .join(shop.truth[["own_elasticity"]])
    )
    share = np.abs(told["elasticity"] / told["own_elasticity"] - 1)
    held = (told["elasticity_low"] <= told["own_elasticity"]) & (told["own_elasticity"] <= told["elasticity_high"])
    how = f"{len(told):,} products identified; {held.mean():.2f} of the 95 % intervals hold the truth"
    return Figure(
        f"{name}, error of a product", float(share.mean()), "share of the truth", is_up_good=False, how_measured=how
    )


def of_identification(shop: Shop, found: pd.DataFrame) -> Iterator[Figure]:
    told = found[found["unique_id"] == ""].set_index("category")["is_identified"]
    moves = shop.truth.groupby("category")["price_varies"].first().reindex(told.index)
    for name, rows in (
        ("whose prices never move, not identified", ~told[~moves]),
        ("whose prices move, identified", told[moves]),
    ):
        how = f"{len(rows)} categories"
        yield Figure(f"{shop.name}, categories {name}", float(rows.mean()), "share", target=1.0, how_measured=how)
