"""What proposals rest on, read from the warehouse as of a day."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml import parameters
from ml.deciding.pull_forward import read_pull_forward
from ml.learning import stages
from ml.models.bundles.baskets import Baskets
from ml.models.stock.units import NORMAL_80
from ml.proposing.answers import Goods
from warehouse import tables
from warehouse.errors import NotAvailable

ANSWERS = ("elasticity", "elasticity_low", "elasticity_high", "cross_elasticity")
PURCHASES = "intermediate.int_purchases"
BASKETS = """
    with goods as (
        select product_id from features.products
        where
            day = $day
            and not list_contains($departments::varchar[], coalesce(department, ''))
            and not list_contains($categories::varchar[], coalesce(category, ''))
    )

    select
        order_id, product_id, any_value(customer_id) as customer_id, any_value(order_date)::timestamp as order_date,
        sum(units)::double as units, sum(net_amount)::double as amount
    from intermediate.int_purchases semi join goods using (product_id)
    where
        known_on < $day and (superseded_on is null or $day <= superseded_on)
        and order_date >= $first and order_date < $day
    group by order_id, product_id
    order by order_id, product_id
"""
GOODS = """
    with names as (
        select product_id, any_value(name) as name from staging.stg_shop__products group by product_id
    ),

    shelves as (
        select product_id, clear_units, units_on_hand from ml.stock_recommendations where day = $day
    )

    select
        products.product_id, coalesce(names.name, products.product_id) as name,
        coalesce(products.category, '') as category, coalesce(products.price, products.regular_price)::double as price,
        coalesce(products.price, products.regular_price)::double * (1 - products.margin_rate::double) as cost,
        products.units_last_90_days::double as units,
        coalesce(shelves.clear_units, 0) as excess_units, shelves.units_on_hand
    from features.products as products
    left join names using (product_id)
    left join shelves using (product_id)
    where
        products.day = $day and coalesce(products.price, products.regular_price) > 0
        and products.margin_rate is not null
        and not list_contains($departments::varchar[], coalesce(products.department, ''))
        and not list_contains($categories::varchar[], coalesce(products.category, ''))
    order by products.product_id
"""
IDENTIFIED = """
    select level, category, product_id, elasticity, elasticity_low, elasticity_high, cross_elasticity
    from ml.price_elasticities
    where day = $day and is_identified and elasticity < 0
    order by all
"""
DAYS = """
    select item_id as product_id, ds, mean, quantile_10, quantile_90
    from ml.demand_forecasts
    where day = $day and freq = 'day' and level = 'product'
    order by item_id, ds
"""
VERDICTS = "select offer_id, verdict from staging.stg_shop__proposal_verdicts order by offer_id"
RUNNING = """
    select distinct proposals.offer_id, proposals.offer_type, proposals.product_ids, proposals.valid_until
    from ml.offer_proposals as proposals
    semi join staging.stg_shop__offers as offers using (offer_id)
    where proposals.day < $day and proposals.valid_until >= $day
    order by all
"""


def excluded() -> dict[str, list[str]]:
    shop = parameters.load().shop
    return {"departments": shop.excluded_departments, "categories": shop.excluded_categories}


def read_lines(day: date, days: int) -> pd.DataFrame:
    """Products of the baskets of the days before: order_id, product_id, customer_id, order_date, units, amount."""
    if not stages.has_table(PURCHASES):
        raise NotAvailable("no purchases have been prepared yet")
    lines = tables.read(BASKETS, {"day": day, "first": day - timedelta(days=days), **excluded()}).to_pandas()
    if lines.empty:
        raise NotAvailable(f"nothing was bought in the {days} days before {day}")
    return lines


def as_baskets(lines: pd.DataFrame) -> Baskets:
    return Baskets(lines[["order_id", "product_id", "customer_id"]])


def basket_amounts(lines: pd.DataFrame) -> pd.DataFrame:
    """A row per basket: customer_id and amount (currency)."""
    return lines.groupby("order_id", sort=True).agg(customer_id=("customer_id", "first"), amount=("amount", "sum"))


def read_goods(day: date, numbers: SimpleNamespace) -> Goods:
    """Prices, costs, stock and answers of every product on sale, as estimated or, where nothing is, as assumed."""
    frame = tables.read(GOODS, {"day": day, **excluded()}).to_pandas()
    if frame.empty:
        raise NotAvailable("no product has a price and a margin")
    frame = add_answers(frame, tables.read(IDENTIFIED, {"day": day}).to_pandas(), numbers)
    frame["salvage"] = parameters.load().stock.salvage_rate * frame["cost"]
    is_excess = frame["excess_units"] > 0
    frame["on_hand"] = frame["units_on_hand"].where(is_excess, np.inf)  # other goods can be ordered until the sale
    return Goods(frame, float(read_pull_forward(day)["rate"].iloc[0]))


def add_answers(frame: pd.DataFrame, found: pd.DataFrame, numbers: SimpleNamespace) -> pd.DataFrame:
    """The goods with elasticity, its ends and basis, taken_rate and neighbour_margin.

    A product's own elasticity comes before its category's, and that before the assumption. Of the units a cheaper
    product sells more, neighbours lose cross-elasticity · (1 - share of the category) / |elasticity|: to first order
    their units fall by cross-elasticity times the product's share of the category's prices.
    """
    strongest, expected, weakest = numbers.assumed_elasticity
    frame = frame.assign(elasticity=expected, elasticity_low=strongest, elasticity_high=weakest)
    frame = frame.assign(cross_elasticity=np.nan, elasticity_basis="assumed")
    for level, key in (("category", "category"), ("product", "product_id")):
        rows = found[found["level"] == level].drop_duplicates(key).set_index(key)
        is_known = frame[key].isin(rows.index)
        told = rows.reindex(frame.loc[is_known, key])
        for name in ANSWERS:
            frame.loc[is_known, name] = told[name].to_numpy(float)
        frame.loc[is_known, "elasticity_basis"] = level
    total = frame.groupby("category")["units"].transform("sum")
    share = np.divide(frame["units"], total, out=np.zeros(len(frame)), where=total.to_numpy() > 0)
    taken = np.clip(frame["cross_elasticity"] * (1 - share) / -frame["elasticity"], 0, 1)
    margin = (frame["price"] - frame["cost"]) * frame["units"]
    sums = margin.groupby(frame["category"]).transform("sum")
    return frame.assign(
        taken_rate=taken.fillna(numbers.assumed_taken_rate),
        neighbour_margin=np.divide(sums, total, out=np.zeros(len(frame)), where=total.to_numpy() > 0),
    ).drop(columns="cross_elasticity")


def read_days(day: date) -> pd.DataFrame:
    """Daily forecasts of products: product_id, ds, mean and variance (units)."""
    days = tables.read(DAYS, {"day": day}).to_pandas()
    spread = (days["quantile_90"] - days["quantile_10"]) / NORMAL_80
    return days.assign(ds=pd.to_datetime(days["ds"]), variance=np.maximum(spread**2, days["mean"]))
