"""Better prices from the customers who are nearly indifferent: only they would answer differently."""

from dataclasses import replace

import numpy as np

from ml.allocating.book import Book, reduced_value, take_customers
from ml.allocating.dual import Search, descend
from ml.allocating.moves import tabulate
from ml.allocating.problem import FloatArray, IntArray

SHARE, FEWEST, MOST = 0.1, 2_000, 60_000  # customers looked at
EVALUATIONS = 80
TURNS = 2


def sharpen(search: Search) -> Search:
    """Continue the search among those whom small changes of the prices would move, all others staying as they are.

    The bound is flat near its least, but what is chosen is not: prices that are a little off leave limits a little
    over or unused, and to mend that costs more than to find the prices.
    """
    customers = len(search.book.slots.customer)
    wanted = int(np.clip(SHARE * customers, FEWEST, MOST))
    for _ in range(TURNS):
        if wanted >= customers:
            return descend(search, EVALUATIONS)
        few = Search(fix_others(search, find_undecided(search, wanted)), search.prices)
        search.at(descend(few, EVALUATIONS).prices)
    return search


def fix_others(search: Search, customers: IntArray) -> Book:
    """The book of some customers with what all others leave of the limits."""
    book = search.book
    part, origin = take_customers(book, customers)
    is_theirs = np.zeros(len(book.value), dtype=bool)
    is_theirs[origin] = True
    places = search.best.places
    left = book.rows.limit - book.rows.use_of(places[~is_theirs[places]])
    return replace(part, rows=replace(part.rows, limit=left))


def find_undecided(search: Search, wanted: int) -> IntArray:
    """The customers whose choice the smallest relative change of the prices may alter, in ascending order."""
    doubt = nearest_change(search.book, search.prices, search.best.places)
    return np.sort(np.argpartition(doubt, wanted)[:wanted])


def nearest_change(book: Book, prices: FloatArray, places: IntArray) -> FloatArray:
    """For each customer the least distance of any pair from the border of being chosen, per price paid for it."""
    tables = [column.incidence @ prices for column in book.rows.columns]
    is_chosen = np.zeros(len(book.value), dtype=bool)
    is_chosen[places] = True
    table = tabulate(book, places)
    own = np.where(table >= 0, reduced_value(book, tables, table.ravel()).reshape(table.shape), 0.0)
    entry, nearest = own.min(axis=1), np.full(len(table), np.inf)
    for start, width in zip(book.slots.starts, book.slots.widths, strict=False):
        run = slice(start, start + width)
        worth = reduced_value(book, tables, run)
        distance = np.abs(np.where(is_chosen[run], worth, entry[:width] - worth))
        paid = np.abs(book.value[run] - worth)
        np.minimum(nearest[:width], distance / np.maximum(paid, 1.0), out=nearest[:width])
    return nearest
