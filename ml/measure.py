"""Measure: how campaigns did as far as the day knows, and how predictions turned out once their window is in the data.

Predictions of a replayed source are compared on the day itself, because the days after it are in the data; those of a
living shop when their window has closed, under the day they were made for. Both read the landing directly, only rows
delivered within the window, and nothing learns from what they write (docs/decisions/0003).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.deciding.discounts import DISCOUNTS, discount_terms
from ml.measuring.campaigns import Setting, summarise_campaigns
from ml.measuring.outcomes import compare_outcomes
from warehouse import runs, sources, tables
from warehouse.arms import is_shown
from warehouse.changes import standing
from warehouse.ingest import land_until
from warehouse.sources import Source

RESPONSES = f"""
    with exposed as (
        select distinct exposures.campaign_id, exposures.customer_id from staging.stg_shop__exposures as exposures
        where exposures.campaign_id is not null and {is_shown("exposures.arm")}
    ),

    discounts as ({DISCOUNTS}),

    redeemed as (
        select
            campaign_id, customer_id, count(*) as redemption_count, sum(discount) as discount,
            count(*) filter (where not is_recorded) as unrecorded_count
        from discounts
        group by campaign_id, customer_id
    )

    select
        exposed.campaign_id,
        count(*) as exposed_customers,
        count(redeemed.customer_id) as redeeming_customers,
        coalesce(sum(redeemed.redemption_count), 0)::bigint as redemption_count,
        coalesce(sum(redeemed.discount), 0)::double as discount_cost,
        coalesce(sum(redeemed.unrecorded_count), 0)::bigint as unrecorded_count
    from exposed
    left join redeemed using (campaign_id, customer_id)
    group by exposed.campaign_id
    order by exposed.campaign_id
"""
# From the first day on which a campaign's offer was planned for a customer, sent or withheld as the lot fell.
SPENDS = f"""
    with firsts as (
        select campaign_id, customer_id, arm, min(day) as first_day
        from ml.assignments
        where arm in ('treatment', 'holdout')
        group by all
        having first_day + $window_days <= $day
    ),

    discounts as ({DISCOUNTS}),

    purchases as (
        select
            firsts.campaign_id, firsts.customer_id, sum(items.net_amount)::double as amount,
            sum(items.net_amount * coalesce(products.margin_rate, $default_margin_rate))::double as margin
        from firsts
        inner join staging.stg_shop__orders as orders
            on
                firsts.customer_id = orders.customer_id
                and orders.order_date >= firsts.first_day and orders.order_date < firsts.first_day + $window_days
        inner join staging.stg_shop__order_items as items on orders.order_id = items.order_id
        left join features.products as products on products.day = $day and items.product_id = products.product_id
        group by all
    ),

    uses as (
        select firsts.campaign_id, firsts.customer_id, sum(discounts.discount)::double as discount
        from firsts
        inner join discounts
            on
                firsts.campaign_id = discounts.campaign_id and firsts.customer_id = discounts.customer_id
                and discounts.redemption_date >= firsts.first_day
                and discounts.redemption_date < firsts.first_day + $window_days
        group by all
    )

    select
        firsts.campaign_id, firsts.customer_id, firsts.arm, coalesce(purchases.amount, 0) as amount,
        coalesce(purchases.margin, 0) as margin, coalesce(uses.discount, 0) as discount
    from firsts
    left join purchases using (campaign_id, customer_id)
    left join uses using (campaign_id, customer_id)
    order by all
"""
# Each gives the customers and subjects with the outcome; of redemptions also those whose prediction can be compared at
# all: a customer who was not shown an offer on the day tells nothing about what it would have done.
ORDERS, ITEMS, REDEMPTIONS = (
    standing(table, before="$day + $days") for table in ("orders", "order_items", "redemptions")
)
HAPPENED = {
    "purchase": f"""
        select distinct customer_id, '' as subject_id from ({ORDERS})
        where order_date >= $day and order_date < $day + $days
    """,
    "category_purchase": f"""
        select distinct orders.customer_id, products.category as subject_id
        from ({ORDERS}) as orders
        inner join ({ITEMS}) as items on orders.order_id = items.order_id
        inner join (
            select product_id, category from landing.products
            where day < $day + $days and change is distinct from 'deletion'
            qualify row_number() over (partition by product_id order by day desc) = 1
        ) as products on items.product_id = products.product_id
        where orders.order_date >= $day and orders.order_date < $day + $days
    """,
    "redemption_campaign": f"""
        select distinct customer_id, campaign_id as subject_id from ({REDEMPTIONS})
        where redemption_date >= $day and redemption_date < $day + $days
    """,
    "redemption_offer": f"""
        select distinct customer_id, offer_id as subject_id from ({REDEMPTIONS})
        where redemption_date >= $day and redemption_date < $day + $days
    """,
}
COMPARABLE = {
    "redemption_campaign": f"""
        select distinct customer_id, campaign_id as subject_id from landing.exposures
        where day < $day + $days and exposure_date = $day and {is_shown()}
    """,
    "redemption_offer": f"""
        select distinct customer_id, offer_id as subject_id from landing.exposures
        where day < $day + $days and exposure_date = $day and {is_shown()}
    """,
}
OUTCOMES = """
    select scores.score as predicted, happened.customer_id is not null as happened
    from ml.scores as scores
    left join ({happened}) as happened
        on scores.customer_id = happened.customer_id and coalesce(scores.subject_id, '') = happened.subject_id
    {comparable}
    where scores.day = $day and scores.family = $family
    order by scores.customer_id, scores.subject_id
"""
ONLY_COMPARABLE = """
    semi join ({comparable}) as comparable
        on scores.customer_id = comparable.customer_id and scores.subject_id = comparable.subject_id
"""
HORIZONS = {
    "purchase": "purchase_horizon_days",
    "category_purchase": "category_horizon_days",
    "redemption_campaign": "redemption_horizon_days",
    "redemption_offer": "redemption_horizon_days",
}


@dataclass(frozen=True)
class Window:
    """The days over which the predictions of a family are observed: from `first` on, `days` of them."""

    family: str
    first: date
    days: int

    @property
    def last(self) -> date:
        return self.first + timedelta(self.days - 1)


def measure(day: date) -> None:
    """Write ml.campaign_results of the day and ml.prediction_outcomes of every window that is complete."""
    source = sources.load()
    windows = complete_windows(source, day, parameters.load().labels)
    with runs.stage("measure", day) as stage:
        if windows and source.is_replay:
            land_until(max(window.last for window in windows))
        stage.rows = write_results(day, source) + sum(write_outcomes(window, day) for window in windows)


def complete_windows(source: Source, day: date, terms: SimpleNamespace) -> list[Window]:
    """The window of each family that can be looked at on the day.

    A replay looks ahead as far as its data go; a living shop looks back to predictions whose window ended yesterday.
    """
    horizons = {family: getattr(terms, name) for family, name in HORIZONS.items()}
    if not source.is_replay:
        return [Window(family, day - timedelta(days), days) for family, days in horizons.items()]
    ahead = [Window(family, day, days) for family, days in horizons.items()]
    return [window for window in ahead if source.last_day is None or window.last <= source.last_day]


def write_results(day: date, source: Source) -> int:
    known = parameters.load()
    setting = Setting(source.is_replay, known.labels.redemption_horizon_days, known.measure.confidence_rate)
    terms = {"day": day, "window_days": setting.window_days, "default_margin_rate": known.shop.default_margin_rate}
    responses = read(RESPONSES, **discount_terms())
    spends = read(SPENDS, **terms, **discount_terms())
    results = summarise_campaigns(responses, spends, setting)
    return replace("ml.campaign_results", day, results.assign(day=day, run_id=runs.run_id(day)))


def write_outcomes(window: Window, day: date) -> int:
    """Replace the outcomes of one family on the day its predictions were made for."""
    terms = parameters.load().measure
    pairs = read_outcomes(window)
    bins = compare_outcomes(
        pairs["predicted"].to_numpy(dtype=float),
        pairs["happened"].to_numpy(dtype=bool),
        terms.outcome_bins,
        terms.confidence_rate,
    )
    named = bins.assign(day=window.first, family=window.family, window_days=window.days, run_id=runs.run_id(day))
    return replace("ml.prediction_outcomes", window.first, named, {"family": window.family})


def read_outcomes(window: Window) -> pd.DataFrame:
    """Predictions of the window's first day that can be compared, with what happened by its last."""
    comparable = COMPARABLE.get(window.family)
    narrowed = ONLY_COMPARABLE.format(comparable=comparable) if comparable else ""
    sql = OUTCOMES.format(happened=HAPPENED[window.family], comparable=narrowed)
    return read(sql, day=window.first, days=window.days, family=window.family)


def read(sql: str, **terms: Any) -> pd.DataFrame:
    return tables.read(sql, terms).to_pandas()


def replace(table: str, day: date, frame: pd.DataFrame, keys: dict[str, str] | None = None) -> int:
    columns = list(tables.TABLES[table].columns)
    return tables.replace_day(table, day, pa.Table.from_pandas(frame[columns], preserve_index=False), keys)
