"""Small changes of a choice: add a pair, exchange one for another of the same customer, or drop one."""

from dataclasses import dataclass

import numpy as np

from ml.allocating.book import Book
from ml.allocating.local_choice import NONE
from ml.allocating.problem import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Moves:
    """Changes of one customer each: the place given up (-1: none) and the place taken (-1: none)."""

    customer: IntArray
    out: IntArray
    into: IntArray

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: IntArray | BoolArray) -> "Moves":
        return Moves(self.customer[rows], self.out[rows], self.into[rows])


def tabulate(book: Book, places: IntArray) -> IntArray:
    """The chosen places of every customer, customers × offers per customer, -1 where there are fewer."""
    table = np.full((len(book.slots.customer), book.prepared.offers_per_customer), NONE, dtype=np.int64)
    customer = book.slots.customer_at(places)
    order = np.lexsort((places, customer))
    ordered = customer[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    table[ordered, rank] = places[order]
    return table


def list_moves(book: Book, table: IntArray, into: IntArray) -> Moves:
    """Every addition and exchange that takes one of the places `into` (not chosen now) and keeps to the rules."""
    customer = book.slots.customer_at(into)
    kinds = [Moves(customer, np.full(len(into), NONE), into)]
    for column in table.T:
        has_one = column[customer] >= 0
        kinds.append(Moves(customer[has_one], column[customer[has_one]], into[has_one]))
    moves = join_moves(kinds)
    return moves.take(keeps_rules(book, table, moves))


def list_drops(table: IntArray) -> Moves:
    customer, rank = np.nonzero(table >= 0)
    return Moves(customer, table[customer, rank], np.full(len(customer), NONE))


def join_moves(kinds: list[Moves]) -> Moves:
    return Moves(*(np.concatenate([getattr(kind, name) for kind in kinds]) for name in ("customer", "out", "into")))


def keeps_rules(book: Book, table: IntArray, moves: Moves) -> BoolArray:
    """Whether the customer's choice after each move keeps to the number of offers and to every rule."""
    others = table[moves.customer]
    stays = (others >= 0) & (others != moves.out[:, None])
    fits = stays.sum(axis=1) < book.prepared.offers_per_customer
    for rule in book.prepared.rules:
        code = rule.code[moves.into]
        same = (stays & (rule.code[others] == code[:, None])).sum(axis=1)
        fits &= (code < 0) | (same < rule.most_at(moves.into))
    if book.prepared.is_alone is not None:
        alone = book.prepared.is_alone
        fits &= ~(stays & alone[others]).any(axis=1) & ~(alone[moves.into] & stays.any(axis=1))
    return fits


def gain_of(book: Book, moves: Moves) -> FloatArray:
    """Value each move adds, in units."""
    return amount_at(book.value, moves.into) - amount_at(book.value, moves.out)


def amount_at(amounts: FloatArray, places: IntArray) -> FloatArray:
    """The amount at each place, 0 where there is none."""
    return np.where(places >= 0, amounts[places], 0.0) if len(amounts) else np.zeros(len(places))
