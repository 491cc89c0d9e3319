"""Churn: the risk that a customer stays away for the horizon, and the days until the next order."""

from datetime import date, timedelta

import pandas as pd

from ml import parameters, value
from ml.learning import stages
from ml.learning.record import Learned, open_champion, record
from ml.models.churn.catalogue import CATALOGUE
from ml.models.churn.judging import fit_all, judge_one, losses_of
from ml.models.value.transactions import Transactions, read_transactions

TABLE = "ml.churn_risks"
CODE = ("churn.py", "models/churn/*.py", "models/value/features.py", "learning/contest.py")
CAVEAT = "Assumes that habits go on; what an offer would change is not in it."


def train(day: date) -> None:
    """Judge the hazards on the newest closed horizon, fit the winner on all that is known and register it."""
    data = read_transactions(value.read_purchases(day), day, parameters.load().churn.horizon_days)
    earlier = data.before(day - timedelta(days=data.horizon_days))
    print(f"{CATALOGUE.family}: {len(data.frame):,} days with an order, judged from {earlier.as_of}", flush=True)
    recipes = stages.recipes_of(CATALOGUE, "churn")
    models = fit_all(CATALOGUE, recipes, earlier)
    if not set(models) & set(CATALOGUE.floors):
        print("  not available: the history is too short", flush=True)
        return
    outcome = stages.hold_contest(CATALOGUE, day, losses_of(models, data, earlier))
    stages.tell_contest(CATALOGUE, outcome)
    print(pd.DataFrame({name: judge_one(one, data, earlier) for name, one in models.items()}).T.round(3).to_string())
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=CATALOGUE.make(recipes[outcome.name]).fit(data),
            metric="curve_loss",
            caveat=CAVEAT,
            rows=len(data.frame),
            validation=(earlier.as_of, day - timedelta(days=1)),
            section="churn",
            data=[fingerprint(data)],
            code=CODE,
        )
    )


def fingerprint(data: Transactions) -> bytes:
    return bytes(pd.util.hash_pandas_object(data.frame, index=False).to_numpy().tobytes())


def score(day: date) -> int:
    """Replace the day's rows of ml.churn_risks: a row per customer who ever ordered; none without a champion."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    horizon = parameters.load().churn.horizon_days
    found = model.score(read_transactions(value.read_purchases(day), day, horizon))
    constants = {"horizon_days": version.card["details"]["horizon_days"], "model_version": version.version}
    rows = stages.write_day(TABLE, day, found, constants)
    print(f"{CATALOGUE.family}: {rows:,} customers by {version.candidate} {version.version}", flush=True)
    return rows
