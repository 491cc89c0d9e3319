"""What recommenders learn from, read as known on the morning of a day: purchases, catalogue, visits and customers."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from ml.models.recommendation.history import History, read_history
from ml.models.recommendation.side_information import Side, read_goods, read_people, read_visits
from warehouse import tables

SOLD = """
    day = $day
    and not list_contains($departments::varchar[], coalesce(department, ''))
    and not list_contains($categories::varchar[], coalesce(category, ''))
"""
PURCHASES = f"""
    select customer_id, product_id, unnest(order_dates)::timestamp as order_date
    from features.interactions
    semi join (select product_id from features.products where {SOLD}) using (product_id)
    where day = $day
"""
GOODS = f"""
    with named as (
        select product_id, name, subcategory, package_size, launched_on
        from staging.stg_shop__product_versions
        where day < $day
        qualify row_number() over (partition by product_id order by day desc) = 1
    )

    select
        product_id, named.name, price, department, category, named.subcategory, brand, brand_type, named.package_size,
        named.launched_on::timestamp as launched_on
    from features.products
    left join named using (product_id)
    where {SOLD}
    order by product_id
"""
VISITS = """
    select
        customer_id,
        coalesce(session_id, customer_id || event_date) as session_id,
        occurred_at,
        event_date::timestamp as visited_on,
        product_id,
        query
    from staging.stg_shop__events
    where
        day < $day
        and event_date < $day
        and event_date >= $day - $days::integer
        and customer_id is not null
        and event_type in ('view', 'search', 'cart_add', 'wishlist', 'share')
"""
PEOPLE = """
    select
        customer_id, age_band, income_band, household_size, household_composition, marital_status, home_ownership,
        children_count, region, acquisition_channel
    from features.customers
    where day = $day
    order by customer_id
"""


def read_purchases(day: date, shop: SimpleNamespace) -> pd.DataFrame:
    """customer_id, product_id and order_date of all goods bought and known before a day."""
    return tables.read(PURCHASES, {"day": day, **excluded(shop)}).to_pandas()


def excluded(shop: SimpleNamespace) -> dict[str, Any]:
    return {"departments": shop.excluded_departments, "categories": shop.excluded_categories}


def read_catalogue(day: date, shop: SimpleNamespace) -> pd.DataFrame:
    """product_id, name, price, attributes and launched_on of the goods known before a day."""
    return tables.read(GOODS, {"day": day, **excluded(shop)}).to_pandas()


def read_known(day: date, known: SimpleNamespace) -> tuple[History, pd.DataFrame]:
    """The history of every known customer as of a day, those who bought nothing included, with side information, and
    the catalogue.
    """
    people = tables.read(PEOPLE, {"day": day}).to_pandas()
    customers = people["customer_id"].to_numpy(str)
    bought = read_history(read_purchases(day, known.shop), day, customers)
    catalogue = read_catalogue(day, known.shop)
    goods = read_goods(catalogue.drop(columns="launched_on"))
    visits = tables.read(VISITS, {"day": day, "days": known.recommend.visit_days}).to_pandas()
    side = Side(goods, read_visits(visits, bought.customers, goods, day), read_people(people, bought.customers))
    return replace(bought, side=side), catalogue


def new_products(history: History, catalogue: pd.DataFrame, day: date, days: int) -> np.ndarray:
    """Products (sorted) that came into the catalogue within so many days before a day: launched then or, where no
    launch is known, first bought then.

    A history shorter than that cannot tell what is new by purchases.

    >>> rows = pd.DataFrame({"customer_id": "a", "product_id": ["x", "y"], "order_date": ["2026-01-01", "2026-03-01"]})
    >>> goods = pd.DataFrame({"product_id": ["x", "y", "z"], "launched_on": [None, None, "2026-03-02"]})
    >>> new_products(read_history(rows, date(2026, 3, 3)), goods, date(2026, 3, 3), 28).tolist()
    ['y', 'z']
    """
    first = np.zeros(len(history.products), dtype=int)
    np.maximum.at(first, history.product, history.age_days)
    bought = pd.Series(first, index=history.products.astype(object)).reindex(catalogue["product_id"]).to_numpy()
    launched = (pd.Timestamp(day) - pd.to_datetime(catalogue["launched_on"])).dt.days.to_numpy()
    can_tell = first.max(initial=0) > days
    age = np.where(np.isnan(launched.astype(float)), bought if can_tell else np.nan, launched)
    return np.sort(catalogue["product_id"].to_numpy(str)[(age >= 0) & (age <= days)])
