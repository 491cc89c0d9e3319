"""Simulated shops as the learners of price see them, with their truth beside: what was paid, by product and week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.progress import track

from ml import parameters
from ml.models.price.weeks import Weeks, read_weeks
from simulator import parameters as simulated
from simulator import truth, world
from simulator.calendar import date_of
from simulator.day import live_day
from simulator.market import open_market
from simulator.policy import send_own
from simulator.world import World

PRODUCTS, SEED = 2000, 23
KEYS = ["unique_id", "ds"]
SHOPS = (("default shop", 20_000, 180, 0.06), ("shop that reduces more", 60_000, 365, 0.2))


@dataclass(frozen=True)
class Shop:
    """The weeks a shop saw, what is true of them by product, and the shop as it stands after its last day."""

    name: str
    weeks: Weeks
    truth: pd.DataFrame
    world: World


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
    return Shop(name, read_weeks(frame, ["is_placed", "competitor_price"]), facts.set_index("product_id"), made)


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
