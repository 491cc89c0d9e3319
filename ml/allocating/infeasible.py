"""Which limit cannot be met."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.allocating.book import Book, answer
from ml.allocating.problem import AT_LEAST, FloatArray, InfeasibleLimits, Resource


def explain(book: Book, resources: Sequence[Resource], prices: FloatArray) -> InfeasibleLimits:
    """The error for limits that no choice keeps to: a limit that fails alone, otherwise the one with the highest price.

    A limit fails alone when even the choice made for nothing but its use does not meet it.
    """
    for row in range(len(book.rows)):
        least = least_use(book, row)
        if least > book.rows.limit[row]:
            return InfeasibleLimits(describe(book, resources, row, least))
    row = int(np.argmax(prices))
    return InfeasibleLimits(f"no choice was found that keeps {name_limit(book, resources, row)} and all other limits")


def least_use(book: Book, row: int) -> float:
    """The least of a row that any choice can use, in units."""
    prices = np.zeros(len(book.rows))
    prices[row] = 1.0
    return float(answer(replace(book, value=np.zeros(len(book.value))), prices).use[row])


def name_limit(book: Book, resources: Sequence[Resource], row: int) -> str:
    resource, group = resources[book.rows.resource[row]], int(book.rows.group[row])
    return f"{resource.label(group)} {resource.sense} {resource.limit[group]:g}"


def describe(book: Book, resources: Sequence[Resource], row: int, least: float) -> str:
    reached = book.rows.sign[row] * least * book.rows.unit[row]
    verb = "at most" if resources[book.rows.resource[row]].sense == AT_LEAST else "at least"
    return f"{name_limit(book, resources, row)} cannot be met: any choice reaches {verb} {reached:g}"
