"""Pairs, sales and thresholds against simple rules, on weeks nobody had seen.

Pairs are named on all but the newest four weeks of a simulated shop of 10,000 customers and 180 days, and looked for
in these; where the published data of Complete Journey are there, also on its last four weeks. A flash sale's stock is
judged on the reductions the simulated shop makes by itself, week by week: usual units are the mean of the unreduced of
the eight weeks before, the answer is the elasticity that is assumed without an estimate, and the stock is to suffice in
95 of 100 sales; the floor sets the expected units aside. Menus of thresholds are chosen on past baskets and valued on
later ones by the same assumed answer, the floor is one threshold a fifth above the mean basket with 5 % off. Nothing
was chosen on these weeks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from rich.progress import track

from benchmarks.figures import Figure
from ml import parameters
from ml.bundles import most_bought
from ml.learning import contest
from ml.learning.contest import Contest
from ml.learning.metrics import FloatArray
from ml.learning.stages import recipes_of
from ml.models.bundles.baskets import Baskets
from ml.models.bundles.catalogue import CATALOGUE
from ml.models.bundles.judging import bought, excess
from ml.models.stock.units import scatter_of
from ml.proposing.answers import Goods
from ml.proposing.flash_sales import expect, set_aside
from ml.proposing.thresholds import Menu, ThresholdTerms, choose_menu, value_baskets, value_later
from simulator import parameters as simulated
from simulator import world
from simulator.calendar import week_number
from simulator.day import live_day
from simulator.market import shelf_reductions
from simulator.policy import send_own
from simulator.world import World
from warehouse import sources
from warehouse.connection import in_memory

CUSTOMERS, PRODUCTS, DAYS, SEED, JUDGED = 10_000, 1000, 180, 11, 28
SOURCE, FIRST_DAY, LAST_DAY = "complete_journey", date(2017, 1, 1), date(2017, 12, 30)
FIRST = pd.Timestamp("2025-06-04")
WEEK, SALES_FROM, LEAST_UNITS = 7, 12, 2.0  # weeks of history before sales are foreseen; units a week
JOURNEY = """
    with orders as ({orders}), order_items as ({order_items}), products as ({products})

    select
        order_items.order_id, order_items.product_id, any_value(orders.customer_id) as customer_id,
        any_value(orders.order_date)::timestamp as order_date, sum(order_items.net_amount)::double as amount
    from order_items
    inner join orders using (order_id)
    inner join products using (product_id)
    where
        order_items.quantity > 0
        and not list_contains($departments::varchar[], coalesce(products.department, ''))
        and not list_contains($categories::varchar[], coalesce(products.category, ''))
    group by all
    order by all
"""


def run() -> list[Figure]:
    made, lines = live()
    figures = [*pair_figures("simulated shop", lines), *sale_figures(made, lines)]
    figures += threshold_figures("simulated shop", lines)
    if not Path(sources.load(SOURCE).address).exists():
        return figures
    journey = read_journey()
    return figures + [*pair_figures("Complete Journey", journey), *threshold_figures("Complete Journey", journey)]


def live() -> tuple[World, pd.DataFrame]:
    """The shop with shelves that never empty, and all lines of its baskets."""
    known = simulated.load()
    known.stock.start_days, known.stock.fewest = 1e6, 1e6
    made, parts = world.create(CUSTOMERS, PRODUCTS, DAYS, SEED, known), []
    for day in track(range(DAYS), "living"):
        told = live_day(made, send_own).tables
        if "order_items" in told:
            parts.append(as_lines(told, day))
    return made, pd.concat(parts, ignore_index=True)


def as_lines(told: Mapping[str, pa.Table], day: int) -> pd.DataFrame:
    """The lines of a day in the columns of a frame of baskets, with units and amount (currency)."""
    items, orders = (told[name].to_pandas() for name in ("order_items", "orders"))
    lines = items[["order_id", "product_id", "quantity", "net_amount"]].merge(orders[["order_id", "customer_id"]])
    lines = lines.rename(columns={"quantity": "units", "net_amount": "amount"})
    lines = lines.astype({"order_id": str, "product_id": str, "units": float, "amount": float})
    return lines.assign(order_date=FIRST + pd.Timedelta(days=day))


def read_journey() -> pd.DataFrame:
    source, shop = sources.load(SOURCE), parameters.load().shop
    sql = JOURNEY.format(**{table: source.query(table) for table in ("orders", "order_items", "products")})
    given = {"departments": shop.excluded_departments, "categories": shop.excluded_categories}
    given = {**source.parameters(FIRST_DAY, LAST_DAY), **given}
    with in_memory() as connection:
        return connection.execute(sql, {name: given[name] for name in given if f"${name}" in sql}).df()


def cut(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was bought before the newest weeks, and in them."""
    opened = lines["order_date"].max() - pd.Timedelta(days=JUDGED - 1)
    return lines[lines["order_date"] < opened], lines[lines["order_date"] >= opened]


def pair_figures(shop: str, lines: pd.DataFrame) -> Iterator[Figure]:
    """What each measure's three partners per product add beyond chance, and what the champion of the past adds."""
    past, later = (Baskets(part) for part in cut(lines))
    anchors, numbers = most_bought(past, parameters.load().bundles.judged_products), parameters.load().train
    recipes = recipes_of(CATALOGUE, "bundles")
    losses = {
        name: -excess(CATALOGUE.make(recipe).fit(past).score(past), later, anchors) for name, recipe in recipes.items()
    }
    terms = {"win_rate": numbers.win_rate, "replicates": numbers.bootstrap_replicates, "seed": numbers.seed}
    outcome = contest.decide(Contest(losses, CATALOGUE.floors, weights=bought(later, anchors), **terms))
    floor = max(-outcome.standings[name].value for name in CATALOGUE.floors)
    for one in outcome.standings.values():
        yield Figure(
            f"{shop}: {one.name}, baskets with a named partner beyond chance",
            -one.value,
            "per 100 baskets of the product",
            floor=floor,
            how_measured=f"95 %: {-one.high:.2f} to {-one.low:.2f}; {later.table.shape[0]:,} later baskets"
            + (", wins" if one.name == outcome.name else ""),
        )


def sale_figures(made: World, lines: pd.DataFrame) -> Iterator[Figure]:
    """Own reductions of the shop, each foreseen from the weeks before it in which the product was not reduced."""
    units, reduced = by_week(made, lines)
    rows = [
        foresee(units[:, :week], reduced[:, :week], reduced[:, week])
        .assign(week=week)
        .join(pd.Series(units[:, week], name="sold"))
        for week in range(SALES_FROM, units.shape[1])
    ]
    sales = pd.concat(rows).dropna()
    suffices = (sales["sold"] <= sales["stock"]).to_numpy().astype(np.float64)
    mean_suffices = float((sales["sold"] <= sales["expected"]).mean())
    how = f"{len(sales):,} weeks of reduced products; elasticity assumed {parameters.load().bundles.assumed_elasticity}"
    ends = quantiles_by(sales["week"].to_numpy(), suffices, np.ones(len(sales)))
    service = parameters.load().bundles.stock_service
    yield Figure(
        "flash sales: stock suffices", float(suffices.mean()), "share of sales", floor=mean_suffices, target=service,
        how_measured=f"95 % over weeks: {ends[0]:.3f} to {ends[1]:.3f}; floor: the mean set aside; {how}",
    )  # fmt: skip
    ratio = sales["sold"].to_numpy(float)
    ends = quantiles_by(sales["week"].to_numpy(), ratio, sales["expected"].to_numpy(float))
    yield Figure(
        "flash sales: units sold by units expected", float(ratio.sum() / sales["expected"].sum()), "ratio",
        floor=float(ratio.sum() / sales["usual"].sum()),
        how_measured=f"95 %: {ends[0]:.3f} to {ends[1]:.3f}; floor: usual units; 1 is best",
    )  # fmt: skip
    yield Figure(
        "flash sales: stock set aside by units sold",
        float(sales["stock"].sum() / ratio.sum()),
        "ratio",
        is_up_good=False,
    )


def by_week(made: World, lines: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Units sold and share reduced (products × whole weeks)."""
    skipped = (7 - FIRST.weekday()) % 7
    week = (lines["order_date"] - FIRST).dt.days.to_numpy() - skipped
    count = (DAYS - skipped) // WEEK
    units = np.zeros((PRODUCTS, count))
    place = lines["product_id"].astype(int).to_numpy() - int(made.catalogue.product_id[0])
    inside = (week >= 0) & (week < count * WEEK)
    np.add.at(units, (place[inside], week[inside] // WEEK), lines["units"].to_numpy()[inside])
    number = [week_number(made.known, skipped + WEEK * one) for one in range(count)]
    reduced = [shelf_reductions(made.known, made.catalogue, made.seed, one) for one in number]
    return units, np.column_stack(reduced)


def foresee(units: FloatArray, reduced: FloatArray, depth: FloatArray) -> pd.DataFrame:
    """Usual and expected units and stock of a week, a row per product that is reduced in it, by its place."""
    strongest, expected, weakest = parameters.load().bundles.assumed_elasticity
    recent, was = units[:, -8:], reduced[:, -8:] > 0
    usual = np.nanmean(np.where(was, np.nan, recent), axis=1, where=np.any(~was, axis=1, keepdims=True))
    is_asked = (depth > 0) & (was.sum(axis=1) <= 4) & (usual >= LEAST_UNITS)
    frame = {"product_id": np.arange(len(units)).astype(str), "price": 1.0, "cost": 0.5, "elasticity": expected}
    goods = Goods(pd.DataFrame(frame))
    sales = [expect(goods, usual, depth, np.full(len(units), one)) for one in (weakest, expected, strongest)]
    variance = scatter_of(np.where(was, usual[:, None], recent)) * usual
    stock = set_aside(sales[1], sales[0], sales[2], variance, parameters.load().bundles.stock_service)
    return pd.DataFrame({"usual": usual, "expected": sales[1].units, "stock": stock})[is_asked]


def quantiles_by(groups: np.ndarray, above: FloatArray, below: FloatArray, replicates: int = 400) -> FloatArray:
    """Ends of the 95 % interval of a ratio of sums over resampled groups."""
    code, names = pd.factorize(groups)
    sums = [np.bincount(code, values, minlength=len(names)) for values in (above, below)]
    drawn = np.random.default_rng(0).integers(0, len(names), (replicates, len(names)))
    return np.quantile(sums[0][drawn].sum(axis=1) / sums[1][drawn].sum(axis=1), [0.025, 0.975])


def threshold_figures(shop: str, lines: pd.DataFrame) -> Iterator[Figure]:
    """A menu chosen on the past, valued on the later baskets of the customers it was chosen for."""
    past, later = (as_amounts(part) for part in cut(lines))
    numbers = parameters.load().bundles
    terms = ThresholdTerms(
        numbers.threshold_depths, steps=numbers.threshold_steps, fill_rate=numbers.threshold_fill_rate,
        reach_rate=numbers.threshold_reach_rate, margin_rate=parameters.load().shop.default_margin_rate,
    )  # fmt: skip
    needed = float(np.ceil(past["amount"].mean() * 1.2 / 5) * 5)
    for name, menu in (("personal menu", choose_menu(past, terms)), ("one step chosen", one_step(past, terms))):
        later_value = value_later(menu, later, terms)
        common = value_baskets(later["amount"].to_numpy(), needed, 0.05 * needed, terms)
        ends = quantiles_by(later["customer_id"].to_numpy(), later_value, np.ones(len(later)))
        yield Figure(
            f"{shop}: {name}, margin by an assumed answer", 100 * float(later_value.mean()), "currency per 100 baskets",
            floor=100 * float(common.mean()),
            how_measured=f"95 %: {100 * ends[0]:.2f} to {100 * ends[1]:.2f}; floor: {needed:.0f} for all",
        )  # fmt: skip


def one_step(past: pd.DataFrame, terms: ThresholdTerms) -> Menu:
    return choose_menu(past, replace(terms, steps=1))


def as_amounts(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.groupby("order_id").agg(customer_id=("customer_id", "first"), amount=("amount", "sum"))
