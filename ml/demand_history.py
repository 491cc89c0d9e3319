"""What the warehouse knows of demand as of a day: units, prices, placements and offers of products by period."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.models.demand.series import STEP_DAYS, Freq, Panel
from warehouse import tables
from warehouse.errors import NotAvailable

SALES_TABLE = "intermediate.int_product_days"
REST = "rest of "  # what is sold of a category beside the products forecast one by one, as a series of its own
KNOWN_RATE = 0.9  # a plan counts as known so many periods ahead as nine tenths of it were known at past origins
SALES = f"""
    select product_id, order_date, sum(units)::double as units, sum(net_amount)::double as amount,
        sum(discount_amount)::double as discount
    from {SALES_TABLE}
    where known_on < $day and (superseded_on is null or $day <= superseded_on) and order_date between $first and $last
    group by all order by all
"""
PRODUCTS = """
    select product_id, coalesce(category, 'no category') as category from features.products
    where
        day = $day
        and not list_contains($departments::varchar[], coalesce(department, ''))
        and not list_contains($categories::varchar[], coalesce(category, ''))
    order by all
"""
STORES = """
    select greatest(count(distinct store_id), 1) from staging.stg_shop__orders
    where order_date between $first and $last
"""
PLACEMENTS = """
    select product_id, start_date as first_day, end_date as last_day, day as known_on,
        count(distinct store_id) filter (where display_location is not null)::double as display,
        count(distinct store_id) filter (where mailer_location is not null)::double as mailer
    from staging.stg_shop__store_promotions
    where day < $day and end_date >= $first and product_id in (select unnest($products::varchar[]))
    group by all order by all
"""
OFFERS = """
    select scope.product_id, offers.valid_from as first_day, offers.valid_until as last_day,
        greatest(offers.day, scope.day) as known_on, offers.discount_type,
        offers.discount_value::double as discount_value
    from staging.stg_shop__offers as offers
    inner join staging.stg_shop__offer_products as scope using (offer_id)
    where offers.day < $day and scope.day < $day and offers.valid_until >= $first
        and scope.product_id in (select unnest($products::varchar[]))
    order by all
"""


@dataclass(frozen=True)
class Sold:
    """Lines product_id, order_date, units, amount and discount of the goods on sale, and their category by id."""

    lines: pd.DataFrame
    category: pd.Series
    day: date

    @property
    def days(self) -> int:
        """Days from the first sale to the day."""
        return int((pd.Timestamp(self.day) - pd.Timestamp(self.lines["order_date"].min())).days)


def read_sold(day: date, days: int, shop: object) -> Sold:
    """Everything sold in the days before a day; NotAvailable where nothing is."""
    if not stages.has_table(SALES_TABLE):
        raise NotAvailable("no sales have been prepared yet")
    excluded = {"departments": shop.excluded_departments, "categories": shop.excluded_categories}  # type: ignore[attr-defined]
    goods = tables.read(PRODUCTS, {"day": day, **excluded}).to_pandas().set_index("product_id")["category"]
    window = {"first": day - timedelta(days=days), "last": day - timedelta(days=1)}
    lines = tables.read(SALES, {"day": day, **window}).to_pandas()
    lines = lines[lines["product_id"].isin(goods.index)]
    if lines.empty:
        raise NotAvailable(f"nothing was sold in the {days} days before {day}")
    return Sold(lines.assign(order_date=pd.to_datetime(lines["order_date"])), goods, day)


def choose_products(sold: Sold, most: int, days: int) -> list[str]:
    """The products that sold for the most money in the newest days, at most so many, by id."""
    recent = sold.lines[sold.lines["order_date"] >= pd.Timestamp(sold.day) - pd.Timedelta(days=days)]
    amount = recent.groupby("product_id")["amount"].sum().sort_values(ascending=False, kind="stable")
    return sorted(amount.index[:most])


def as_panel(sold: Sold, products: list[str], freq: Freq, horizon: int, most: int) -> Panel:
    """Products one by one and the rest of each category; periods are counted back from the day, all of them whole.

    The series are the same for every rhythm: those of all that was sold, also where nothing of it is recent.
    """
    step = STEP_DAYS[freq]
    known = min(most, sold.days // step)
    if known < 1:
        raise NotAvailable(f"{sold.days} days of sales are no period of {step} days")
    first = pd.Timestamp(sold.day) - pd.Timedelta(days=known * step)
    category = sold.category.reindex(sold.lines["product_id"]).to_numpy(object)
    own = sold.lines["product_id"].isin(products).to_numpy()
    ids = np.where(own, sold.lines["product_id"].to_numpy(object), REST + category.astype(str))
    names = np.array(sorted({*products, *ids}), dtype=object)
    is_recent = (sold.lines["order_date"] >= first).to_numpy()
    lines, ids = sold.lines[is_recent], ids[is_recent]
    row = pd.Index(names).get_indexer(pd.Index(ids))
    column = ((lines["order_date"] - first).dt.days // step).to_numpy()

    def total(values: pd.Series) -> FloatArray:
        table = np.zeros((len(names), known))
        np.add.at(table, (row, column), values.to_numpy(float))
        return table

    units, amount, discount = (total(lines[name]) for name in ("units", "amount", "discount"))
    regressors = {"price": carried(amount, units), "discount": carried(discount, amount + discount)}
    ahead = np.full((len(names), horizon), np.nan)
    regressors = {name: np.hstack([values, ahead]) for name, values in regressors.items()}
    groups = [
        one.removeprefix(REST) if one.startswith(REST) else sold.category.get(one, "no category") for one in names
    ]
    periods = np.datetime64(first, "D") + np.timedelta64(step, "D") * np.arange(known + horizon)
    attributes = {"category": np.array(groups, dtype=object)}
    return Panel(names, periods, np.maximum(units, 0), freq, regressors, attributes, {"price": 0, "discount": 0})


def carried(amount: FloatArray, units: FloatArray) -> FloatArray:
    """Amount per unit, of a period without any as it was last."""
    rate = np.divide(amount, units, out=np.full(units.shape, np.nan), where=units > 0)
    return pd.DataFrame(rate).ffill(axis=1).to_numpy()


def add_plans(panel: Panel, day: date) -> Panel:
    """The panel with the placements and offers known on the day, each with how far ahead such plans are known."""
    given = {"day": day, "first": pd.Timestamp(panel.periods[0]).date(), "products": [str(one) for one in panel.ids]}
    stores = tables.read(STORES, {"first": given["first"], "last": day})[0][0].as_py()
    placements = tables.read(PLACEMENTS, given).to_pandas()
    offers = tables.read(OFFERS, given).to_pandas()
    price = pd.Series(np.nanmean(np.c_[panel.regressors["price"], np.zeros(len(panel.ids))], axis=1), panel.ids)
    offers["offer"] = depth(offers, offers["product_id"].map(price).to_numpy(float))
    found, leads = dict(panel.regressors), dict(panel.leads)
    plans = {
        "display": (placements, stores, np.add),
        "mailer": (placements, stores, np.add),
        "offer": (offers, 1, np.maximum),
    }
    for name, (rows, scale, join) in plans.items():
        rows = rows[rows[name] > 0]
        if len(rows):
            found[name] = np.minimum(spread(panel, rows, name, join) / scale, 1)
            leads[name] = known_ahead(panel, rows, name, join)
    return Panel(panel.ids, panel.periods, panel.y, panel.freq, found, panel.attributes, leads).cut(
        panel.known, panel.horizon
    )


def depth(offers: pd.DataFrame, price: FloatArray) -> FloatArray:
    """The share of the price that offers take off; a twentieth is assumed where it is no percentage and no amount."""
    value = offers["discount_value"].to_numpy(float)
    amount = np.divide(value, price, out=np.full(len(value), 0.05), where=price > 0)
    kind = offers["discount_type"].to_numpy(object)
    found = np.where(kind == "percent", value / 100, np.where(kind == "amount", amount, 0.05))
    return np.asarray(np.clip(np.nan_to_num(found, nan=0.05), 0, 0.9))


def spread(panel: Panel, rows: pd.DataFrame, name: str, join: Callable[..., FloatArray]) -> FloatArray:
    """Plans by series and period (N × T), by the share of the period's days on which they hold."""
    step, table = STEP_DAYS[panel.freq], np.zeros((len(panel.ids), len(panel.periods)))
    place = pd.Index(panel.ids).get_indexer(pd.Index(rows["product_id"]))
    begin = (pd.to_datetime(rows["first_day"]) - pd.Timestamp(panel.periods[0])).dt.days.to_numpy()
    end = (pd.to_datetime(rows["last_day"]) - pd.Timestamp(panel.periods[0])).dt.days.to_numpy() + 1
    for series, start, stop, value in zip(place, begin, end, rows[name].to_numpy(float), strict=True):
        columns = np.arange(max(0, int(start) // step), min(len(panel.periods), -(-int(stop) // step)))
        days = np.minimum(stop, (columns + 1) * step) - np.maximum(start, columns * step)
        table[series, columns] = join(table[series, columns], value * days / step)
    return table


def known_ahead(panel: Panel, rows: pd.DataFrame, name: str, join: Callable[..., FloatArray], origins: int = 3) -> int:
    """Periods ahead of which at least KNOWN_RATE of the plans that came true were known at past origins."""
    whole, known = spread(panel, rows, name, join), np.zeros(panel.horizon)
    came = np.zeros(panel.horizon)
    for origin in range(max(1, panel.known - panel.horizon - origins), panel.known - panel.horizon):
        told = rows[pd.to_datetime(rows["known_on"]) < pd.Timestamp(panel.periods[origin])]
        view = slice(origin, origin + panel.horizon)
        known += spread(panel, told, name, join)[:, view].sum(axis=0)
        came += whole[:, view].sum(axis=0)
    short = np.flatnonzero(known < KNOWN_RATE * came)
    return int(short[0]) if len(short) else panel.horizon
