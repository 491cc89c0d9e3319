"""Who leaves and when the next order comes, stages of life, answers to messages, and what fewer features cost."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
from rich.console import Console

from benchmarks.figures import Figure
from ml import channels, life_cycle, parameters, selection, value
from ml.learning import contest, stages
from ml.learning.contest import Contest, Losses
from ml.learning.families import FAMILIES
from ml.learning.panel import count_labels, read_panel
from ml.models.channels.catalogue import CATALOGUE as CHANNELS
from ml.models.churn.catalogue import CATALOGUE as CHURN
from ml.models.churn.judging import fit_all, judge_one, losses_of
from ml.models.life_cycle.catalogue import CATALOGUE as LIFE
from ml.models.model import Catalogue
from ml.models.value.transactions import read_transactions
from ml.train import read_recipes
from warehouse import tables
from warehouse.errors import NotAvailable


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
    judged = pd.DataFrame({name: judge_one(one, data, earlier) for name, one in models.items()}).T
    yield from compare(
        CHURN, losses_of(models, data, earlier), "log-likelihood lost of the next order", "nats", earlier.as_of
    )
    floors = judged.loc[[name for name in judged.index if name in CHURN.floors]]
    how = f"{data.horizon_days} days from {earlier.as_of}, {judged['rate'].iloc[0]:.1%} stayed away"
    for name, row in judged.drop(index=floors.index).iterrows():
        yield Figure(f"churn: AUC of {name}", row["auc"], "score", floors["auc"].max(), None, how)
        least = floors["calibration_error"].min()
        yield Figure(
            f"churn: calibration error of {name}",
            row["calibration_error"],
            "probability",
            least,
            None,
            how,
            0.02,
            False,
        )
        yield Figure(f"next order: inside the 80 % interval, {name}", row["covered"], "share", None, None, how)
        yield Figure(
            f"next order: absolute error of {name}", row["day_error"], "days", floors["day_error"].min(), None, how,
            is_up_good=False,
        )  # fmt: skip


def staying(day: date) -> Iterator[Figure]:
    data = read_transactions(value.read_purchases(day), day, parameters.load().life_cycle.horizon_days)
    earlier = data.before(day - timedelta(days=data.horizon_days))
    losses = life_cycle.judge(life_cycle.recipes(), data, earlier)
    yield from compare(LIFE, losses, f"Brier loss {data.horizon_days} days ahead", "score", earlier.as_of)


def answering(day: date) -> Iterator[Figure]:
    data = channels.read(day)
    if data.frame.empty:
        Console().print("channel_response: not available: no messages")
        return
    earlier, later = data.parts(1 - parameters.load().channels.judged_rate)
    losses = channels.judge(stages.recipes_of(CHANNELS, "channels"), earlier, later)
    yield from compare(CHANNELS, losses, "log loss per message", "nats", later.frame["ds"].min().date())


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
