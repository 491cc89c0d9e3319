"""Prices of several limits at once: the least bound the Lagrangian dual can prove."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog, minimize

from ml.allocating.book import Answer, Book, answer, take_customers
from ml.allocating.problem import FloatArray, IntArray

EVALUATIONS, FEWEST, CUTS = 150, 12, 80
WORK = 8e6  # pairs looked at while prices known from a sample are made better
SAMPLES = (5_000, 50_000)  # customers among whom prices are sought first
LEAST_SHARE = 1e-4  # of the customers; answers with less are left out of a mixture
CLOSE = 1e-5  # share of the value by which cuts may still lower the bound when they end


class Search:
    """The bound as a function of scaled prices, every answer so far as a cut, and the least bound seen."""

    def __init__(self, book: Book, start: FloatArray) -> None:
        self.book = book
        free = answer(book, np.zeros_like(start))
        self.worth = max(abs(free.value), 1.0)
        self.scale = self.worth / np.maximum(np.maximum(np.abs(book.rows.limit), np.abs(free.use)), 1.0)
        self.best, self.prices = free, np.zeros_like(start)
        self.asked: list[FloatArray] = []
        self.levels: list[float] = []
        self.slopes: list[FloatArray] = []
        self(start / self.scale)

    def at(self, prices: FloatArray) -> Answer:
        """The answer at some prices; the best is kept."""
        found = answer(self.book, prices)
        if found.bound < self.best.bound:
            self.best, self.prices = found, prices
        return found

    def __call__(self, scaled: FloatArray) -> tuple[float, FloatArray]:
        prices = scaled * self.scale
        found = self.at(prices)
        bound, slope = found.bound / self.worth, (self.book.rows.limit - found.use) * self.scale / self.worth
        level = float(bound - slope @ scaled)
        if np.isfinite(level):
            self.asked.append(prices)
            self.levels.append(level)
            self.slopes.append(slope)
        return bound, slope


def find_prices(book: Book, start: FloatArray | None = None) -> Search:
    """A search that has found prices (one per row, value units per usage unit) of a low bound.

    The bound is convex in the prices and all but smooth with many customers, so a quasi-Newton method within bounds
    (L-BFGS-B: Byrd, Lu, Nocedal, Zhu 1995) closes in; every answer on the way proves a bound, the least is kept. With
    many customers the prices are first sought among samples, with limits in proportion.
    """
    prices = np.zeros(len(book.rows)) if start is None else start
    evaluations = EVALUATIONS
    for size in SAMPLES if start is None else ():
        if len(book.slots.customer) > 2 * size:
            prices = descend(Search(draw_sample(book, size), prices), evaluations).prices
            evaluations = int(np.clip(WORK / len(book.value), FEWEST, EVALUATIONS))
    return descend(Search(book, prices), evaluations)


def descend(search: Search, evaluations: int) -> Search:
    """Let the search look for the least bound as if it were smooth."""
    minimize(
        search,
        search.prices / search.scale,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(search.prices),
        options={"maxfun": evaluations, "maxiter": evaluations, "ftol": 1e-9, "gtol": 1e-12},
    )
    return search


def cut(search: Search, highest: float, reach: float) -> Search:
    """Lower the bound where it has kinks, as when customers are alike: the least of all cuts is asked next.

    Cutting planes (Kelley 1960) within `reach` of the best prices so far; the reach halves when a step does not help.
    Scaled prices stay below `highest`.
    """
    for _ in range(CUTS):
        best = search.best.bound
        centre = search.prices / search.scale
        least = least_of_cuts(search, np.maximum(centre - reach, 0.0), np.minimum(centre + reach, highest))
        if least is None or best / search.worth - least.level <= CLOSE:
            break
        search(least.scaled)
        reach = min(2 * reach, highest) if search.best.bound < best else reach / 2
    return search


@dataclass(frozen=True)
class Least:
    """The lowest point of all cuts: its level, the scaled prices, and the weight of each cut in it."""

    level: float
    scaled: FloatArray
    weight: FloatArray


def least_of_cuts(search: Search, low: FloatArray, high: FloatArray) -> Least | None:
    """The lowest point between two corners, a linear programme; None where the solver gives up."""
    slopes = np.column_stack((np.array(search.slopes), -np.ones(len(search.slopes))))
    bounds = [*zip(low, high, strict=True), (None, None)]
    objective = np.append(np.zeros(len(low)), 1.0)
    found = linprog(objective, A_ub=slopes, b_ub=-np.array(search.levels), bounds=bounds, method="highs")
    return Least(float(found.fun), found.x[:-1], -found.ineqlin.marginals) if found.status == 0 else None


def mix_answers(search: Search, highest: float) -> IntArray:
    """Places when every customer follows one of the answers so far, in the shares the linear relaxation gives them.

    The weights of the cuts are those of the answers in the relaxed optimum (Dantzig and Wolfe 1960): customers who are
    alike and indifferent at the best prices are divided as the limits need it.
    """
    least = least_of_cuts(search, np.zeros_like(search.scale), np.full_like(search.scale, highest))
    if least is None:
        return search.best.places
    weight = least.weight
    used = np.flatnonzero(weight > LEAST_SHARE)
    slots = search.book.slots
    follows = np.searchsorted(np.cumsum(weight[used]) / weight[used].sum(), spread_evenly(len(slots.customer)), "right")
    places = [answer(search.book, search.asked[number]).places for number in used]
    return np.concatenate([own[follows[slots.customer_at(own)] == turn] for turn, own in enumerate(places)])


def spread_evenly(count: int) -> FloatArray:
    """Numbers in [0, 1) of which every run of neighbours is spread evenly (golden-ratio sequence).

    >>> spread_evenly(4).round(2).tolist()
    [0.0, 0.62, 0.24, 0.85]
    """
    return np.arange(count) * ((np.sqrt(5.0) - 1.0) / 2.0) % 1.0


def draw_sample(book: Book, size: int) -> Book:
    """About `size` customers, drawn by what they are worth and not by their codes, so that names change nothing."""
    content = np.zeros(len(book.slots.customer))
    for start, width in zip(book.slots.starts, book.slots.widths, strict=False):
        content[:width] += book.value[start : start + width]
    hashed = content.astype(np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    share = size / len(content)
    drawn = np.flatnonzero(hashed < np.uint64(share * 2.0**64))
    if not 0.5 < len(drawn) / size < 2:  # many customers are alike
        drawn = np.arange(0, len(content), round(1 / share))
    part, _ = take_customers(book, drawn)
    return replace(part, rows=replace(part.rows, limit=part.rows.limit * (len(drawn) / len(content))))
