"""From the choice at the best prices to one within all limits: give up what is lost least, then fill what is left."""

import numpy as np
from scipy import sparse

from ml.allocating.book import Book, reduced_value
from ml.allocating.moves import Moves, amount_at, gain_of, join_moves, list_drops, list_moves, tabulate
from ml.allocating.problem import BoolArray, FloatArray, IntArray

ROUNDS = 60
ENOUGH = 1e-8  # a round that adds a smaller share of the value is the last
FEWEST_NEAR, MOST_NEAR = 50_000, 200_000  # pairs looked at for an exchange: those that nearly were chosen


class Repair:
    """A choice while it is being changed: table of chosen places, use of every row, worth at the prices."""

    def __init__(self, book: Book, prices: FloatArray, places: IntArray) -> None:
        self.book, self.prices = book, prices
        tables = [column.incidence @ prices for column in book.rows.columns]
        self.worth = reduced_value(book, tables, slice(None))
        self.table = tabulate(book, places)
        self.is_chosen = np.zeros(len(self.worth), dtype=bool)
        self.is_chosen[places] = True
        self.use = book.rows.use_of(places)
        self.near = self.find_near(MOST_NEAR)

    @property
    def places(self) -> IntArray:
        return np.flatnonzero(self.is_chosen)

    @property
    def excess(self) -> FloatArray:
        return self.use - self.book.rows.limit

    def find_near(self, most: int) -> IntArray:
        """The places that missed their customer's choice by least."""
        free = np.flatnonzero(~self.is_chosen)
        count = min(most, max(FEWEST_NEAR, len(self.table)))
        if len(free) <= count:
            return free
        is_full = (self.table >= 0).all(axis=1)
        entry = np.where(is_full, amount_at(self.worth, self.table).min(axis=1), 0.0)
        missed = entry[self.book.slots.customer_at(free)] - self.worth[free]
        return np.sort(free[np.argpartition(missed, count)[:count]])

    def list_moves(self) -> Moves:
        return list_moves(self.book, self.table, self.near[~self.is_chosen[self.near]])

    def change_of(self, moves: Moves) -> sparse.csr_matrix:
        """What each move adds to the use of every row: moves × rows."""
        return self.book.rows.matrix(moves.into) - self.book.rows.matrix(moves.out)

    def loss_of(self, moves: Moves) -> FloatArray:
        """Worth at the prices that each move gives up."""
        return amount_at(self.worth, moves.out) - amount_at(self.worth, moves.into)

    def apply(self, moves: Moves, change: sparse.csr_matrix) -> None:
        """Make moves of different customers; what is given up may come back."""
        slot = (self.table[moves.customer] == moves.out[:, None]).argmax(axis=1)  # an addition takes a free slot
        self.table[moves.customer, slot] = moves.into
        gone, come = moves.out[moves.out >= 0], moves.into[moves.into >= 0]
        self.is_chosen[gone] = False
        self.is_chosen[come] = True
        self.use += np.asarray(change.sum(axis=0)).ravel()
        self.near = np.concatenate((self.near[self.is_chosen[self.near] | ~self.is_in(gone)[self.near]], gone))

    def is_in(self, places: IntArray) -> BoolArray:
        mask = np.zeros(len(self.worth), dtype=bool)
        mask[places] = True
        return mask

    def mend(self) -> bool:
        """Change the choice until no row is over its limit; False where no move helps any more."""
        for _ in range(ROUNDS):
            over = self.excess > 0
            if not over.any():
                return True
            moves = join_moves([self.list_moves(), list_drops(self.table)])
            change = self.change_of(moves)
            chosen = self.choose_relief(moves, change, np.flatnonzero(over))
            if not len(chosen):
                return False
            self.apply(moves.take(chosen), change[chosen])
        return not (self.excess > 0).any()

    def choose_relief(self, moves: Moves, change: sparse.csr_matrix, over: IntArray) -> IntArray:
        """Of the moves that use less of a row that is over its limit, those that cost least per relief."""
        relief = (-change[:, over]).multiply(1.0 / self.excess[over]).tocsr()
        relief.data = np.clip(relief.data, 0.0, 1.0)
        total = np.asarray(relief.sum(axis=1)).ravel()
        helps = np.flatnonzero((total > 0) & self.fits_alone(change))
        order = helps[np.lexsort((*self.tie_keys(moves, helps), self.loss_of(moves)[helps] / total[helps]))]
        order = order[first_of_each(moves.customer[order])]
        order = order[fits_in_order(change[order], -self.excess)]
        return order[is_needed(relief[order])]

    def fill(self) -> None:
        """Take what earns more and fits, most value per price paid first, until that adds next to nothing."""
        for _ in range(ROUNDS):
            moves = self.list_moves()
            moves = moves.take(gain_of(self.book, moves) > 0)
            change = self.change_of(moves)
            moves, change = moves.take(fits := self.fits_alone(change)), change[fits]
            order = self.order_by_merit(moves, change)
            order = order[fits_in_order(change[order], -self.excess)]
            self.apply(moves.take(order), change[order])
            if gain_of(self.book, moves.take(order)).sum() <= ENOUGH * self.book.value[self.is_chosen].sum():
                return

    def order_by_merit(self, moves: Moves, change: sparse.csr_matrix) -> IntArray:
        """Each customer's move of most value per price paid, best first."""
        gain, paid = gain_of(self.book, moves), change @ self.prices
        merit = np.divide(gain, paid, out=np.full(len(gain), np.inf), where=paid > 0)
        order = np.lexsort((*self.tie_keys(moves, np.arange(len(moves))), -gain, -merit))
        return order[first_of_each(moves.customer[order])]

    def tie_keys(self, moves: Moves, rows: IntArray) -> tuple[IntArray, ...]:
        return moves.out[rows], moves.into[rows], self.book.slots.customer[moves.customer[rows]]

    def fits_alone(self, change: sparse.csr_matrix) -> BoolArray:
        """Whether each move adds no more to any row than is left of it."""
        is_over = (change.data > 0) & (change.data > -self.excess[change.indices])
        owner = np.repeat(np.arange(change.shape[0]), np.diff(change.indptr))
        return np.bincount(owner[is_over], minlength=change.shape[0]) == 0


def first_of_each(customer: IntArray) -> IntArray:
    """Positions of the first entry of every customer, in order."""
    return np.sort(np.unique(customer, return_index=True)[1])


def fits_in_order(change: sparse.csr_matrix, left: FloatArray) -> BoolArray:
    """Whether each move still fits when all before it are made and nothing they give back is counted on."""
    columns = sparse.csc_matrix(change)
    columns.sort_indices()
    fits = np.ones(change.shape[0], dtype=bool)
    for row in range(change.shape[1]):
        span = slice(columns.indptr[row], columns.indptr[row + 1])
        adds = columns.data[span] > 0
        if adds.any():
            total = np.cumsum(columns.data[span][adds])
            fits[columns.indices[span][adds][total > left[row]]] = False
    return fits


def is_needed(relief: sparse.csr_matrix) -> BoolArray:
    """Whether each move still helps after all before it: relief is in shares of what must go."""
    columns = sparse.csc_matrix(relief)
    columns.sort_indices()
    needed = np.zeros(relief.shape[0], dtype=bool)
    for row in range(relief.shape[1]):
        span = slice(columns.indptr[row], columns.indptr[row + 1])
        before = np.cumsum(columns.data[span]) - columns.data[span]
        needed[columns.indices[span][(before < 1.0) & (columns.data[span] > 0)]] = True
    return needed


def repair(book: Book, prices: FloatArray, places: IntArray) -> IntArray | None:
    """Places of a choice within every limit, near the choice at the prices; None where none was found."""
    work = Repair(book, prices, places)
    if not work.mend():
        work.near = work.find_near(len(book.value))
        if not work.mend():
            return None
    work.fill()
    return work.places
