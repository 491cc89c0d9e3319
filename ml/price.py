"""Price: how units answer to prices, by product and category, and which prices to recommend."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.learning.record import Learned, open_champion, record
from ml.models.contract import Recipe
from ml.models.price.catalogue import CATALOGUE
from ml.models.price.elasticity import Elasticity
from ml.models.price.judging import held_out_losses
from ml.models.price.weeks import Weeks
from ml.pricing.guardrails import Guardrails
from ml.pricing.reading import read_price_weeks, read_shelf
from ml.pricing.recommending import KEEP, recommend_prices
from ml.pricing.today import Terms, goods_of_today
from warehouse.errors import NotAvailable

TABLE, RECOMMENDED = "ml.price_elasticities", "ml.price_recommendations"
BESIDE = (
    "category",
    "elasticity",
    "elasticity_low",
    "elasticity_high",
    "elasticity_level",
    "is_cost_assumed",
    "days_since_change",
)
RENAMED = {"unique_id": "product_id", "cost": "unit_cost", "units": "units_per_week"}
CODE = ("price.py", "pricing/reading.py", "pricing/queries/weeks.sql", "models/price/*.py", "learning/contest.py")
CAVEAT = "Observational: prices were set by the shop, not drawn; what made it change them may have moved units too."
NOTHING = "no product has weeks enough with a price"


def train(day: date) -> None:
    """Judge the candidates on the newest weeks, fit the winner on all of them and register it."""
    weeks = read_price_weeks(day)
    numbers = parameters.load().price
    opened = day - timedelta(weeks=numbers.test_weeks)
    known = weeks.until(pd.Timestamp(opened)) if weeks else None
    if weeks is None or known is None or known.frame["ds"].nunique() < numbers.min_weeks:
        print(f"{CATALOGUE.family}: not available: {NOTHING}", flush=True)
        return
    print(f"{CATALOGUE.family}: {len(weeks.frame):,} weeks of products, judged from {opened}", flush=True)
    try:
        learn(day, weeks, known, opened)
    except NotAvailable as reason:
        print(f"  not available: {reason}", flush=True)


def learn(day: date, weeks: Weeks, known: Weeks, opened: date) -> None:
    recipes = stages.recipes_of(CATALOGUE, "price")
    losses = judge(weeks, known, recipes, opened)
    if losses.empty:
        raise NotAvailable("no product that sells steadily was sold in the newest weeks")
    outcome = stages.hold_contest(CATALOGUE, day, {str(name): losses[name].to_numpy() for name in losses})
    stages.tell_contest(CATALOGUE, outcome)
    champion = CATALOGUE.make(recipes[outcome.name]).fit(weeks)
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=champion,
            metric="poisson_deviance_loss",
            caveat=CAVEAT,
            rows=len(weeks.frame),
            validation=(opened, day - timedelta(days=1)),
            section="price",
            data=[pd.util.hash_pandas_object(weeks.frame, index=False).to_numpy().tobytes()],
            code=CODE,
        )
    )


def judge(weeks: Weeks, known: Weeks, recipes: Mapping[str, Recipe], opened: date) -> pd.DataFrame:
    """Losses of products (rows) by candidate (columns) on the weeks from `opened`."""
    found = {}
    for name, recipe in recipes.items():
        model = CATALOGUE.make(recipe).fit(known)
        assert isinstance(model, Elasticity)
        found[name] = held_out_losses(model, weeks, opened)
    return pd.DataFrame(found)


def score(day: date) -> int:
    """Replace the day's elasticities and recommended prices; none without a champion."""
    champion, weeks = open_champion(CATALOGUE, day), read_price_weeks(day)
    if champion is None or weeks is None:
        reason = "no champion" if champion is None else NOTHING
        names = {TABLE: CATALOGUE.family, RECOMMENDED: "price recommendations"}
        return sum(stages.no_rows(table, day, name, reason) for table, name in names.items())
    version, model = champion
    assert isinstance(model, Elasticity)
    rows = model.score(weeks)
    level = rows["unique_id"].map(lambda one: "product" if one else "category")
    constants = {"model_version": version.version}
    written = stages.write_day(TABLE, day, rows.assign(level=level, product_id=rows["unique_id"]), constants)
    told = f"{written:,} elasticities, {int(rows['is_identified'].sum()):,} identified"
    print(f"{CATALOGUE.family}: {told}, by {version.candidate} {version.version}", flush=True)
    return written + score_prices(day, weeks, model, rows, constants)


def score_prices(day: date, weeks: Weeks, model: Elasticity, told: pd.DataFrame, constants: Mapping[str, str]) -> int:
    shelf = read_shelf(day)
    if shelf is None:
        return stages.no_rows(RECOMMENDED, day, "price recommendations", "nothing was sold lately")
    prices = recommend(shelf, weeks, model, told)
    moved = int((prices["action"] != KEEP).sum())
    print(f"price recommendations: {len(prices):,} products, {moved:,} to change", flush=True)
    return stages.write_day(RECOMMENDED, day, prices, constants)


def recommend(shelf: pd.DataFrame, weeks: Weeks, model: Elasticity, told: pd.DataFrame) -> pd.DataFrame:
    """Rows of ml.price_recommendations but day and version."""
    numbers = parameters.load().pricing
    deviation = float(model.details().get("own_slope_deviation_between_products", 0.0))
    terms = Terms(numbers.base_weeks, numbers.borrows_from_category, deviation)
    goods = goods_of_today(shelf, weeks, told, terms)
    found = recommend_prices(goods, Guardrails.of(vars(numbers)))
    beside = [name for name in BESIDE if name not in found]
    return found.assign(**{name: goods[name] for name in beside}).rename(columns=RENAMED)
