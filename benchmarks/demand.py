"""Forecasts of the demonstration shop's weekly units, four weeks ahead from weeks 40, 44 and 48 of 2017.

The 1,000 goods that sold for most until week 40, in the weeks of the published data. Methods learn from weeks before
each origin; settings were chosen on origins up to week 32. That the displays and mailers of all four weeks were
planned at the origin is assumed, as the figures to reach do: the data do not say when they were. One row shows what is
left where only the first week's were. docs/decisions/0026-what-wrmsse-is.md says which WRMSSE this is. Intervals are
those over resampled products at 95 %.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure
from ml.demand import terms_of
from ml.learning.contest import Contest, stand
from ml.learning.forecast_metrics import coverage, mae, mase, mse, pinball, rmse, wape
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.demand.backtest import Backtest, actuals, backtest, losses, stacked, weights
from ml.models.demand.contest import by_level, settle, wrmsse_by_level
from ml.models.demand.hierarchy import PRODUCT, TOTAL, hierarchy_of
from ml.models.demand.ranges import learn_ranges
from ml.models.demand.series import Panel, Series, panel_of
from ml.models.demand.serving import agree, forecaster
from warehouse import sources
from warehouse.connection import in_memory

SOURCE, PRODUCTS, HORIZON = "complete_journey", 1000, 4
ORIGINS, EARLIER, LEVELS = (40, 44, 48), (28, 32, 36), ("category",)
EVERYTHING = ("naive", "seasonal_naive", "moving_average", "ses", "ets", "ar", "arima", "theta", "croston", "lightgbm")
TARGETS = {"naive": 0.879, "ar": 0.774, "ses": 0.728, "lightgbm": 0.628}
CATEGORY_TARGET, WAPE_TARGET, LEAST_COVERAGE, MOST_COVERAGE = 0.586, 0.390, 0.75, 0.85
SALES = """
    with goods as (
        select product_id::varchar as product_id, product_category as category
        from read_parquet($folder || '/products.parquet')
        where coalesce(department, '') <> 'FUEL' and coalesce(product_category, '') <> 'COUPON/MISC ITEMS'
    ),

    lines as (
        select goods.*, week, quantity as units, sales_value as amount,
            retail_disc + coupon_disc + coupon_match_disc as discount
        from read_parquet($folder || '/transactions.parquet') as line
        inner join goods on line.product_id::varchar = goods.product_id
        where quantity > 0
    ),

    best as (
        select product_id from lines where week <= $first_origin
        group by product_id order by sum(amount) desc, product_id limit $products
    )

    select product_id as unique_id, any_value(category) as category, week, sum(units)::double as y,
        sum(amount)::double as amount, sum(discount)::double as discount
    from lines where product_id in (from best) group by all order by all
"""
PLANS = """
    with stores as (
        select store_id, sum(sales_value) / sum(sum(sales_value)) over () as share
        from read_parquet($folder || '/transactions.parquet') where week <= $first_origin group by store_id
    ),

    placed as (
        select product_id::varchar as unique_id, week, store_id,
            max((display_location <> '0')::int) as display, max((mailer_location <> '0')::int) as mailer
        from read_parquet($folder || '/promotions.parquet')
        where product_id in (select unnest($products::bigint[]))
        group by all
    )

    select unique_id, week, sum(share * display) as display, sum(share * mailer) as mailer
    from placed inner join stores using (store_id) group by all order by all
"""


@dataclass(frozen=True)
class Judged:
    """What a candidate forecast at the origins, with the losses (N,) of products."""

    found: Backtest
    loss: FloatArray


def run() -> list[Figure]:
    panel = read_panel()
    with threadpool_limits(1):
        judged = {name: judge(panel, recipe) for name, recipe in recipes().items()}
        figures = list(as_figures(panel, judged))
        blind = replace(panel, leads={**panel.leads, "display": 1, "mailer": 1})
        figures.append(first_week_alone(blind, recipes()["lightgbm"], judged["naive"]))
        before = backtest(forecaster, recipes()["lightgbm"], panel, EARLIER, HORIZON)
        figures += reconciled(panel, before, judged["lightgbm"].found, judged["naive"])
        return figures + list(ranges(panel, before, judged["lightgbm"].found))


def recipes() -> dict[str, Recipe]:
    """Every candidate with the settings of ml/params.yml; the lstm where its extra is installed."""
    known = terms_of("W").recipes
    extra = ("lstm",) if find_spec("torch") else ()
    return {name: known.get(name, Recipe(name, seed=1)) for name in (*EVERYTHING, *extra)}


def read_panel() -> Panel:
    source = sources.load(SOURCE)
    folder = source.address
    with in_memory() as connection:
        given = {"folder": folder, "first_origin": ORIGINS[0], "products": PRODUCTS}
        sales = connection.execute(SALES, given).df()
        wanted = [int(one) for one in sales["unique_id"].unique()]
        plans = connection.execute(PLANS, {**given, "products": wanted}).df()
    return as_panel(sales, plans)


def as_panel(sales: pd.DataFrame, plans: pd.DataFrame) -> Panel:
    """All 53 weeks; prices are carried on, the price of a week is not known ahead, placements are."""
    weeks = range(1, int(sales["week"].max()) + 1)
    index = pd.MultiIndex.from_product([sales["unique_id"].unique(), weeks], names=["unique_id", "week"])
    frame = pd.DataFrame(index=index).reset_index().merge(sales.drop(columns="category"), how="left")
    frame = frame.merge(plans, how="left").fillna({"y": 0.0, "display": 0.0, "mailer": 0.0})
    frame["price"] = (frame["amount"] / frame["y"]).groupby(frame["unique_id"]).ffill()
    frame["discount"] = frame["discount"] / (frame["discount"] + frame["amount"])
    frame["category"] = frame["unique_id"].map(sales.groupby("unique_id")["category"].first())
    frame["ds"] = pd.Timestamp("2016-12-26") + pd.to_timedelta(7 * (frame["week"] - 1), "D")
    series = Series(frame.drop(columns=["week", "amount"]), "W", 0, {"price": 0, "discount": 0})
    return panel_of(series)


def judge(panel: Panel, recipe: Recipe) -> Judged:
    found = backtest(forecaster, recipe, panel, ORIGINS, HORIZON)
    return Judged(found, losses(panel, found))


def wrmsse_of(panel: Panel, found: Backtest, level: str) -> float:
    """The mean over origins of the WRMSSE of a level; groups are sums of products."""
    each = [wrmsse_by_level(panel, origin, found.means[k], LEVELS)[level] for k, origin in enumerate(found.origins)]
    return float(np.mean(each))


def as_figures(panel: Panel, judged: Mapping[str, Judged]) -> Iterator[Figure]:
    losses_by_name = {name: one.loss for name, one in judged.items()}
    standings = stand(Contest(losses_by_name, ["naive"], weights=weights(panel, ORIGINS)))
    came = actuals(panel, ORIGINS, HORIZON)
    for name, one in judged.items():
        how = f"3 origins, 4 weeks; {standings[name].low:.3f} to {standings[name].high:.3f}"
        targets = {PRODUCT: TARGETS.get(name), "category": CATEGORY_TARGET if name == "lightgbm" else None, TOTAL: None}
        for level, target in targets.items():
            yield Figure(
                name=f"{name}, {level}",
                value=wrmsse_of(panel, one.found, level),
                unit="WRMSSE",
                floor=wrmsse_of(panel, judged["naive"].found, level),
                target=target,
                is_up_good=False,
                how_measured=how if level == PRODUCT else "3 origins, 4 weeks; sums of products",
            )
        yield from plain_errors(name, panel, (one.found, judged["naive"].found), came)


def plain_errors(name: str, panel: Panel, found: tuple[Backtest, Backtest], came: FloatArray) -> Iterator[Figure]:
    """The other metrics over all products, origins and weeks, beside the naive forecast's."""
    history = panel.y[:, : ORIGINS[0]]
    wide = [np.concatenate(list(one), axis=1) for one in (came, found[0].means, found[1].means)]
    plain = {"WAPE": wape, "MAE": mae, "MSE": mse, "RMSE": rmse}
    units = {"WAPE": "share of units", "MAE": "units", "MSE": "squared units", "RMSE": "units", "MASE": "naive errors"}
    values = {kind: (measure(wide[0], wide[1]), measure(wide[0], wide[2])) for kind, measure in plain.items()}
    values["MASE"] = (mase(wide[0], wide[1], history), mase(wide[0], wide[2], history))
    for kind, (value, floor) in values.items():
        target = WAPE_TARGET if (name, kind) == ("lightgbm", "WAPE") else None
        yield Figure(f"{name}, {kind}", value, units[kind], floor, target=target, is_up_good=False)


def first_week_alone(panel: Panel, recipe: Recipe, floor: Judged) -> Figure:
    """The boosting where placements are only known a week ahead, as the source's own assumption has it."""
    return Figure(
        name="lightgbm without the plans of weeks 2 to 4, product",
        value=wrmsse_of(panel, judge(panel, recipe).found, PRODUCT),
        unit="WRMSSE",
        floor=wrmsse_of(panel, floor.found, PRODUCT),
        is_up_good=False,
        how_measured="3 origins, 4 weeks; no target: the figures to reach know the plans",
    )


def reconciled(panel: Panel, before: Backtest, found: Backtest, floor: Judged) -> Iterator[Figure]:
    """The boosting once categories and the total were heard (MinT), or not, as the three origins before each say."""
    origins, means = (*before.origins, *found.origins), np.concatenate([before.means, found.means])
    terms, heard = replace(terms_of("W"), levels=LEVELS), []
    for place in range(len(EARLIER), len(origins)):
        view, known = panel.cut(origins[place], HORIZON), slice(place - len(EARLIER), place)
        _, agreement, _ = settle(view, Backtest(origins[known], means[known]), terms)
        heard.append((agreement.method, agree(view, hierarchy_of(view, LEVELS), means[place], agreement)))
    moved, methods = replace(found, means=np.stack([one for _, one in heard])), ", ".join(one for one, _ in heard)
    for level in (PRODUCT, *LEVELS, TOTAL):
        yield Figure(
            name=f"lightgbm reconciled, {level}",
            value=wrmsse_of(panel, moved, level),
            unit="WRMSSE",
            floor=wrmsse_of(panel, floor.found, level),
            target={PRODUCT: TARGETS["lightgbm"], "category": CATEGORY_TARGET}.get(level),
            is_up_good=False,
            how_measured=f"3 origins, 4 weeks; by {methods}",
        )


def ranges(panel: Panel, earlier: Backtest, found: Backtest) -> Iterator[Figure]:
    """Coverage of nominal 80 % by errors at earlier origins alone, by level, with the pinball loss."""
    before = by_level(panel, EARLIER, earlier.means, LEVELS)
    for level, (came, mean) in by_level(panel, ORIGINS, found.means, LEVELS).items():
        learned = learn_ranges(*stacked(*before[level]), (0.1, 0.5, 0.9), len(EARLIER))
        actual, forecast = stacked(came, mean)
        quantiles = learned.quantiles(forecast)
        covered = coverage(actual, quantiles[:, :, 0], quantiles[:, :, 2])
        within = f"{actual.size:,} product weeks" if level == PRODUCT else f"{actual.size:,} weeks of sums"
        is_item = level == PRODUCT
        how = f"{within}; to lie between 0.75 and 0.85"
        yield Figure(
            f"coverage of 80 %, {level}", covered, "share", target=LEAST_COVERAGE if is_item else None, how_measured=how
        )
        if is_item:
            yield Figure(
                f"coverage of 80 %, {level}, at most", covered, "share", target=MOST_COVERAGE, is_up_good=False
            )
        loss = float(np.mean([pinball(actual, quantiles[:, :, k], one) for k, one in enumerate(learned.levels)]))
        yield Figure(f"pinball loss, {level}", loss, "units", is_up_good=False, how_measured="mean of .1, .5 and .9")
