"""Prices of several limits at once: the least bound the Lagrangian dual can prove."""

import numpy as np
from scipy.optimize import minimize

from ml.allocating.book import Answer, Book, answer
from ml.allocating.problem import FloatArray

EVALUATIONS = 150


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


def find_prices(
    book: Book, start: FloatArray | None = None, evaluations: int = EVALUATIONS
) -> tuple[FloatArray, Answer]:
    """Prices (one per row, value units per usage unit) with the least bound found, and the answer to them.

    The bound is convex in the prices and all but smooth with many customers, so a quasi-Newton method within bounds
    (L-BFGS-B: Byrd, Lu, Nocedal, Zhu 1995) closes in; every answer on the way proves a bound, the least is kept.
    """
    search = Search(book, np.zeros(len(book.rows)) if start is None else start)
    options = {"maxfun": evaluations, "maxiter": evaluations, "ftol": 1e-9, "gtol": 1e-12}
    minimize(
        search,
        search.prices / search.scale,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(book.rows),
        options=options,
    )
    return search.prices, search.best
