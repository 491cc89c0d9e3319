"""Which candidate a family uses: fitted on the past, calibrated on what came next, judged on the newest days alone.

Candidates are compared as procedures on one split, so that nobody has seen the validation days. The champion in use
takes part twice: its recipe is refitted on the same training days like any other, and where its data cut lies before
the validation days it is also judged as it stands. The rules, in this order:

    1. The best candidate must beat the best floor, or nothing new is used. Where it does not beat the blend, and the
       blend beats the floor, the blend stands in its place.
    2. A champion judged as it stands that is still better stays.
    3. Another procedure must beat the champion's procedure; otherwise the champion's procedure is kept and learns again
       from the newer days.

To beat means to have the higher metric in at least `win_rate` of the bootstrap's draws over customers. The winner is
fitted again on every closed day, and calibrated on days that the fits it is calibrated with had not seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.learning import metrics
from ml.learning.calibration import Calibrator, calibrate
from ml.learning.encoding import Encoding
from ml.learning.metrics import FloatArray
from ml.learning.panel import Panel
from ml.learning.split import Split, has_no_leak, split_days
from ml.models import catalogue
from ml.models.blend import Blend, pool
from ml.models.contract import Candidate, Recipe
from ml.models.predictor import Predictor
from warehouse.errors import BadInput, NotAvailable

INCUMBENT = "champion in use"
UNCALIBRATED = Calibrator("none", (0.0,), (0.0,), 1.0)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Terms:
    """What a tournament goes by: candidates with their recipes, and the numbers of ml/params.yml."""

    recipes: Mapping[str, Recipe]
    metric: str
    horizon_days: int
    validation_rate: float
    isotonic_positives: int
    replicates: int
    confidence: float
    win_rate: float
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Incumbent:
    """The champion in use: its recipe, its data cut, and how it scores raw features."""

    recipe: Recipe
    data_cut: date
    predict: Callable[[pd.DataFrame], FloatArray]


@dataclass(frozen=True)
class Standing:
    """How a candidate did on the validation days; `draws` are its metric in the bootstrap's resamples."""

    name: str
    probability: FloatArray
    value: float
    draws: FloatArray
    unseen_raw: FloatArray = field(default_factory=lambda: np.array([]))
    fitted: Candidate | None = None


@dataclass(frozen=True)
class Choice:
    """The candidate that won and whether it makes a new champion; `reason` says why in a sentence."""

    name: str
    is_new: bool
    reason: str


@dataclass(frozen=True)
class Result:
    choice: Choice
    standings: tuple[Standing, ...]
    floor_value: float
    split: Split | None
    cards: Mapping[str, dict[str, Any]]
    predictor: Predictor | None


@dataclass(frozen=True)
class Parts:
    """The rows of each part of a split with the encoding that only the training part knows."""

    encoding: Encoding
    train: Panel
    calibrate: Panel
    validate: Panel

    @classmethod
    def of(cls, panel: Panel, split: Split) -> "Parts":
        day = panel.keys["day"]
        train, middle, last = (
            panel.take(day.isin(part).to_numpy()) for part in (split.train, split.calibrate, split.validate)
        )
        return cls(Encoding.fit(train.features), train, middle, last)


def run_tournament(panel: Panel, terms: Terms, incumbent: Incumbent | None = None, tell: Tell = print) -> Result:
    """Judge every candidate of the terms on a panel and fit the winner on all of it.

    Without enough closed days for three parts nothing can be judged: the last floor serves, unless there is a champion.
    The panel must hold rows of both outcomes. Raises ValueError where a split lets a label window reach a later part.
    """
    split = split_panel(panel, terms)
    if split is None:
        return serve_floor(panel, terms, incumbent)
    parts = Parts.of(panel, split)
    sizes = [f"{len(part):,}" for part in (parts.train, parts.calibrate, parts.validate)]
    tell("  rows to learn {}, to calibrate {}, to decide {}".format(*sizes))
    standings = judge(parts, terms, incumbent, tell)
    choice = choose(standings, incumbent.recipe.candidate if incumbent else None, terms.win_rate)
    tell(f"  {choice.reason}")
    predictor = refit(panel, parts, terms, [standings[choice.name]], tell)[choice.name] if choice.is_new else None
    return Result(
        choice=choice,
        standings=tuple(standings.values()),
        floor_value=best_floor(standings).value,
        split=split,
        cards={
            name: describe(standing, standings, parts, split, terms, choice) for name, standing in standings.items()
        },
        predictor=predictor,
    )


def split_panel(panel: Panel, terms: Terms) -> Split | None:
    """Checked apart from the cut itself: a leak would make every figure of the tournament too good without a sign."""
    split = split_days(panel.keys["day"], panel.outcome, terms.horizon_days, terms.validation_rate)
    if split and not has_no_leak(split, terms.horizon_days):
        raise ValueError(
            f"The split leaks: label windows of {terms.horizon_days} days of one part reach into a later part"
        )
    return split


def serve_floor(panel: Panel, terms: Terms, incumbent: Incumbent | None) -> Result:
    name = catalogue.FLOORS[-1]
    if incumbent:
        kept = Choice(name, False, "Too few closed days to judge anything; the champion in use stays.")
        return Result(kept, (), float("nan"), None, {}, None)
    encoding = Encoding.fit(panel.features)
    floor = catalogue.make(terms.recipes[name]).fit(encoding.apply(panel.features), panel.outcome)
    reason = "Too few closed days to judge anything; the simple rule serves until there are more."
    card = {**floor.card(), "metrics": {}, "decision": reason}
    standing = Standing(name, np.array([]), float("nan"), np.array([]))
    predictor = Predictor(encoding, floor, calibrate_all(panel, floor, encoding))
    return Result(Choice(name, True, reason), (standing,), float("nan"), None, {name: card}, predictor)


def calibrate_all(panel: Panel, floor: Candidate, encoding: Encoding) -> Calibrator:
    """Only where rows are a sample does the floor need its rates brought back to those of all rows."""
    if np.ptp(panel.weight) == 0:
        return UNCALIBRATED
    return calibrate(panel.outcome, floor.predict(encoding.apply(panel.features)), panel.weight)


def judge(parts: Parts, terms: Terms, incumbent: Incumbent | None, tell: Tell) -> dict[str, Standing]:
    """Fit, calibrate and measure every candidate; the same resamples of customers for all."""
    X = parts.encoding.apply(parts.train.features)
    fitted = fit_all(entrants(terms, incumbent), X, parts.train.outcome, terms.threads, tell)
    unseen = [parts.encoding.apply(part.features) for part in (parts.calibrate, parts.validate)]
    raw: dict[str, list[FloatArray]] = {}
    for name, candidate in fitted.items():
        raw[name] = [predict_one(candidate, place, X, fitted, raw) for place, X in enumerate(unseen)]
    probabilities = {name: calibrated(parts, terms, before, last) for name, (before, last) in raw.items()}
    if incumbent and incumbent.data_cut <= min(parts.validate.days):
        probabilities |= judge_as_it_stands(incumbent, parts.validate, tell)
    standings = measure(parts.validate, probabilities, terms)
    return {
        name: Standing(
            name, one.probability, one.value, one.draws, np.concatenate(raw.get(name, [np.array([])])), fitted.get(name)
        )
        for name, one in standings.items()
    }


def judge_as_it_stands(incumbent: Incumbent, rows: Panel, tell: Tell) -> dict[str, FloatArray]:
    """The champion's own scores; none where its files or a feature it needs are gone, which must not stop learning."""
    try:
        return {INCUMBENT: incumbent.predict(rows.features)}
    except (BadInput, NotAvailable) as error:
        tell(f"  the champion in use cannot be judged as it stands: {error}")
        return {}


def fit_all(
    recipes: Mapping[str, Recipe], X: pd.DataFrame, y: FloatArray, threads: int, tell: Tell
) -> dict[str, Candidate]:
    """Candidates side by side, each on one thread: threads of one learner wait for each other on a busy machine."""

    def fit(candidate: Candidate) -> Candidate:
        fitted = candidate.fit(X, y)
        tell(f"  {candidate.name} fitted")
        return fitted

    # Made before the threads start: making imports a library, and two threads that import one meet it half made.
    single = {name: catalogue.make(recipe) for name, recipe in recipes.items() if not recipe.members}
    with threadpool_limits(1), ThreadPoolExecutor(threads) as workers:
        fitted = dict(zip(single, workers.map(fit, single.values()), strict=True))
        blends = {name: blend_of(recipe, X, y, fitted) for name, recipe in recipes.items() if recipe.members}
    return {name: (fitted | blends)[name] for name in recipes}


def entrants(terms: Terms, incumbent: Incumbent | None) -> dict[str, Recipe]:
    """The recipes that compete, members of blends first, and with them the champion's where nobody is of its name."""
    recipes = dict(terms.recipes)
    if incumbent and incumbent.recipe.candidate not in recipes:
        recipes[incumbent.recipe.candidate] = incumbent.recipe
    return dict(sorted(recipes.items(), key=lambda item: len(item[1].members)))


def blend_of(recipe: Recipe, X: pd.DataFrame, y: FloatArray, fitted: Mapping[str, Candidate]) -> Candidate:
    """Members that compete themselves are taken as they are."""
    members = [fitted.get(member.candidate) for member in recipe.members]
    own = [one for one, member in zip(members, recipe.members, strict=True) if one and one.recipe == member]
    return Blend.of(recipe, own) if len(own) == len(members) else catalogue.make(recipe).fit(X, y)


def predict_one(
    candidate: Candidate,
    place: int,
    X: pd.DataFrame,
    fitted: Mapping[str, Candidate],
    raw: Mapping[str, list[FloatArray]],
) -> FloatArray:
    """A blend pools what its members said already."""
    members = candidate.members if isinstance(candidate, Blend) else ()
    known = [name for member in members for name, one in fitted.items() if one is member and name in raw]
    return (
        pool([raw[name][place] for name in known]) if members and len(known) == len(members) else candidate.predict(X)
    )


def calibrated(parts: Parts, terms: Terms, before: FloatArray, last: FloatArray) -> FloatArray:
    rows = parts.calibrate
    return calibrate(rows.outcome, before, rows.weight, terms.isotonic_positives).apply(last)


def measure(rows: Panel, probabilities: Mapping[str, FloatArray], terms: Terms) -> dict[str, Standing]:
    clusters = rows.keys["customer_id"].astype(str)
    draws = metrics.bootstrap(
        terms.metric, rows.outcome, dict(probabilities), clusters, rows.weight, terms.replicates, terms.seed
    )
    of = metrics.RANKING_METRICS[terms.metric]
    return {
        name: Standing(name, one, of(metrics.Ranking.of(one), rows.outcome, rows.weight), draws[name])
        for name, one in probabilities.items()
    }


def best_floor(standings: Mapping[str, Standing]) -> Standing:
    return max((standings[name] for name in catalogue.FLOORS), key=lambda one: one.value)


def choose(standings: Mapping[str, Standing], champion: str | None, win_rate: float) -> Choice:
    """Apply the three rules of the module to standings by name; `champion` is the candidate in use, if any."""
    floor = best_floor(standings)
    rivals = [one for name, one in standings.items() if name not in {*catalogue.FLOORS, INCUMBENT}]
    best = max(rivals, key=lambda one: (one.value, one.name), default=floor)
    blend = standings.get("blend")
    # Between equals the mean of several errs least on rows unlike any seen.
    if blend and beats(blend, floor, win_rate) and not beats(best, blend, win_rate):
        best = blend
    if not beats(best, floor, win_rate):
        return refuse(best, floor, champion)
    stored = standings.get(INCUMBENT)
    if stored and beats(stored, best, win_rate):
        return Choice(
            best.name, False, f"The champion in use stays: {figure(stored)} against {figure(best)} of {best.name}."
        )
    own = standings.get(champion) if champion else None
    if own and own is not best and beats(own, floor, win_rate) and not beats(best, own, win_rate):
        found = f"{figure(best)} against {figure(own)}"
        reason = f"{own.name} stays and learns from newer days: {best.name} is not clearly better ({found})."
        return Choice(own.name, True, reason)
    return Choice(best.name, True, f"{best.name} is chosen: {figure(best)}, floor {figure(floor)} ({floor.name}).")


def refuse(best: Standing, floor: Standing, champion: str | None) -> Choice:
    against = f"{best.name} ({figure(best)}) does not beat {floor.name} ({figure(floor)})"
    if champion:
        return Choice(best.name, False, f"The champion in use stays: {against}.")
    return Choice(floor.name, True, f"The floor serves: {against}.")


def beats(challenger: Standing, other: Standing, win_rate: float) -> bool:
    return challenger.value > other.value and metrics.win_rate(challenger.draws, other.draws) >= win_rate


def figure(standing: Standing) -> str:
    return f"{standing.value:.4f}"


def refit(
    panel: Panel, parts: Parts, terms: Terms, standings: Sequence[Standing], tell: Tell = print
) -> dict[str, Predictor]:
    """Candidates learned again from every closed day, each with a calibrator that looks one step ahead as they do.

    The calibrator learns from the scores of the calibration days by the fit of the training days, and from those of
    the validation days by a fit of both parts before: the distance in time that the final fit has to the day it scores.
    """
    recipes = recipes_of(standings)
    before = panel.take(panel.keys["day"].isin([*parts.train.days, *parts.calibrate.days]).to_numpy())
    nearer = fit_panel(recipes, before, terms, lambda _: None)
    final = fit_panel(recipes, panel, terms, tell)
    outcome = np.concatenate([parts.calibrate.outcome, parts.validate.outcome])
    weight = np.concatenate([parts.calibrate.weight, parts.validate.weight])
    predictors = {}
    for one in standings:
        encoding, candidate = nearer[0], nearer[1][one.name]
        last = candidate.predict(encoding.apply(parts.validate.features))
        ahead = np.concatenate([one.unseen_raw[: len(parts.calibrate)], last])
        calibrator = calibrate(outcome, ahead, weight, terms.isotonic_positives)
        predictors[one.name] = Predictor(final[0], final[1][one.name], calibrator)
    return predictors


def recipes_of(standings: Sequence[Standing]) -> dict[str, Recipe]:
    """What has to be fitted for these standings, members of a blend before it."""
    chosen = [one.fitted.recipe for one in standings if one.fitted]
    return {one.candidate: one for recipe in chosen for one in (*recipe.members, recipe)}


def fit_panel(
    recipes: Mapping[str, Recipe], panel: Panel, terms: Terms, tell: Tell
) -> tuple[Encoding, dict[str, Candidate]]:
    encoding = Encoding.fit(panel.features)
    return encoding, fit_all(recipes, encoding.apply(panel.features), panel.outcome, terms.threads, tell)


def describe(
    standing: Standing, standings: Mapping[str, Standing], parts: Parts, split: Split, terms: Terms, choice: Choice
) -> dict[str, Any]:
    """The model card of one candidate: plain JSON content."""
    rows, floor = parts.validate, best_floor(standings)
    return {
        **(standing.fitted.card() if standing.fitted else {"candidate": standing.name}),
        "metrics": measure_all(rows, standing, terms),
        "floor": {"candidate": floor.name, terms.metric: floor.value},
        "win_rate_against_floor": metrics.win_rate(standing.draws, floor.draws),
        "split": {name: describe_part(part, days) for name, part, days in named(parts, split)},
        "calibration": [
            asdict(one) for one in metrics.calibration_table(rows.outcome, standing.probability, rows.weight)
        ],
        "gain": metrics.gain_curve(rows.outcome, standing.probability, rows.weight),
        "feature_count": len(parts.encoding.names),
        "decision": choice.reason,
    }


def named(parts: Parts, split: Split) -> Iterable[tuple[str, Panel, tuple[date, ...]]]:
    return (
        ("train", parts.train, split.train),
        ("calibrate", parts.calibrate, split.calibrate),
        ("validate", parts.validate, split.validate),
    )


def describe_part(part: Panel, days: tuple[date, ...]) -> dict[str, Any]:
    return {
        "first_day": str(min(days)),
        "last_day": str(max(days)),
        "days": len(days),
        "rows": len(part),
        "positive_rows": part.positives,
        "rate": float(np.average(part.outcome, weights=part.weight)),
    }


def measure_all(rows: Panel, standing: Standing, terms: Terms) -> dict[str, Any]:
    """Every metric with its value; the deciding one with its interval."""
    arguments = (rows.outcome, standing.probability, rows.weight)
    low, high = metrics.interval(standing.draws, terms.confidence)
    found = {
        "auc": metrics.auc(*arguments),
        "average_precision": metrics.average_precision(*arguments),
        "log_loss": metrics.log_loss(*arguments),
        "calibration_error": metrics.calibration_error(*arguments),
    }
    return {
        name: {"value": value} | ({"low": low, "high": high} if name == terms.metric else {})
        for name, value in found.items()
    }
