"""Stock: how much of each product to order now, what planned promotions need on top, and what to clear.

Takes the day's demand forecasts as its input. A source without a stock table gets forecasts and no recommendations.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml import parameters
from ml.demand_history import SALES_TABLE, as_panel, read_sold
from ml.learning import stages
from ml.learning.contest import Outcome
from ml.learning.record import Learned, open_champion, record
from ml.models.contract import Recipe
from ml.models.stock.catalogue import CATALOGUE
from ml.models.stock.judging import cost_per_day, live_through
from ml.models.stock.planning import plan
from ml.models.stock.policies import Policy
from ml.models.stock.shelf import Shelf
from ml.models.stock.units import from_quantiles, scatter_of
from warehouse import tables
from warehouse.errors import NotAvailable

TABLE = "ml.stock_recommendations"
CODE = ("stock.py", "models/stock/*.py", "learning/contest.py")
CAVEAT = (
    "Judged on units sold: what met an empty shelf is missing. Costs of holding, ordering and clearing are assumed."
)
COUNTS = """
    with newest as (
        select product_id, store_id, units_on_hand, units_on_order
        from staging.stg_shop__stock
        where day < $day and stock_date < $day and stock_date >= $day - 28
        qualify row_number() over (partition by product_id, store_id order by stock_date desc) = 1
    ),

    leads as (
        -- the deviation from sums of whole numbers, because a running one depends on the order of the rows
        select
            product_id, avg(lead_time_days)::double as lead_days,
            coalesce(sqrt(
                (sum(lead_time_days * lead_time_days) - sum(lead_time_days) ^ 2 / count(lead_time_days))
                / nullif(count(lead_time_days) - 1, 0)
            ), 0) as lead_sd
        from staging.stg_shop__stock
        where day < $day and stock_date >= $day - $lead_days
        group by product_id
    )

    select newest.product_id as unique_id, sum(units_on_hand)::double as on_hand,
        coalesce(sum(units_on_order), 0)::double as on_order, any_value(lead_days) as lead_days,
        any_value(lead_sd)::double as lead_sd
    from newest left join leads using (product_id)
    group by all order by all
"""
WORTH = """
    select product_id as unique_id, coalesce(price, regular_price) as price,
        coalesce(price, regular_price) * (1 - margin_rate) as cost, margin_rate_is_assumed as is_cost_assumed
    from features.products where day = $day and coalesce(price, regular_price) > 0
"""
FORECASTS = """
    select item_id as unique_id, periods_ahead, mean, quantile_10, quantile_90, planned_units
    from ml.demand_forecasts
    where day = $day and freq = 'week' and level = 'product'
    order by item_id, periods_ahead
"""


def read_shelves(day: date, numbers: SimpleNamespace) -> pd.DataFrame:
    """Stock, lead time and worth of every product counted lately; NotAvailable where none is."""
    if not stages.has_table(SALES_TABLE):
        raise NotAvailable("no sales have been prepared yet")
    counts = tables.read(COUNTS, {"day": day, "lead_days": numbers.lead_history_days}).to_pandas()
    if counts.empty:
        raise NotAvailable("the source delivers no stock")
    filled = counts.fillna({"lead_days": float(numbers.default_lead_days), "lead_sd": 0.0})
    return filled.merge(tables.read(WORTH, {"day": day}).to_pandas(), on="unique_id")


def shelf_of(frame: pd.DataFrame, numbers: SimpleNamespace) -> Shelf:
    return Shelf(frame, numbers.service_level, numbers.review_days, numbers.holding_rate, numbers.salvage_rate)


def train(day: date) -> None:
    """Live the policies through the newest weeks and register the one that would have cost least."""
    known = parameters.load()
    try:
        shelves = read_shelves(day, known.stock)
        units = read_days(day, shelves["unique_id"], known.stock.judged_days + known.stock.known_days)
    except NotAvailable as reason:
        print(f"{CATALOGUE.family}: not available: {reason}", flush=True)
        return
    learn(day, shelves, units, known.stock)


def learn(day: date, shelves: pd.DataFrame, units: np.ndarray, numbers: SimpleNamespace) -> None:
    """Judge on the days after what was known (units, products × days) and record the outcome."""
    opened = units.shape[1] - numbers.judged_days
    if opened < 28:
        print(f"{CATALOGUE.family}: not available: {units.shape[1]} days of sales are too few to judge by", flush=True)
        return
    before, after = units[:, :opened], units[:, opened:]
    mean = before.mean(axis=1)
    shelf = shelf_of(shelves.assign(mean=mean, variance=scatter_of(before) * mean), numbers)
    recipes = stages.recipes_of(CATALOGUE, "stock")
    policies = {name: made(recipe) for name, recipe in recipes.items()}
    order_cost = float(numbers.settings["fill_rate"]["order_cost"])
    losses = {name: cost_per_day(policy, shelf, after, order_cost) for name, policy in policies.items()}
    outcome = stages.hold_contest(CATALOGUE, day, losses)
    stages.tell_contest(CATALOGUE, outcome)
    for name, policy in policies.items():
        lived = live_through(policy, shelf, after)
        print(f"  {name}: fill rate {lived.fill_rate:.3f} with {lived.held.sum():,.0f} units held", flush=True)
    keep(day, outcome, recipes, policies[outcome.name], after)


def made(recipe: Recipe) -> Policy:
    policy: Policy = CATALOGUE.make(recipe)  # type: ignore[assignment]
    return policy


def keep(day: date, outcome: Outcome, recipes: Mapping[str, Recipe], policy: Policy, after: np.ndarray) -> None:
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=policy,
            metric="cost_per_product_and_day",
            caveat=CAVEAT,
            rows=after.size,
            validation=(day - timedelta(days=after.shape[1]), day - timedelta(days=1)),
            section="stock",
            data=[np.ascontiguousarray(after).tobytes()],
            code=CODE,
        )
    )


def score(day: date) -> int:
    """Replace the day's rows of ml.stock_recommendations; none without stock, forecasts or a champion."""
    numbers = parameters.load().stock
    champion = open_champion(CATALOGUE, day)
    try:
        if champion is None:
            raise NotAvailable("no champion")
        shelves = read_shelves(day, numbers)
        forecasts = read_forecasts(day, shelves, numbers)
    except NotAvailable as reason:
        return stages.no_rows(TABLE, day, CATALOGUE.family, str(reason))
    version, policy = champion
    frame = shelves.merge(forecasts, on="unique_id")
    planned = plan(shelf_of(frame, numbers), policy, numbers.clear_after_days)  # type: ignore[arg-type]
    rows = as_rows(planned, frame, numbers)
    written = stages.write_day(TABLE, day, rows, {"method": policy.name, "model_version": version.version})
    print(f"{CATALOGUE.family}: {written:,} products by {version.candidate} {version.version}", flush=True)
    return written


def read_forecasts(day: date, shelves: pd.DataFrame, numbers: SimpleNamespace) -> pd.DataFrame:
    """Daily mean, variance and doubt of each product in the next week without what is planned, and the extra units.

    Extra is what is planned in the weeks, begun ones whole, until an order of the next look at the stock arrives; no
    further than is forecast. What is not forecast by itself, because it hardly sells, is taken to sell on as it did.
    """
    forecasts = tables.read(FORECASTS, {"day": day}).to_pandas()
    if forecasts.empty:
        raise NotAvailable("there is no demand forecast of the day")
    products = shelves[["unique_id"]]
    days = read_days(day, products["unique_id"], numbers.known_days)
    found = products.merge(forecasts[forecasts["periods_ahead"] == 1], how="left", on="unique_id")
    is_forecast, scatter = found["mean"].notna().to_numpy(), scatter_of(days)
    planned = np.maximum(found["planned_units"].fillna(0).to_numpy(float), 0)
    mean, low, high = (found[name].fillna(0).to_numpy(float) for name in ("mean", "quantile_10", "quantile_90"))
    units, usual = from_quantiles(np.maximum(mean - planned, 0), low, high, scatter), days.mean(axis=1)
    return products.assign(
        mean=np.where(is_forecast, units.mean, usual),
        variance=np.where(is_forecast, units.variance, scatter * usual),
        doubt=units.doubt,
        extra=planned_until_receipt(forecasts, shelves, numbers.review_days),
    )


def planned_until_receipt(forecasts: pd.DataFrame, shelves: pd.DataFrame, review_days: float) -> np.ndarray:
    """Units (N,) planned on top for each shelf in the weeks that lead time and review days touch; never below 0.

    >>> weeks = pd.DataFrame({"unique_id": "tea", "periods_ahead": [1, 2, 3], "planned_units": [0.0, 30.0, 5.0]})
    >>> shelves = pd.DataFrame({"unique_id": ["tea", "tea"], "lead_days": [6.0, 7.0]})
    >>> planned_until_receipt(weeks, shelves, review_days=1).tolist()
    [0.0, 30.0]
    """
    last = np.ceil((shelves["lead_days"].to_numpy(float) + review_days) / 7)
    table = forecasts.pivot_table("planned_units", "unique_id", "periods_ahead", aggfunc="sum")
    planned = table.reindex(shelves["unique_id"]).fillna(0)
    return np.maximum((planned * (planned.columns.to_numpy()[None, :] <= last[:, None])).sum(axis=1).to_numpy(), 0)


def read_days(day: date, products: pd.Series, days: int) -> np.ndarray:
    """Units of products by day (N × T), in their order."""
    panel = as_panel(read_sold(day, days, parameters.load().shop), sorted(products), "D", 0, days)
    return panel.y[pd.Index(panel.ids).get_indexer(pd.Index(products))]


def as_rows(planned: pd.DataFrame, frame: pd.DataFrame, numbers: SimpleNamespace) -> pd.DataFrame:
    """What was planned in the columns of the table, beside what it was planned from."""
    mean = frame["mean"].to_numpy(float)
    cover = np.divide(frame["on_hand"].to_numpy(float), mean, out=np.full(len(mean), np.nan), where=mean > 0)
    return planned.rename(columns={"unique_id": "product_id"}).assign(
        units_on_hand=frame["on_hand"],
        units_on_order=frame["on_order"],
        units_per_day=mean,
        units_per_day_sd=np.sqrt(frame["variance"]),
        cover_days=cover,
        lead_time_days=frame["lead_days"],
        lead_time_sd=frame["lead_sd"],
        service_level=numbers.service_level,
        is_cost_assumed=frame["is_cost_assumed"].astype(bool),
    )
