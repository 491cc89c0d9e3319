"""Measure: what campaigns changed as far as the day knows, and how predictions turned out once their days are known.

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
from ml.deciding.chance import hold_out, open_lottery
from ml.measuring import evidence
from ml.measuring.campaigns import Setting, summarise_campaigns
from ml.measuring.effects import Reading, measure_effects
from ml.measuring.monitoring import read_rules, watch_campaigns
from ml.measuring.off_policy import Limits
from ml.measuring.outcomes import compare_outcomes
from ml.measuring.policies import find_decisions, value_policies
from ml.measuring.programme import measure_programme
from ml.measuring.pull_forward import measure_pull_forward
from ml.measuring.undrawn import compare_undrawn
from warehouse import runs, sources, tables
from warehouse.arms import is_shown
from warehouse.changes import standing
from warehouse.ingest import land_until
from warehouse.sources import Source

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
    """Replace what is known of campaigns, of what was drawn by lot in them, and of the whole programme."""
    known = parameters.load().measure
    reading = Reading(known.confidence_rate, known.least_customers, known.planned_customers)
    units = evidence.read_units(day, source.is_replay)
    drawn = measure_effects(units, reading)
    undrawn = compare_undrawn(evidence.read_undrawn(day, source.is_replay), reading)
    parts = [part for part in (drawn, measure_pull_forward(units, reading), undrawn) if len(part)]
    effects = pd.concat(parts, ignore_index=True) if parts else drawn
    campaigns = summarise_campaigns(
        evidence.read_responses(day), effects, Setting(source.is_replay, known.confidence_rate)
    )
    programme = pd.DataFrame() if source.is_replay else read_programme(day, reading)
    limits = Limits(known.least_effective_customers, known.most_weight_of_one)
    policies = value_policies(find_decisions(units, evidence.read_choices(day)), limits, known.confidence_rate)
    found = {
        "campaign_results": campaigns,
        "measured_effects": effects,
        "programme_results": programme,
        "policy_values": policies,
        "campaign_monitoring": pd.DataFrame() if source.is_replay else watch(day, effects),
    }
    return sum(replace(f"ml.{name}", day, dated(frame, day)) for name, frame in found.items())


def watch(day: date, effects: pd.DataFrame) -> pd.DataFrame:
    known = parameters.load().measure
    return watch_campaigns(evidence.read_running(day), effects, read_rules(known), known.confidence_rate)


def read_programme(day: date, reading: Reading) -> pd.DataFrame:
    amounts = evidence.read_programme(day)
    customers = sorted(amounts["customer_id"].unique())
    lottery = open_lottery(runs.run_id(day), parameters.load().decide)
    return measure_programme(amounts, hold_out(lottery, customers), day, reading)


def dated(frame: pd.DataFrame, day: date) -> pd.DataFrame:
    return frame.assign(day=day, run_id=runs.run_id(day))


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
    rows = frame.reindex(columns=columns) if frame.empty else frame[columns]
    return tables.replace_day(table, day, pa.Table.from_pandas(rows, preserve_index=False), keys)
