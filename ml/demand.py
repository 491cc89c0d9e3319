"""Demand: units of every product, category and of all goods, four weeks ahead by week and by day, with ranges.

The family `demand` forecasts weeks, `demand_daily` days; the days of a week add up to its forecast, products and the
rest of a category to the category, and these to the total.
"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml import parameters
from ml.demand_history import REST, Sold, add_plans, as_panel, choose_products, read_sold
from ml.learning import registry, stages
from ml.learning.record import Learned, record
from ml.learning.registry import Version
from ml.models.contract import Recipe
from ml.models.demand.backtest import Backtest
from ml.models.demand.catalogue import CATALOGUE
from ml.models.demand.contest import Contested, Terms, hold, serve
from ml.models.demand.hierarchy import PRODUCT
from ml.models.demand.series import STEP_DAYS, Freq, Panel
from ml.models.demand.serving import Served, spread_weeks
from warehouse.errors import NotAvailable

TABLE = "ml.demand_forecasts"
FAMILIES: dict[Freq, str] = {"W": "demand", "D": "demand_daily"}
CODE = ("demand.py", "demand_history.py", "models/demand/*.py", "learning/contest.py", "learning/forecast_metrics.py")
CAVEAT = "Units sold, not wished for: what met an empty shelf is not in it. What promotions do is observed, not tested."


def train(day: date) -> None:
    """Judge the candidates on the newest weeks, fit the winners on everything known, and register both families."""
    try:
        sold = read_sold(day, parameters.load().demand.history_days, parameters.load().shop)
        with threadpool_limits(1):
            weekly = learn(sold, "W")
            learn(sold, "D", weekly)
    except NotAvailable as reason:
        print(f"{CATALOGUE.family}: not available: {reason}", flush=True)


def learn(sold: Sold, freq: Freq, weekly: Contested | None = None) -> Contested:
    """Hold the contest of a rhythm and record its champion; daily means are judged and ranged as parts of weeks."""
    panel, terms, family = read_panel(sold, freq), terms_of(freq), FAMILIES[freq]
    horizon = panel.horizon
    print(f"{family}: {len(panel.ids):,} series, {panel.known} periods", flush=True)
    before = registry.champion_for(family, date.fromordinal(sold.day.toordinal() - 1))
    held = hold(panel, horizon, terms, before.candidate if before else None)
    weeks = weekly.winner.means[-len(held.origins) :] if weekly else None
    if weeks is not None and len(weeks) < len(held.origins):
        held = replace(held, origins=held.origins[-len(weeks) :], winner=newest(held, len(weeks)))
    served = serve(panel, horizon, terms, held, weeks)
    catalogue = replace(CATALOGUE, family=family)
    stages.tell_contest(catalogue, held.outcome)
    print(f"  {served.measured}", flush=True)
    first = pd.Timestamp(panel.periods[held.origins[0]]).date()
    record(
        Learned(
            catalogue=catalogue,
            day=sold.day,
            outcome=held.outcome,
            recipes=terms.recipes,
            champion=served,
            metric="wrmsse",
            caveat=CAVEAT,
            rows=panel.y.size,
            validation=(first, sold.day - timedelta(days=1)),
            section="demand",
            data=[panel.y.tobytes(), *(np.ascontiguousarray(one).tobytes() for one in panel.regressors.values())],
            code=CODE,
        )
    )
    return held


def newest(held: Contested, count: int) -> Backtest:
    return replace(held.winner, origins=held.origins[-count:], means=held.winner.means[-count:])


def read_panel(sold: Sold, freq: Freq) -> Panel:
    """The series of a rhythm with everything planned; both rhythms know the same products in the same order."""
    numbers = parameters.load().demand
    products = choose_products(sold, numbers.max_products, numbers.chosen_within_days)
    step = STEP_DAYS[freq]
    most = (numbers.history_days if freq == "W" else numbers.daily_history_days) // step
    return add_plans(as_panel(sold, products, freq, 7 * numbers.horizon_weeks // step, most), sold.day)


def terms_of(freq: Freq) -> Terms:
    """Candidates and numbers of the contest of a rhythm, from section `demand` of ml/params.yml."""
    known = parameters.load()
    numbers, train = known.demand, known.train
    return Terms(
        recipes={name: with_rhythm(one, freq) for name, one in stages.recipes_of(CATALOGUE, "demand").items()},
        levels=("category",),
        quantiles=tuple(numbers.quantiles),
        origins=numbers.origins,
        contest_series=numbers.contest_series,
        group_learners=tuple(numbers.group_learners),
        win_rate=train.win_rate,
        replicates=train.bootstrap_replicates,
        confidence=train.confidence_rate,
        seed=train.seed,
    )


def with_rhythm(recipe: Recipe, freq: Freq) -> Recipe:
    """A recipe with the region whose holidays count, and with what its settings say under the rhythm's own letter."""
    own = {name: value for name, value in recipe.settings.items() if name not in STEP_DAYS}
    own |= recipe.settings.get(freq, {})
    region = {"region": parameters.load().demand.holiday_region} if recipe.candidate == "lightgbm" else {}
    return replace(recipe, settings={**own, **region})


def score(day: date) -> int:
    """Replace the day's rows of ml.demand_forecasts; none without a champion or without sales."""
    try:
        rows = forecast_day(day)
    except NotAvailable as reason:
        return stages.no_rows(TABLE, day, CATALOGUE.family, str(reason))
    written = stages.write_day(TABLE, day, rows)
    print(f"{CATALOGUE.family}: {written:,} forecasts by {', '.join(sorted(set(rows['method'])))}", flush=True)
    return written


def forecast_day(day: date) -> pd.DataFrame:
    numbers = parameters.load()
    champions = {freq: open_served(family, day) for freq, family in FAMILIES.items()}
    sold = read_sold(day, numbers.demand.history_days, numbers.shop)
    parts: list[pd.DataFrame] = []
    weeks, extra = np.zeros((0, 0)), np.zeros((0, 0))
    with threadpool_limits(1):
        for freq, (version, served) in champions.items():
            panel = read_panel(sold, freq)
            means = served.means(panel)
            if freq == "W":
                weeks, extra = means, served.planned(panel)
                planned = extra
            else:
                means, planned = spread_weeks(means, weeks), spread_weeks(means, extra)
            found = served.publish(panel, means).assign(planned_units=served.of_levels(panel, planned))
            parts.append(as_rows(found, freq, version))
    return pd.concat(parts, ignore_index=True)


def open_served(family: str, day: date) -> tuple[Version, Served]:
    version = registry.champion_for(family, day)
    if version is None:
        raise NotAvailable("no champion")
    return version, Served.load(registry.files_of(family, version.version))


def as_rows(found: pd.DataFrame, freq: Freq, version: Version) -> pd.DataFrame:
    """Forecasts in the columns of the table; the rest of a category is a level of its own beside products."""
    is_rest = found["unique_id"].astype(str).str.startswith(REST) & (found["level"] == PRODUCT)
    item = found["unique_id"].astype(str)
    first = found["ds"].min()
    return pd.DataFrame(
        {
            "level": np.where(is_rest, "rest", found["level"]),
            "item_id": np.where(is_rest, item.str.removeprefix(REST), item),
            "freq": {"W": "week", "D": "day"}[freq],
            "ds": found["ds"].dt.date,
            "periods_ahead": ((found["ds"] - first).dt.days // STEP_DAYS[freq] + 1).astype(int),
            "mean": found["mean"],
            "quantile_10": found["q_0.1"],
            "quantile_50": found["q_0.5"],
            "quantile_90": found["q_0.9"],
            "planned_units": found["planned_units"],
            "method": found["method"],
            "model_version": version.version,
        }
    )
