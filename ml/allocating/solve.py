"""One allocation from prepared candidates: prices, choice, repair, and what every limit is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ml.allocating.book import Book, Prepared, answer, open_book
from ml.allocating.dual import Search, cut, find_prices, mix_answers
from ml.allocating.exact import choose_exactly
from ml.allocating.infeasible import explain
from ml.allocating.one_limit import meet_one_limit
from ml.allocating.problem import FloatArray, IntArray, Resource, Solution, Use
from ml.allocating.repair import repair
from ml.allocating.sharpen import sharpen

EXACT_PAIRS = 200  # inputs up to so many pairs are solved exactly
GAP_WANTED = 0.001  # share of the value: past it prices are sought again, by cutting planes
ROUNDING = 1e-12  # share of the value that sums of floats may differ by
MARGINS = (0.003, 0.01, 0.03)  # shares of the limits kept free when a repair has no room
HIGHEST_PRICE = 1e6  # in units of all value over all of a limit


def weigh(parts: Mapping[str, FloatArray], weights: Mapping[str, float]) -> FloatArray:
    """The value of n pairs: the weighted sum of its parts (margin, revenue, satisfaction, stock cleared).

    >>> weigh({"margin": np.array([1.0, 2.0]), "revenue": np.array([10.0, 0.0])}, {"margin": 1.0, "revenue": 0.1})
    array([2., 2.])
    """
    return np.add.reduce([weight * parts[name] for name, weight in weights.items()], axis=0)


def solve(
    prepared: Prepared, value: FloatArray, resources: Sequence[Resource] = (), start: FloatArray | None = None
) -> Solution:
    """The pairs of most value within all limits, with a bound, and a shadow price per limit.

    `value` is one number per pair (see `weigh`); `start` are the `prices` of an earlier solution of the same limits.
    Raises InfeasibleLimits where no choice keeps to the limits, ValueError where an amount is not finite.
    """
    check(value, resources)
    book = open_book(prepared, value, resources)
    places, prices, bound = search(book, start, resources)
    is_chosen = np.zeros(prepared.pairs, dtype=bool)
    is_chosen[prepared.slots.row[places]] = True
    total = float(value[is_chosen].sum())
    proved = total if bound * book.unit - total <= ROUNDING * abs(total) else bound * book.unit
    return Solution(is_chosen, total, proved, report(book, resources, is_chosen, prices), prices)


def check(value: FloatArray, resources: Sequence[Resource]) -> None:
    if not np.isfinite(value).all():
        raise ValueError("values must be finite")
    for resource in resources:
        if not np.isfinite(resource.usage).all():
            raise ValueError(f"what pairs use of the {resource.name} must be finite")


def search(book: Book, start: FloatArray | None, resources: Sequence[Resource]) -> tuple[IntArray, FloatArray, float]:
    """Chosen places, prices and bound in units."""
    prices, bound, places = near_best(book, start)
    if len(book.value) <= EXACT_PAIRS and len(book.rows):
        places, bound = improve(book, places, bound)
    if places is None:
        raise explain(book, resources)
    return places, prices, bound


def near_best(book: Book, start: FloatArray | None) -> tuple[FloatArray, float, IntArray | None]:
    """Prices, bound and chosen places; no places where no choice within the limits was found."""
    if not len(book.rows):
        free = answer(book, np.zeros(0))
        return np.zeros(0), free.bound, free.places
    if len(book.rows) == 1:
        met = meet_one_limit(book)
        return (np.zeros(1), np.inf, None) if met is None else (met[1], met[2], met[0])
    return meet_limits(book, sharpen(find_prices(book, start)))


def meet_limits(book: Book, found: Search) -> tuple[FloatArray, float, IntArray | None]:
    """Repair the choice at the prices; where much is missed, find better prices and divide those who are alike."""
    prices = found.prices
    places = repair(book, prices, found.best.places)
    if missed(book, places, found) > GAP_WANTED and len(book.value) > EXACT_PAIRS:
        cut(found, highest=HIGHEST_PRICE, reach=0.1)
        mixed = repair(book, found.prices, mix_answers(found, HIGHEST_PRICE))
        places = min(places, mixed, key=lambda choice: missed(book, choice, found))
    if places is None:
        places = stay_clear(book, found)
    return found.prices, found.best.bound, places


def stay_clear(book: Book, found: Search) -> IntArray | None:
    """Repair what would be chosen if every limit were a little narrower: it leaves the repair room to move."""
    size = np.maximum(np.abs(book.rows.limit), np.abs(found.best.use))
    for share in MARGINS:
        rows = replace(book.rows, limit=book.rows.limit - share * size)
        narrower = find_prices(replace(book, rows=rows), found.prices)
        places = repair(book, narrower.prices, narrower.best.places)
        if places is not None:
            return places
    return None


def missed(book: Book, places: IntArray | None, found: Search) -> float:
    """Share of the value that may have been missed."""
    return np.inf if places is None else float(found.best.bound - book.value[places].sum()) / found.worth


def improve(book: Book, places: IntArray | None, bound: float) -> tuple[IntArray | None, float]:
    """The exact choice where it is better than what was found; ties stay with what was found."""
    value = -np.inf if places is None else book.value[places].sum()
    if value >= bound:
        return places, bound
    best = choose_exactly(book)
    if best is None:
        return places, bound
    exact, proved = best
    keeps = (book.rows.use_of(exact) <= book.rows.limit).all()
    better = keeps and book.value[exact].sum() > value + abs(value if np.isfinite(value) else 0.0) * 1e-12
    return (exact if better else places), min(bound, proved)


def report(book: Book, resources: Sequence[Resource], is_chosen: np.ndarray, prices: FloatArray) -> tuple[Use, ...]:
    """Use and shadow price of every group that has a limit."""
    rows = book.rows
    in_currency = rows.sign * prices * book.unit / rows.unit + 0.0
    price = dict(zip(zip(rows.resource.tolist(), rows.group.tolist(), strict=True), in_currency.tolist(), strict=True))
    uses = []
    for place, resource in enumerate(resources):
        for group, used in enumerate(use_of_groups(resource, is_chosen).tolist()):
            limit = float(resource.limit[group])
            own = price.get((place, group), 0.0)
            uses.append(Use(resource.name, group, resource.label(group), used, limit, resource.sense, own))
    return tuple(uses)


def use_of_groups(resource: Resource, is_chosen: np.ndarray) -> FloatArray:
    concerned = is_chosen & (resource.group >= 0)
    amounts = np.broadcast_to(np.asarray(resource.usage, dtype=float), is_chosen.shape)[concerned]
    return np.bincount(resource.group[concerned], amounts, len(resource.limit)).astype(float)
