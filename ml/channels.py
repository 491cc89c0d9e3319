"""Response by channel and hour: where and when each customer answers messages best."""

from datetime import date

import numpy as np
import pandas as pd

from ml import parameters
from ml.deciding import messages as delivered
from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.learning.record import Learned, open_champion, record
from ml.models.channels.base import Response
from ml.models.channels.catalogue import CATALOGUE
from ml.models.channels.messages import Messages, read_messages
from ml.models.contract import Recipe
from warehouse import sources
from warehouse.errors import NotAvailable

TABLE = "ml.channel_responses"
SOURCES = ("staging.stg_shop__exposures", "staging.stg_shop__redemptions", "staging.stg_shop__orders")
CODE = ("channels.py", "models/channels/*.py", "deciding/messages.py", "deciding/response.py", "learning/contest.py")
CAVEAT = (
    "Observational: an answer is an order within a day or the use of an offer; how much of it the message changed is "
    "not known."
)


def read(day: date) -> Messages:
    """Messages of the last year whose answers are known on the morning of a day."""
    if not all(stages.has_table(name) for name in SOURCES):
        return Messages(pd.DataFrame(columns=["customer_id", "channel", "hour", "ds", "answered"]))
    known = parameters.load()
    return read_messages(delivered.read_messages(day, known.features.history_days, sources.load().time_zone))


def train(day: date) -> None:
    """Judge the response models on the newest part of the messages, learn the winner on all and register it."""
    data = read(day)
    print(f"{CATALOGUE.family}: {len(data.frame):,} messages", flush=True)
    earlier, later = data.parts(1 - parameters.load().channels.judged_rate) if len(data.frame) else (data, data)
    recipes = stages.recipes_of(CATALOGUE, "channels")
    losses = judge(recipes, earlier, later)
    if not losses:
        print("  not available: too few messages, or all answered alike", flush=True)
        return
    outcome = stages.hold_contest(CATALOGUE, day, losses)
    stages.tell_contest(CATALOGUE, outcome)
    days = (later.frame["ds"].min().date(), later.frame["ds"].max().date())
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes,
            champion=CATALOGUE.make(recipes[outcome.name]).fit(data),
            metric="log_loss",
            caveat=CAVEAT,
            rows=len(data.frame),
            validation=days,
            section="channels",
            data=[pd.util.hash_pandas_object(data.frame, index=False).to_numpy().tobytes()],
            code=CODE,
        )
    )


def judge(recipes: dict[str, Recipe], earlier: Messages, later: Messages) -> dict[str, FloatArray]:
    """Mean log loss (n) of each customer's later messages by candidate; none where too little is known."""
    losses: dict[str, FloatArray] = {}
    for name, recipe in recipes.items():
        try:
            model = CATALOGUE.make(recipe).fit(earlier)
        except NotAvailable:
            return {}
        assert isinstance(model, Response)
        losses[name] = customer_losses(later.frame, model.chances(earlier, later.frame))
    return losses


def customer_losses(frame: pd.DataFrame, chance: FloatArray) -> FloatArray:
    """Mean log loss (customers) of the messages of each."""
    answered, held = frame["answered"].to_numpy(dtype=float), np.clip(chance, 1e-6, 1 - 1e-6)
    loss = -(answered * np.log(held) + (1 - answered) * np.log1p(-held))
    return np.asarray(pd.Series(loss).groupby(frame["customer_id"].to_numpy()).mean(), dtype=float)


def score(day: date) -> int:
    """Replace the day's rows of ml.channel_responses: a row per customer who got a message; none without a champion."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    rows = stages.write_day(TABLE, day, model.score(read(day)), {"model_version": version.version})
    print(f"{CATALOGUE.family}: {rows:,} customers by {version.candidate} {version.version}", flush=True)
    return rows
