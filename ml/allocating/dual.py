"""Prices of several limits at once: the least bound the Lagrangian dual can prove."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from ml.allocating.book import Answer, Book, answer, take_customers
from ml.allocating.problem import FloatArray

EVALUATIONS, REFINEMENTS = 150, 12
SAMPLE = 25_000  # customers among whom prices are sought first


class Search:
    """The bound as a function of scaled prices, and the least one seen."""

    def __init__(self, book: Book, start: FloatArray) -> None:
        self.book = book
        self.best = answer(book, start)
        self.prices = start
        free = self.best if not start.any() else answer(book, np.zeros_like(start))
        self.keep(free, np.zeros_like(start))
        self.worth = max(abs(free.value), 1.0)
        self.scale = self.worth / np.maximum(np.maximum(np.abs(book.rows.limit), np.abs(free.use)), 1.0)

    def keep(self, found: Answer, prices: FloatArray) -> None:
        if found.bound < self.best.bound:
            self.best, self.prices = found, prices

    def __call__(self, scaled: FloatArray) -> tuple[float, FloatArray]:
        prices = scaled * self.scale
        found = answer(self.book, prices)
        self.keep(found, prices)
        slope = (self.book.rows.limit - found.use) * self.scale
        return found.bound / self.worth, slope / self.worth


def find_prices(book: Book, start: FloatArray | None = None) -> tuple[FloatArray, Answer]:
    """Prices (one per row, value units per usage unit) with the least bound found, and the answer to them.

    The bound is convex in the prices and all but smooth with many customers, so a quasi-Newton method within bounds
    (L-BFGS-B: Byrd, Lu, Nocedal, Zhu 1995) closes in; every answer on the way proves a bound, the least is kept. With
    very many customers the prices are first sought among a sample, with limits in proportion.
    """
    prices = np.zeros(len(book.rows)) if start is None else start
    if start is None and len(book.slots.customer) > 2 * SAMPLE:
        prices = descend(Search(draw_sample(book), prices), EVALUATIONS).prices
        return final(descend(Search(book, prices), REFINEMENTS))
    return final(descend(Search(book, prices), EVALUATIONS))


def final(search: Search) -> tuple[FloatArray, Answer]:
    return search.prices, search.best


def descend(search: Search, evaluations: int) -> Search:
    minimize(
        search,
        search.prices / search.scale,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(search.prices),
        options={"maxfun": evaluations, "maxiter": evaluations, "ftol": 1e-9, "gtol": 1e-12},
    )
    return search


def draw_sample(book: Book) -> Book:
    """About `SAMPLE` customers, drawn by what they are worth and not by their codes, so that names change nothing."""
    content = np.zeros(len(book.slots.customer))
    for start, width in zip(book.slots.starts, book.slots.widths, strict=False):
        content[:width] += book.value[start : start + width]
    hashed = content.astype(np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    share = SAMPLE / len(content)
    drawn = np.flatnonzero(hashed < np.uint64(share * 2.0**64))
    if not 0.5 < len(drawn) / SAMPLE < 2:  # many customers are alike
        drawn = np.arange(0, len(content), round(1 / share))
    part, _ = take_customers(book, drawn)
    return replace(part, rows=replace(part.rows, limit=part.rows.limit * (len(drawn) / len(content))))
