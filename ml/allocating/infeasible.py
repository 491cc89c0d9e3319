"""Which limits cannot be met."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.allocating.book import Book, answer
from ml.allocating.dual import Search, cut
from ml.allocating.problem import AT_LEAST, FloatArray, InfeasibleLimits, Resource

NAMED = 3  # limits that stand in each other's way, at most so many in one sentence
PART = 0.01  # share of the highest price from which a limit takes part in the conflict


def explain(book: Book, resources: Sequence[Resource]) -> InfeasibleLimits:
    """The error that names a limit no choice meets, or the limits that no choice meets together.

    Minima come first: they are what a person asked for. A limit fails alone when even the choice made for its use only
    does not meet it. Limits fail together when there are prices at which using less of them is worth more than is left
    (Farkas' lemma on the relaxed choice), found by the same search as any prices.
    """
    for row in np.argsort(book.rows.sign, kind="stable").tolist():
        least = least_use(book, row)
        if least > book.rows.limit[row]:
            return InfeasibleLimits(describe(book, resources, row, least))
    worthless = replace(book, value=np.zeros(len(book.value)))
    found = cut(Search(worthless, np.zeros(len(book.rows))), highest=1.0, reach=1.0)
    return InfeasibleLimits(describe_conflict(book, resources, found.prices / found.scale, found.best.bound < 0))


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


def describe_conflict(book: Book, resources: Sequence[Resource], weight: FloatArray, is_proved: bool) -> str:
    """A minimum and what stands in its way, by how much each weighs in the conflict."""
    if not is_proved:
        weight = np.ones(len(weight))
    order = np.lexsort((-weight, book.rows.sign))
    rows = [row for row in order.tolist() if weight[row] >= PART * weight.max()]
    first, *others = (name_limit(book, resources, row) for row in rows[: NAMED + 1])
    if not is_proved:
        return f"no choice was found that keeps {first} and all other limits"
    return f"{first} cannot be met together with {' and '.join(others)}"
