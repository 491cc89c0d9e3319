"""Coupon abuse: who lives on offers, alone or with accounts that are one, and should be reviewed before the next."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.learning.contest import Outcome
from ml.learning.record import Learned, open_champion, record
from ml.models.abuse.activity import Activity
from ml.models.abuse.catalogue import CATALOGUE
from ml.models.abuse.judging import Judged, open_judgement, rank_losses
from ml.models.abuse.verdicts import Past, respect_verdicts
from ml.models.contract import Recipe
from ml.models.model import Model
from warehouse import tables
from warehouse.errors import NotAvailable

TABLE = "ml.abuse_flags"
NEEDED = ("staging.stg_shop__orders", "staging.stg_shop__customers", "staging.stg_shop__redemptions")
CODE = ("abuse.py", "models/abuse/*.py", "learning/contest.py")
CAVEAT = "Finds who looks like a ring, not who is one: a reviewer decides."
QUERIES = {
    "orders": """
        with lines as (
            select
                items.order_id, items.product_id,
                sum(if(products.unit in ('volume', 'weight'), 1, items.quantity))::double as units,
                sum(items.net_amount)::double as amount,
                sum(coalesce(items.shelf_discount_amount, 0))::double as shelf
            from staging.stg_shop__order_items as items
            left join staging.stg_shop__products as products using (product_id)
            group by all
        )

        select
            orders.customer_id as customer, any_value(orders.order_date)::timestamp as time, max(lines.units) as units,
            coalesce(sum(lines.shelf) / nullif(sum(lines.shelf + lines.amount), 0), 0) as reduction
        from staging.stg_shop__orders as orders
        inner join lines using (order_id)
        where orders.customer_id is not null and orders.order_date between $first_day and $last_day
        group by orders.order_id, orders.customer_id
        order by customer, time, units, reduction
    """,
    "redemptions": """
        select
            redemptions.customer_id as customer, redemptions.redemption_date::timestamp as time,
            coalesce(offers.audience = 'new', false) as is_for_newcomers
        from staging.stg_shop__redemptions as redemptions
        left join staging.stg_shop__offers as offers using (offer_id)
        where redemptions.customer_id is not null and redemptions.redemption_date between $first_day and $last_day
        order by all
    """,
    "links": """
        with shared as (
            select customer_id, 'device' as kind, device_id as value from staging.stg_shop__orders
            union select customer_id, 'means of payment', payment_id from staging.stg_shop__orders
            union select customer_id, 'device', device_id from staging.stg_shop__events
            union select customer_id, 'address', address from staging.stg_shop__customers
            union select customer_id, 'e-mail address', email from staging.stg_shop__customers
            union select customer_id, 'telephone', phone from staging.stg_shop__customers
        )

        select customer_id as customer, kind, value from shared
        where customer_id is not null and value is not null order by all
    """,
    "visits": """
        select distinct customer_id as customer, event_date::timestamp as time
        from staging.stg_shop__events
        where customer_id is not null and event_date between $first_day and $last_day order by all
    """,
    "reviews": """
        select customer_id as customer, verdict, day::timestamp as time, day as known_on
        from staging.stg_shop__reviews where (until is null or until >= $last_day + 1) and day <= $last_day order by all
    """,
}
CUSTOMERS = "select customer_id as customer from staging.stg_shop__customers order by all"
FLAGS = """
    select
        day, customer_id as customer, score, component_size, evidence_codes, evidence, verdict, is_flagged, flagged_on
    from ml.abuse_flags where day < $day order by all
"""


def read_activity(day: date) -> Activity:
    """What is known before a day; as far back as the longest window and the judged days need."""
    numbers = parameters.load().abuse
    window = max([one.get("window_days", 180) for one in numbers.settings.values()], default=180)
    first = day - timedelta(days=int(window) + numbers.judged_days)
    asked = {"first_day": first, "last_day": day - timedelta(days=1)}
    frames = {}
    for name, sql in QUERIES.items():
        frames[name] = tables.read(sql, {key: one for key, one in asked.items() if f"${key}" in sql}).to_pandas()
    customers = tables.read(CUSTOMERS)["customer"].to_pylist()
    return Activity(tuple(customers), day, **frames)


def train(day: date) -> None:
    """Judge the candidates on the newest closed days, fit the winner on all that is known and register it."""
    if not all(map(stages.has_table, NEEDED)):
        print(f"{CATALOGUE.family}: not available: nothing is staged yet", flush=True)
        return
    numbers, data = parameters.load().abuse, read_activity(day)
    told = f"{len(data.customers):,} customers, {len(data.redemptions):,} uses of offers"
    print(f"{CATALOGUE.family}: {told}", flush=True)
    earlier = data.before(day - timedelta(days=numbers.judged_days))
    try:
        judged = open_judgement(earlier, data, numbers.least_verdicts, parameters.load().train.seed)
    except NotAvailable as nothing:
        print(f"  not available: {nothing}", flush=True)
        return
    recipes = stages.recipes_of(CATALOGUE, "abuse")
    learn(data, recipes, judged, earlier)


def learn(data: Activity, recipes: dict[str, Recipe], judged: Judged, earlier: Activity) -> None:
    if judged.is_planted:
        recipes = {name: recipes[name] for name in (*CATALOGUE.floors, parameters.load().abuse.without_verdicts)}
    outcome = stages.hold_contest(CATALOGUE, data.day, rank_losses(fit_all(recipes, earlier), judged))
    stages.tell_contest(CATALOGUE, outcome)
    champion = CATALOGUE.make(recipes[outcome.name]).fit(data)
    record(as_learned(data, recipes, outcome, judged, champion))


def fit_all(recipes: dict[str, Recipe], data: Activity) -> dict[str, Model[Activity]]:
    """Every candidate that has what it learns from."""
    models = {}
    for name, recipe in recipes.items():
        try:
            models[name] = CATALOGUE.make(recipe).fit(data)
        except NotAvailable as nothing:
            print(f"  {name}: not available: {nothing}", flush=True)
    return models


def as_learned(
    data: Activity, recipes: dict[str, Recipe], outcome: Outcome, judged: Judged, champion: Model[Any]
) -> Learned:
    frames = (data.orders, data.redemptions, data.links, data.visits, data.reviews)
    return Learned(
        catalogue=CATALOGUE,
        day=data.day,
        outcome=outcome,
        recipes=recipes,
        champion=champion,
        metric="rank_loss",
        caveat=f"{CAVEAT} Judged on {judged.method}.",
        rows=len(data.customers),
        validation=(data.day - timedelta(days=parameters.load().abuse.judged_days), data.day - timedelta(days=1)),
        section="abuse",
        data=[pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy().tobytes() for frame in frames],
        code=CODE,
    )


def score(day: date) -> int:
    """Replace the day's rows of ml.abuse_flags: who should be reviewed, and what reviewers said."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    data = read_activity(day)
    past = Past(data.reviews, tables.read(FLAGS, {"day": day}).to_pandas(date_as_object=True))
    rows = respect_verdicts(model.score(data), past, day, parameters.load().abuse.review_days)
    named = rows.rename(columns={"customer": "customer_id"})
    written = stages.write_day(TABLE, day, named, {"model_version": version.version})
    flagged = int(rows["is_flagged"].sum())
    told = f"{flagged:,} of {len(data.customers):,} customers to be reviewed by {version.candidate} {version.version}"
    print(f"{CATALOGUE.family}: {told}", flush=True)
    return written
