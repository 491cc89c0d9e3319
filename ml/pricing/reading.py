"""Weeks of prices and units as the warehouse knew them on a day."""

from datetime import date
from pathlib import Path

import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.models.price.weeks import Weeks, read_weeks
from warehouse import tables

QUERIES = Path(__file__).with_name("queries")
NEEDED = ("intermediate.int_purchases", "intermediate.int_known_products", "staging.stg_shop__stock")
NEEDED_TODAY = (*NEEDED[:2], "features.products", "staging.stg_shop__offers", "staging.stg_shop__offer_products")
REGRESSORS = ("is_placed", "competitor_price")


def read_price_weeks(day: date) -> Weeks | None:
    """Weeks before the day, those with stock-outs left out; None where the warehouse has no purchases yet.

    Regressors that say nothing (no competitor is watched, nothing was ever placed) are left out.
    """
    if not all(stages.has_table(name) for name in NEEDED):
        return None
    numbers = parameters.load().price
    terms = {"day": day, "weeks": numbers.history_weeks, "out_of_stock_rate": numbers.out_of_stock_rate}
    frame = tables.read((QUERIES / "weeks.sql").read_text(), terms).to_pandas()
    return as_weeks(frame) if len(frame) else None


def as_weeks(frame: pd.DataFrame) -> Weeks:
    told = [name for name in REGRESSORS if frame[name].nunique() > 1]
    return read_weeks(frame, told)


def read_shelf(day: date) -> pd.DataFrame | None:
    """Today's price of each product sold lately with cost, age, prices seen, competitors' mean price and offers.

    None where nothing was sold lately or a layer is missing.
    """
    if not all(stages.has_table(name) for name in NEEDED_TODAY):
        return None
    known = parameters.load()
    terms = {
        "day": day,
        "weeks": known.price.history_weeks,
        "sold_within_days": known.pricing.sold_within_days,
        "notice_days": known.pricing.notice_days,
        "departments": known.shop.excluded_departments,
        "categories": known.shop.excluded_categories,
    }
    frame = tables.read((QUERIES / "shelf.sql").read_text(), terms).to_pandas()
    return frame if len(frame) else None
