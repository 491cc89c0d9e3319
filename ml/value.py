"""Customer value: what each customer is expected to order, spend and leave as margin within the horizon."""

from datetime import date, timedelta

import pandas as pd

from ml import parameters
from ml.learning import stages
from ml.learning.record import Learned, open_champion, record
from ml.models.value.catalogue import CATALOGUE
from ml.models.value.judging import foresee, judge, value_loss
from ml.models.value.margins import margin_rates
from ml.models.value.transactions import Transactions, judged_days, outcomes, read_transactions
from warehouse import tables

TABLE, SOURCE = "ml.customer_values", "intermediate.int_customer_margin_days"
CODE = ("value.py", "models/value/*.py", "learning/contest.py")
CAVEAT = "Assumes that habits go on; what an offer would change is not in it."
NOTHING = "nobody has bought twice"
PURCHASES = f"""
    select customer_id, order_date::timestamp as ds, greatest(net_amount, 0)::double as amount, margin::double as margin
    from {SOURCE} where order_date < $day order by all
"""


def read_purchases(day: date) -> pd.DataFrame:
    """customer_id, ds, amount and margin (currency) of every day with an order before the day."""
    columns = ["customer_id", "ds", "amount", "margin"]
    return (
        tables.read(PURCHASES, {"day": day}).to_pandas() if stages.has_table(SOURCE) else pd.DataFrame(columns=columns)
    )


def train(day: date) -> None:
    """Judge the candidates on the newest closed window, fit the winner on all that is known and register it."""
    data = read_transactions(read_purchases(day), day, parameters.load().value.horizon_days)
    window = judged_days(data, parts=4)
    earlier = data.before(day - timedelta(days=window), window)
    print(f"{CATALOGUE.family}: {len(data.frame):,} days with an order, judged on {window} days", flush=True)
    if not earlier.frame.duplicated("customer_id").any():
        print(f"  not available: {NOTHING}", flush=True)
        return
    learn(data, earlier)


def learn(data: Transactions, earlier: Transactions) -> None:
    recipes = stages.recipes_of(CATALOGUE, "value")
    scores = foresee(CATALOGUE, recipes, earlier)
    actual = outcomes(data, earlier.as_of, earlier.horizon_days)["spend"]
    losses = {
        name: value_loss(one.loc[actual.index, "expected_spend"].to_numpy(), actual.to_numpy())
        for name, one in scores.items()
    }
    outcome = stages.hold_contest(CATALOGUE, data.as_of, losses)
    stages.tell_contest(CATALOGUE, outcome)
    print(judge(scores, data, earlier).round(3).to_string(), flush=True)
    champion = CATALOGUE.make(recipes[outcome.name]).fit(data)
    record(
        Learned(
            catalogue=CATALOGUE,
            day=data.as_of,
            outcome=outcome,
            recipes=recipes,
            champion=champion,
            metric="value_loss",
            caveat=CAVEAT,
            rows=len(data.frame),
            validation=(earlier.as_of, data.as_of - timedelta(days=1)),
            section="value",
            data=[pd.util.hash_pandas_object(data.frame, index=False).to_numpy().tobytes()],
            code=CODE,
        )
    )


def score(day: date) -> int:
    """Replace the day's rows of ml.customer_values: a row per customer who ever bought; none without a champion."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    purchases = read_purchases(day)
    numbers = parameters.load().value
    data = read_transactions(purchases, day, numbers.horizon_days)
    found = model.score(data)
    rate = margin_rates(purchases, numbers.margin_prior_orders).reindex(found["customer_id"]).to_numpy()
    rows = found.assign(expected_margin=found["expected_spend"].to_numpy(dtype=float) * rate)
    written = stages.write_day(
        TABLE, day, rows, {"horizon_days": numbers.horizon_days, "model_version": version.version}
    )
    print(f"{CATALOGUE.family}: {written:,} customers by {version.candidate} {version.version}", flush=True)
    return written
