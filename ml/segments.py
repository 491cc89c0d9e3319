"""Segments and tiers: which customers are alike, what they are called, and how far each is from the next tier."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml import parameters, value
from ml.deciding.eligibility import tier_ladder
from ml.learning import stages
from ml.learning.contest import Outcome
from ml.learning.metrics import FloatArray
from ml.learning.record import Learned, open_champion, record
from ml.models.contract import Recipe
from ml.models.segments.catalogue import CATALOGUE
from ml.models.segments.judging import behaviour, segment_loss
from ml.models.segments.kmeans import KMeansSegments
from ml.models.segments.portraits import NamedCentres, Portraits, read_portraits
from ml.models.segments.tiers import COLUMNS, next_tiers
from warehouse import tables
from warehouse.errors import NotAvailable

TABLE, TIERS, SOURCE = "ml.customer_segments", "ml.customer_tiers", "features.customers"
WINDOW_DAYS = 365
CODE = ("segments.py", "models/segments/*.py", "learning/contest.py")
CAVEAT = "Describes customers; that they are alike says nothing about what an offer would change."
HABITS = """
    select
        customer_id,
        days_since_last_order::double as recency,
        coalesce(orders_last_365_days, 0)::double as frequency,
        coalesce(net_amount_last_365_days, 0)::double as amount,
        mean_basket_amount::double as basket,
        discount_share_rate::double as offer_share,
        category_count_last_90_days::double as variety
    from features.customers where day = $day order by customer_id
"""
# Days that hold the whole shop: some only hold the customers of a campaign that began.
WHOLE_DAY = """
    select max(day) as day from (
        select day from features.customers where day <= $until group by day
        having count(*) >= 0.5 * (select max(rows) from (select count(*) as rows from features.customers group by day))
    )
"""
LADDER = "select tier, minimum_amount::double as minimum_amount from staging.stg_shop__member_tiers"


def read_habits(day: date, previous: NamedCentres | None = None) -> Portraits:
    """Portraits of every known customer on the morning of a day."""
    return read_portraits(tables.read(HABITS, {"day": day}).to_pandas(), previous)


def read_came(day: date, days: int, customers: pd.Series, until: date) -> FloatArray:
    """Behaviour (n × 3) of customers (n) in the `days` from a day, as known on the morning of `until`."""
    purchases = value.read_purchases(until)
    inside = (purchases["ds"] >= pd.Timestamp(day)) & (purchases["ds"] < pd.Timestamp(day + timedelta(days=days)))
    grouped = purchases[inside].groupby("customer_id")["amount"]
    found = pd.DataFrame({"orders": grouped.size(), "spend": grouped.sum()}).reindex(customers).fillna(0.0)
    return behaviour(found["orders"].to_numpy(dtype=float), found["spend"].to_numpy(dtype=float))


def train(day: date) -> None:
    """Judge the ways to cut on the newest closed window, learn the winner on all customers and register it."""
    recipes = stages.recipes_of(CATALOGUE, "segments")
    days = parameters.load().segments.judged_days
    mornings = judged_mornings(day, days)
    if mornings is None:
        print(f"{CATALOGUE.family}: not available: no customers known two windows of {days} days ago", flush=True)
        return
    losses = judge(recipes, mornings, days, day)
    outcome = stages.hold_contest(CATALOGUE, day, losses)
    stages.tell_contest(CATALOGUE, outcome)
    learn(day, recipes, outcome, mornings[1])


def judged_mornings(day: date, days: int) -> tuple[date, date] | None:
    """Two mornings a window apart, the later a window before the day; None where the shop was not known so early."""
    if not stages.has_table(SOURCE) or not stages.has_table(value.SOURCE):
        return None
    now = whole_day(day - timedelta(days=days))
    then = whole_day(now - timedelta(days=days)) if now else None
    return (then, now) if then and now else None


def whole_day(until: date) -> date | None:
    found: date | None = tables.read(WHOLE_DAY, {"until": until})[0][0].as_py()
    return found


def judge(recipes: dict[str, Recipe], mornings: tuple[date, date], days: int, until: date) -> dict[str, FloatArray]:
    """Loss (n) by candidate of the later morning's customers; candidates its data do not suffice for lack."""
    then, now = (read_habits(morning) for morning in mornings)
    came = [
        read_came(morning, days, one.frame["customer_id"], until)
        for morning, one in zip(mornings, (then, now), strict=True)
    ]
    losses = {}
    for name, recipe in recipes.items():
        try:
            model = CATALOGUE.make(recipe).fit(then)
        except NotAvailable as reason:
            print(f"  {name}: not available: {reason}", flush=True)
            continue
        named = [model.score(one)["segment"] for one in (then, now)]
        losses[name] = segment_loss(named[0], came[0], named[1], came[1])
    return losses


def learn(day: date, recipes: dict[str, Recipe], outcome: Outcome, judged_on: date) -> None:
    data = read_habits(day, names_in_use(day))
    champion = CATALOGUE.make(recipes[outcome.name]).fit(data)
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=champion,
            metric="segment_loss",
            caveat=CAVEAT,
            rows=len(data.frame),
            validation=(judged_on, day - timedelta(days=1)),
            section="segments",
            data=[pd.util.hash_pandas_object(data.frame, index=False).to_numpy().tobytes()],
            code=CODE,
        )
    )


def names_in_use(day: date) -> NamedCentres | None:
    """The named centres of the champion before the day, so that a segment keeps its name; None where it has none."""
    held = open_champion(CATALOGUE, day - timedelta(days=1))
    return held[1].named if held and isinstance(held[1], KMeansSegments) else None


def score(day: date) -> int:
    """Replace the day's rows of ml.customer_segments and ml.customer_tiers."""
    written = score_tiers(day)
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return written + stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    rows = stages.write_day(TABLE, day, model.score(read_habits(day)), {"model_version": version.version})
    print(f"{CATALOGUE.family}: {rows:,} customers by {version.candidate} {version.version}", flush=True)
    return written + rows


def score_tiers(day: date) -> int:
    """How far each known customer is from the next tier, by the shop's table of tiers or else the parameters."""
    if not stages.has_table(SOURCE) or not stages.has_table(value.SOURCE):
        return stages.no_rows(TIERS, day, "tiers", "no customers")
    amounts = read_habits(day).frame.set_index("customer_id")["amount"].astype(float)
    delivered = tables.read(LADDER).to_pandas() if stages.has_table("staging.stg_shop__member_tiers") else None
    own = delivered if delivered is not None else pd.DataFrame({"tier": [], "minimum_amount": []})
    ladder = tier_ladder(own, parameters.load().shop)
    found = next_tiers(value.read_purchases(day), ladder, day, WINDOW_DAYS, amounts)
    dates = {name: found[name].dt.date.where(found[name].notna(), None) for name in ("next_tier_by", "tier_kept_until")}
    texts = {name: found[name].where(found[name].notna(), None) for name in ("tier", "next_tier")}
    rows = (
        found.assign(**dates, **texts)[list(COLUMNS)].replace({np.nan: None}).rename_axis("customer_id").reset_index()
    )
    written = stages.write_day(TIERS, day, rows)
    print(f"tiers: {written:,} customers", flush=True)
    return written
