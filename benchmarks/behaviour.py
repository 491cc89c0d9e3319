"""Who leaves and when the next order comes, stages of life, answers to messages, and what fewer features cost.

Purchase and redemption are measured by benchmarks/predictions.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from rich.console import Console

from benchmarks.figures import Figure
from ml import channels, life_cycle, parameters, selection, value
from ml.learning import contest, metrics, stages
from ml.learning.contest import Contest, Losses
from ml.learning.families import FAMILIES
from ml.learning.panel import count_labels, read_panel
from ml.models.channels.base import Response
from ml.models.channels.catalogue import CATALOGUE as CHANNELS
from ml.models.channels.messages import Messages
from ml.models.churn.catalogue import CATALOGUE as CHURN
from ml.models.churn.judging import fit_all, judge_scores, losses_of, waited
from ml.models.contract import Recipe
from ml.models.life_cycle.catalogue import CATALOGUE as LIFE
from ml.models.life_cycle.chains import Chain
from ml.models.life_cycle.stages import STAGES
from ml.models.model import Catalogue
from ml.models.value.transactions import Transactions, read_transactions
from ml.train import read_recipes
from warehouse import tables
from warehouse.errors import NotAvailable

REPLICATES = 200
MOST_CALIBRATION_ERROR = 0.02
MEASURES = {
    "auc": ("churn: AUC", "score", True),
    "calibration_error": ("churn: calibration error", "probability", False),
    "covered": ("next order: inside the 80 % interval", "share", True),
    "day_error": ("next order: absolute error of the median", "days", False),
}


def run() -> list[Figure]:
    """Figures on the newest closed window of the warehouse; NotAvailable without orders."""
    if not stages.has_table(value.SOURCE):
        raise NotAvailable("there are no orders to measure on; run `make run` first")
    last = tables.read(f"select max(order_date) from {value.SOURCE}")[0][0].as_py()
    day = last + timedelta(days=1)
    parts = (leaving, staying, answering, fewer_features)
    return [figure for part in parts for figure in part(day)]


def leaving(day: date) -> Iterator[Figure]:
    data = read_transactions(value.read_purchases(day), day, parameters.load().churn.horizon_days)
    earlier = data.before(day - timedelta(days=data.horizon_days))
    models = fit_all(CHURN, stages.recipes_of(CHURN, "churn"), earlier)
    yield from compare(
        CHURN, losses_of(models, data, earlier), "log-likelihood lost of the next order", "nats", earlier.as_of
    )
    judged = {name: resample(model.score(earlier), data, earlier) for name, model in models.items()}
    for measure, (words, unit, is_up) in MEASURES.items():
        values = {name: found[measure] for name, found in judged.items()}
        floors = [one.value for name, one in values.items() if name in CHURN.floors and np.isfinite(one.value)]
        for name in [name for name in values if name not in CHURN.floors]:
            one, floor = values[name], (max if is_up else min)(floors, default=None)
            how = f"{data.horizon_days} days from {earlier.as_of}; 95 % interval {one.low:.4f} to {one.high:.4f}"
            target = MOST_CALIBRATION_ERROR if measure == "calibration_error" else None
            yield Figure(f"{words}, {name}", one.value, unit, floor, None, how, target, is_up)


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


def resample(scored: pd.DataFrame, data: Transactions, earlier: Transactions) -> dict[str, Estimate]:
    """Every measure of a candidate's scores with its interval over resampled customers."""
    came = waited(data, earlier, pd.Index(scored["customer_id"]))
    values = judge_scores(scored, came, data.horizon_days)
    chance = np.random.default_rng(parameters.load().train.seed)
    places = chance.integers(0, len(came), (REPLICATES, len(came)))
    draws = pd.DataFrame([judge_scores(scored.iloc[rows], came[rows], data.horizon_days) for rows in places])
    ends = draws.quantile([0.025, 0.975])
    return {name: Estimate(value, *ends[name]) for name, value in values.items()}


def staying(day: date) -> Iterator[Figure]:
    data = read_transactions(value.read_purchases(day), day, parameters.load().life_cycle.horizon_days)
    earlier = data.before(day - timedelta(days=data.horizon_days))
    losses = life_cycle.judge(life_cycle.recipes(), data, earlier)
    yield from compare(LIFE, losses, f"Brier loss {data.horizon_days} days ahead", "score", earlier.as_of)
    if losses:
        yield from lapsing(data, earlier)


def lapsing(data: Transactions, earlier: Transactions) -> Iterator[Figure]:
    """How far the probability of being lapsed is off; of staying put it is 0 or 1."""
    errors = {}
    for name, recipe in life_cycle.recipes().items():
        chain = LIFE.make(recipe).fit(earlier)
        assert isinstance(chain, Chain)
        found = chain.foresee(earlier)
        is_lapsed = life_cycle.came(data, found.index.to_numpy(), chain.limits) == STAGES.index("lapsed")
        errors[name] = metrics.calibration_error(is_lapsed.astype(float), found["lapsed_probability"].to_numpy())
    yield from calibration("life_cycle: calibration error of being lapsed", errors, LIFE)


def calibration(words: str, errors: dict[str, float], catalogue: Catalogue) -> Iterator[Figure]:
    floor = min(error for name, error in errors.items() if name in catalogue.floors)
    how = "mean distance of predicted and actual rate over groups of the later rows; no interval: it is a sum of errors"
    for name, error in errors.items():
        yield Figure(f"{words}, {name}", error, "probability", floor, None, how, MOST_CALIBRATION_ERROR, False)


def answering(day: date) -> Iterator[Figure]:
    data = channels.read(day)
    if data.frame.empty:
        Console().print("channel_response: not available: no messages")
        return
    earlier, later = data.parts(1 - parameters.load().channels.judged_rate)
    recipes = stages.recipes_of(CHANNELS, "channels")
    losses = channels.judge(recipes, earlier, later)
    yield from compare(CHANNELS, losses, "log loss per message", "nats", later.frame["ds"].min().date())
    if losses:
        answered = later.frame["answered"].to_numpy(dtype=float)
        chances = {name: chances_of(one, earlier, later) for name, one in recipes.items()}
        errors = {name: metrics.calibration_error(answered, found) for name, found in chances.items()}
        yield from calibration("channel_response: calibration error", errors, CHANNELS)


def chances_of(recipe: Recipe, earlier: Messages, later: Messages) -> metrics.FloatArray:
    model = CHANNELS.make(recipe).fit(earlier)
    assert isinstance(model, Response)
    return model.chances(earlier, later.frame)


def compare(catalogue: Catalogue, losses: Losses, words: str, unit: str, since: date) -> Iterator[Figure]:
    """The mean loss of every candidate with its interval, the best floor's beside it."""
    if not losses:
        Console().print(f"{catalogue.family}: not available: too little to learn from")
        return
    standings = contest.stand(Contest(losses, catalogue.floors))
    floor = min(one.value for name, one in standings.items() if name in catalogue.floors)
    count = len(next(iter(losses.values())))
    for name, one in standings.items():
        how = f"{count:,} customers from {since}; 95 % interval {one.low:.4f} to {one.high:.4f}"
        yield Figure(f"{catalogue.family}: {words}, {name}", one.value, unit, floor, None, how, is_up_good=False)


def fewer_features(day: date) -> Iterator[Figure]:
    known = parameters.load()
    for family in FAMILIES:
        if not stages.has_table(family.labels) or not count_labels(family, day)[1]:
            Console().print(f"features of {family.name}: not available: no closed label")
            continue
        panel = read_panel(family, day, known.train.max_rows)
        rows = selection.describe(panel, read_recipes(family)["lightgbm"], getattr(known.labels, family.horizon))
        if rows.empty:
            Console().print(f"features of {family.name}: not available: too few closed days")
            continue
        first, survive = rows.iloc[0], int(np.sum(rows["survives"]))
        yield Figure(
            f"{family.name}: AUC with the best third of the features",
            first["score_third"],
            "score",
            first["score_random_third"],
            None,
            f"{len(rows)} features, {survive} survive; all: {first['score_all']:.4f}, loss {first['loss_low']:.4f} to "
            f"{first['loss_high']:.4f} (95 %); the floor is a third by lot",
        )
