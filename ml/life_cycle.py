"""Life cycle: where each customer stands, and how likely each stage is four weeks on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ml import churn, parameters, value
from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.learning.record import Learned, open_champion, record
from ml.models.contract import Recipe
from ml.models.life_cycle.catalogue import CATALOGUE
from ml.models.life_cycle.chains import Chain, brier
from ml.models.life_cycle.stages import Limits, stage_of
from ml.models.value.features import describe
from ml.models.value.transactions import Transactions, read_transactions
from warehouse.errors import NotAvailable

TABLE = "ml.life_cycles"
CODE = ("life_cycle.py", "models/life_cycle/*.py", "models/value/features.py", "learning/contest.py")


def recipes() -> dict[str, Recipe]:
    """Recipes with the limits of the stages that the shop's parameters set."""
    shop = parameters.load().shop
    limits = {"new_days": shop.new_customer_days, "lapsed_days": shop.lapsed_after_days}
    known = stages.recipes_of(CATALOGUE, "life_cycle")
    return {name: replace(one, settings={**one.settings, **limits}) for name, one in known.items()}


def train(day: date) -> None:
    """Judge the chains on the newest closed horizon, count the winner on all that is known and register it."""
    data = read_transactions(value.read_purchases(day), day, parameters.load().life_cycle.horizon_days)
    earlier = data.before(day - timedelta(days=data.horizon_days))
    losses = judge(recipes(), data, earlier)
    print(f"{CATALOGUE.family}: {len(data.frame):,} days with an order, judged from {earlier.as_of}", flush=True)
    if not losses:
        print("  not available: the history is too short to see anybody move", flush=True)
        return
    outcome = stages.hold_contest(CATALOGUE, day, losses)
    stages.tell_contest(CATALOGUE, outcome)
    record(
        Learned(
            catalogue=CATALOGUE,
            day=day,
            outcome=outcome,
            recipes=recipes(),
            champion=CATALOGUE.make(recipes()[outcome.name]).fit(data),
            metric="brier_loss",
            caveat=churn.CAVEAT,
            rows=len(data.frame),
            validation=(earlier.as_of, day - timedelta(days=1)),
            section="life_cycle",
            data=[churn.fingerprint(data)],
            code=CODE,
        )
    )


def judge(given: Mapping[str, Recipe], data: Transactions, earlier: Transactions) -> dict[str, FloatArray]:
    """Brier loss (n) of each customer's stage after the horizon by candidate; none where the history is too short."""
    losses: dict[str, FloatArray] = {}
    for name, recipe in given.items():
        try:
            chain = CATALOGUE.make(recipe).fit(earlier)
        except NotAvailable:
            return {}
        assert isinstance(chain, Chain)
        found = chain.foresee(earlier)
        losses[name] = brier(found.to_numpy(), came(data, found.index.to_numpy(), chain.limits))
    return losses


def came(data: Transactions, customers: np.ndarray, limits: Limits) -> "np.ndarray":
    """The stage (n) of customers on the morning of `as_of`."""
    return stage_of(describe(data).loc[customers], limits)


def score(day: date) -> int:
    """Replace the day's rows of ml.life_cycles: a row per customer who ever ordered; none without a champion."""
    champion = open_champion(CATALOGUE, day)
    if champion is None:
        return stages.no_rows(TABLE, day, CATALOGUE.family, "no champion")
    version, model = champion
    assert isinstance(model, Chain)
    data = read_transactions(value.read_purchases(day), day, model.horizon_days)
    constants = {"horizon_days": model.horizon_days, "model_version": version.version}
    rows = stages.write_day(TABLE, day, model.score(data), constants)
    print(f"{CATALOGUE.family}: {rows:,} customers by {version.candidate} {version.version}", flush=True)
    return rows
