"""Everything the search needs in one layout, and the answer of all customers to given prices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.allocating.local_choice import NONE, LocalRule, choose_sets
from ml.allocating.local_rules import settle_rules
from ml.allocating.problem import BoolArray, CodeArray, FloatArray, IntArray, Resource, Rule
from ml.allocating.rows import Column, Rows, choose_unit, compile_rows
from ml.allocating.slots import Slots, arrange


@dataclass(frozen=True)
class Prepared:
    """Candidates laid out once; value and limits may change. The first `nested` rules are nested."""

    slots: Slots
    rules: tuple[LocalRule, ...]
    nested: int
    offers_per_customer: int
    is_alone: BoolArray | None
    pairs: int


@dataclass(frozen=True)
class Book:
    """Prepared candidates with value (whole units of `unit`) and the rows of the limits."""

    prepared: Prepared
    value: FloatArray
    unit: float
    rows: Rows

    @property
    def slots(self) -> Slots:
        return self.prepared.slots


@dataclass(frozen=True)
class Answer:
    """The places chosen at given prices, their value and use in units, and the bound the prices prove."""

    places: IntArray
    value: float
    use: FloatArray
    bound: float


def prepare(
    customer: IntArray,
    offer: IntArray,
    offers_per_customer: int = 1,
    rules: Sequence[Rule] = (),
    is_alone: BoolArray | None = None,
    ties: Sequence[FloatArray] = (),
) -> Prepared:
    """Lay out n candidate pairs once, to be solved many times with other values, weights, limits or budgets.

    `rules` limit what goes together for one customer; pairs with `is_alone` go with no other offer. A pair of which a
    rule allows none is left out.
    """
    allowed = [np.broadcast_to(rule.most, rule.group.shape) > 0 for rule in rules]
    keep = np.logical_and.reduce([ok | (rule.group < 0) for ok, rule in zip(allowed, rules, strict=True)], axis=0)
    slots = arrange(customer, offer, keep if rules else None, ties)
    settled, nested = settle_rules(rules, slots, offers_per_customer)
    alone = None if is_alone is None or not is_alone.any() else is_alone[slots.row]
    return Prepared(slots, tuple(settled), nested, offers_per_customer, alone, len(customer))


def open_book(prepared: Prepared, value: FloatArray, resources: Sequence[Resource]) -> Book:
    """Value of each of the n pairs and the limits, in whole units and in the order of the layout."""
    own = value[prepared.slots.row]
    unit = choose_unit(own)
    return Book(prepared, np.rint(own / unit), unit, compile_rows(resources, prepared.slots, prepared.pairs))


def answer(book: Book, prices: FloatArray) -> Answer:
    """What every customer would choose if usage cost `prices` (value units per usage unit, one per row).

    The value of the choice plus the price of what it leaves unused bounds the value of every choice within the limits
    (weak duality: Everett 1963; Fisher 1981, equation 4).
    """
    tables = [column.incidence @ prices for column in book.rows.columns]
    chosen = [answer_chunk(book, tables, first, runs) for first, runs in book.slots.chunks()]
    places = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
    value, use = float(book.value[places].sum()), book.rows.use_of(places)
    return Answer(places, value, use, value + float(prices @ (book.rows.limit - use)))


def reduced_value(book: Book, tables: Sequence[FloatArray], run: slice | IntArray) -> FloatArray:
    """Value minus the price of what the pairs use."""
    worth = book.value[run].copy()
    for column, table in zip(book.rows.columns, tables, strict=True):
        worth -= column.usage[run] * table[column.code[run]]
    return worth


def answer_chunk(book: Book, tables: Sequence[FloatArray], first: int, runs: Sequence[slice]) -> IntArray:
    prepared = book.prepared
    shape = (len(runs), runs[0].stop - runs[0].start)
    worth = np.full(shape, -np.inf)
    for slot, run in enumerate(runs):
        worth[slot, : run.stop - run.start] = reduced_value(book, tables, run)
    rules = [LocalRule(as_block(rule.code, runs, shape), most_block(rule, runs, shape)) for rule in prepared.rules]
    alone = None if prepared.is_alone is None else as_block(prepared.is_alone.view(np.int8), runs, shape) > 0
    picks = choose_sets(worth, rules, prepared.nested, prepared.offers_per_customer, alone)
    turn, who = np.nonzero(picks != NONE)
    return prepared.slots.starts[picks[turn, who]] + first + who


def as_block(flat: CodeArray, runs: Sequence[slice], shape: tuple[int, int]) -> CodeArray:
    block = np.full(shape, NONE, dtype=flat.dtype)
    for slot, run in enumerate(runs):
        block[slot, : run.stop - run.start] = flat[run]
    return block


def most_block(rule: LocalRule, runs: Sequence[slice], shape: tuple[int, int]) -> int | CodeArray:
    return rule.most if isinstance(rule.most, int) else as_block(rule.most, runs, shape)


def take_customers(book: Book, customers: IntArray) -> tuple[Book, IntArray]:
    """The book of some customers (ascending order), and where its places lie in the whole one."""
    slots, prepared, rows = book.slots, book.prepared, book.rows
    runs = slots.places_of(customers)
    places = np.concatenate(runs) if runs else np.zeros(0, dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum([len(run) for run in runs]))).astype(np.int64)
    own = replace(
        prepared,
        slots=Slots(starts, slots.row[places], slots.customer[customers]),
        rules=tuple(rule.take(places) for rule in prepared.rules),
        is_alone=None if prepared.is_alone is None else prepared.is_alone[places],
    )
    columns = tuple(Column(column.usage[places], column.code[places], column.incidence) for column in rows.columns)
    return Book(own, book.value[places], book.unit, replace(rows, columns=columns)), places
