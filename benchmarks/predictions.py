"""How good the predictions are on days after everything they were chosen, learned and calibrated on.

As a run on the first test day would, each family holds its tournament on labels closed by then; its winner and, for
comparison, every other candidate are learned again from all of those days and judged on the test days, which nothing
was chosen on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from rich.console import Console

from benchmarks.figures import Figure
from ml import parameters
from ml.learning import metrics
from ml.learning.families import FAMILIES, Family
from ml.learning.metrics import FloatArray
from ml.learning.panel import Panel, column_types, count_labels, read_panel
from ml.learning.tournament import Parts, Result, Terms, refit, run_tournament
from ml.models.catalogue import FLOORS
from ml.train import read_terms
from warehouse import tables
from warehouse.errors import NotAvailable

TEST_DAYS = 56
MOST_TEST_ROWS = 250_000


@dataclass(frozen=True)
class Peers:
    """Figures measured elsewhere on the same retailer's year, with a time split; the best of each is to be reached."""

    auc: Mapping[str, float]
    average_precision: float | None = None
    calibration_error: float | None = None


NOBODY = Peers(auc={})
MOST_CALIBRATION_ERROR = {"category_purchase": 0.01}  # wanted, whatever others reached
PEERS = {
    "redemption_campaign": Peers(
        auc={"logistic_regression": 0.818, "random_forest": 0.800, "lightgbm": 0.803, "blend": 0.823},
        average_precision=0.523,
    ),
    "purchase": Peers(auc={"lightgbm": 0.820}),
    "category_purchase": Peers(auc={"lightgbm": 0.873}, calibration_error=0.006),
}


def run() -> list[Figure]:
    """Figures of every family on its test days; NotAvailable without a panel."""
    day = newest_day()
    first = day - timedelta(days=TEST_DAYS)
    found = [benchmark(family, day, first) for family in FAMILIES]
    return [figure for figures in found for figure in figures]


def newest_day() -> date:
    if not column_types("features.purchase_labels"):
        raise NotAvailable("there is no panel to measure on; run `make run` first")
    newest: date | None = tables.read("select max(label_closed_on) from features.purchase_labels")[0][0].as_py()
    if newest is None:
        raise NotAvailable("the panel has no closed label yet; a later day has")
    return newest


def benchmark(family: Family, day: date, first: date) -> list[Figure]:
    console = Console()
    console.print(f"{family.name}: learning from labels closed by {first}, judging on later days")
    _, positives = count_labels(family, first)
    if not positives or not count_labels(family, day, first)[1]:
        console.print("  not available: too few closed labels")
        return []
    learned = read_panel(family, first, parameters.load().train.max_rows)
    terms = read_terms(family)
    result = run_tournament(learned, terms, tell=console.print)
    if result.split is None:
        return []
    test = read_panel(family, day, MOST_TEST_ROWS, since=first)
    scores = score_all(learned, test, result, terms)
    return describe(family, test, result, scores, terms)


def score_all(learned: Panel, test: Panel, result: Result, terms: Terms) -> dict[str, FloatArray]:
    assert result.split is not None
    parts = Parts.of(learned, result.split)
    predictors = refit(learned, parts, terms, result.standings, lambda _: None)
    return {name: predictor.predict(test.features, terms.threads) for name, predictor in predictors.items()}


def describe(
    family: Family, test: Panel, result: Result, scores: Mapping[str, FloatArray], terms: Terms
) -> list[Figure]:
    peers, winner = PEERS.get(family.name, NOBODY), result.choice.name
    draws = metrics.bootstrap(
        "auc",
        test.outcome,
        dict(scores),
        test.keys["customer_id"].astype(str),
        test.weight,
        terms.replicates,
        terms.seed,
    )
    auc = {name: metrics.auc(test.outcome, score, test.weight) for name, score in scores.items()}
    floor = max(auc[name] for name in FLOORS)
    how = f"{len(test):,} rows as of {min(test.days)} to {max(test.days)}, {test.positives:,} positive"
    figures = [
        Figure(
            name=f"{family.name}: AUC of the winner ({winner})",
            value=auc[winner],
            unit="score",
            floor=floor,
            peer=max(peers.auc.values(), default=None),
            how_measured=f"{how}; chosen and learned on labels closed before; {span(draws[winner], terms)}",
            target=max(peers.auc.values(), default=None),
        ),
        precision(family, test, scores[winner], scores, peers, how),
        calibration(family, test, scores[winner], scores, peers, how),
    ]
    others = [name for name in scores if name not in FLOORS]
    return figures + [
        Figure(
            f"{family.name}: AUC of {name}", auc[name], "score", floor, peers.auc.get(name), span(draws[name], terms)
        )
        for name in others
    ]


def span(draws: FloatArray, terms: Terms) -> str:
    low, high = metrics.interval(draws, terms.confidence)
    return f"{terms.confidence:.0%} interval {low:.3f} to {high:.3f} over customers"


def precision(
    family: Family, test: Panel, winner: FloatArray, scores: Mapping[str, FloatArray], peers: Peers, how: str
) -> Figure:
    floor = max(metrics.average_precision(test.outcome, scores[name], test.weight) for name in FLOORS)
    value = metrics.average_precision(test.outcome, winner, test.weight)
    rate = float(np.average(test.outcome, weights=test.weight))
    return Figure(
        name=f"{family.name}: average precision of the winner",
        value=value,
        unit="score",
        floor=floor,
        peer=peers.average_precision,
        how_measured=f"{how}; rate of the outcome {rate:.4f}",
        target=peers.average_precision,
    )


def calibration(
    family: Family, test: Panel, winner: FloatArray, scores: Mapping[str, FloatArray], peers: Peers, how: str
) -> Figure:
    floor = min(metrics.calibration_error(test.outcome, scores[name], test.weight) for name in FLOORS)
    return Figure(
        name=f"{family.name}: calibration error of the winner",
        value=metrics.calibration_error(test.outcome, winner, test.weight),
        unit="probability",
        floor=floor,
        peer=peers.calibration_error,
        how_measured=f"{how}; ten bins of equal weight",
        target=MOST_CALIBRATION_ERROR.get(family.name),
        is_up_good=False,
    )
