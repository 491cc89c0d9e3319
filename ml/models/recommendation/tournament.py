"""Candidates against each other and against the floor, per part, on a closed window none of them has seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.progress import track

from ml.models import recommendation
from ml.models.recommendation import Recommender
from ml.models.recommendation.history import NOVEL, PARTS, History, split_parts
from ml.models.recommendation.ranking import Estimate, cover_catalogue, estimate_mean, rank_products, recall
from ml.models.recommendation.rates import learn_rates

ALL = "all"


@dataclass(frozen=True)
class Window:
    """A history, what its customers bought afterwards as booleans (c, p), and what each product was to them before."""

    before: History
    is_bought: np.ndarray
    parts: np.ndarray

    def mask(self, part: str) -> np.ndarray:
        return np.ones(self.before.shape, bool) if part == ALL else self.parts == PARTS.index(part)


@dataclass(frozen=True)
class Result:
    """Recall per part (`all` ranks over all products), coverage of the catalogue, and score-to-probability lines."""

    candidate: str
    recall: Mapping[str, Estimate]
    coverage: float
    lines: Mapping[str, np.ndarray]


def open_window(before: History, after: History, lapsed_after_days: int) -> Window:
    """A window from the history before it and the purchases inside it, both over the same products.

    Purchases of customers who were not known before fall away: nobody could have recommended anything to them.
    """
    is_known = np.isin(after.customers, before.customers)[after.customer]
    customer = np.searchsorted(before.customers, after.customers[after.customer[is_known]])
    is_bought = np.zeros(before.shape, bool)
    is_bought[customer, after.product[is_known]] = True
    return Window(before, is_bought, split_parts(before, lapsed_after_days))


def compare(
    window: Window,
    settings: Mapping[str, Mapping[str, Any]],
    length: int,
    others: Callable[[Recommender], Mapping[str, Result]] | None = None,
) -> Iterator[Result]:
    """Fit each candidate on the window's history and measure its lists of `length`, one candidate after the other.

    `others` measures a fitted candidate by name of case on other customers or products of the same window.
    """
    for candidate, numbers in track(settings.items(), "recommenders", transient=True):
        recommender = recommendation.fit(candidate, window.before, numbers)
        result = measure(candidate, recommendation.score(recommender, window.before), window, length)
        yield add_cases(result, others(recommender) if others else {})


def add_cases(result: Result, cases: Mapping[str, Result]) -> Result:
    """The result with recall over everything and the line of each case beside those of the parts."""
    recalls = {case: one.recall[ALL] for case, one in cases.items()}
    lines = {case: one.lines[PARTS[NOVEL]] for case, one in cases.items()}
    return replace(result, recall={**result.recall, **recalls}, lines={**result.lines, **lines})


def measure(candidate: str, scores: np.ndarray, window: Window, length: int) -> Result:
    """Recall, coverage and probabilities of scores (c, p); within a part only its products compete and count."""
    ranked = {part: rank_products(scores, window.mask(part), length) for part in (ALL, *PARTS)}
    found = {part: estimate_mean(recall(ranked[part], window.is_bought & window.mask(part))) for part in ranked}
    lines = {part: learn_part(scores, window, part) for part in PARTS}
    return Result(candidate, found, cover_catalogue(ranked[ALL], scores.shape[1]), lines)


def learn_part(scores: np.ndarray, window: Window, part: str, customers: int = 500) -> np.ndarray:
    """The score-to-probability line of a part, from evenly spread customers where there are more than `customers`."""
    rows = np.unique(np.linspace(0, len(scores) - 1, min(customers, len(scores))).astype(int))
    inside = window.parts[rows] == PARTS.index(part)
    return learn_rates(scores[rows][inside], window.is_bought[rows][inside])


def choose_winner(results: Mapping[str, Result], part: str, incumbent: str | None) -> str:
    """The candidate with the best recall in a part; it must be better than both the incumbent and the floor.

    Without a recall to compare (nobody bought anything of the part) the incumbent stays, or else the floor.
    """
    held = incumbent if incumbent is not None and incumbent in results else recommendation.FLOOR
    reached = {name: result.recall[part].value for name, result in results.items()}
    if np.isnan(reached[recommendation.FLOOR]):
        return held
    safe = max(recommendation.FLOOR, held, key=reached.__getitem__)
    best = max(reached, key=reached.__getitem__)
    return best if reached[best] > reached[safe] else safe
