"""Pairs laid out so that one numpy pass serves the s-th pair of every customer at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ml.allocating.problem import BoolArray, FloatArray, IntArray

CHUNK = 16_384  # customers worked on together: their pairs stay in the processor's cache


@dataclass(frozen=True)
class Slots:
    """Jagged diagonals (Saad: Iterative Methods for Sparse Linear Systems, 2003, section 3.4).

    Customers stand in the order of their number of pairs, most first; slot s holds the s-th pair of all who have one,
    in one run `starts[s]:starts[s + 1]`. `row` says where a place of the layout lies in the caller's arrays, `customer`
    the caller's code of each customer in this order.
    """

    starts: IntArray
    row: IntArray
    customer: IntArray

    @property
    def widths(self) -> IntArray:
        return np.diff(self.starts)

    def customer_at(self, places: IntArray) -> IntArray:
        """The customer (by order, not code) to whom each place belongs."""
        return places - self.starts[np.searchsorted(self.starts, places, side="right") - 1]

    def chunks(self) -> Iterator[tuple[int, list[slice]]]:
        """The customer each chunk starts with, and the run of places of each of its slots."""
        widths = self.widths
        for first in range(0, len(self.customer), CHUNK):
            ends = np.minimum(widths[widths > first], first + CHUNK)
            yield first, [slice(start + first, start + end) for start, end in zip(self.starts, ends, strict=False)]

    def places_of(self, customers: IntArray) -> list[IntArray]:
        """The places of some customers (ascending), slot by slot."""
        counts = np.searchsorted(customers, self.widths)
        return [start + customers[:count] for start, count in zip(self.starts, counts, strict=False) if count]


def arrange(
    customer: IntArray, offer: IntArray, keep: BoolArray | None = None, ties: Sequence[FloatArray] = ()
) -> Slots:
    """Lay out n pairs; the caller's order of rows does not matter, a customer's pairs stand by offer, then by
    `ties` (largest first).

    >>> slots = arrange(np.array([7, 3, 7]), np.array([1, 0, 0]))
    >>> slots.starts.tolist(), slots.row.tolist(), slots.customer.tolist()
    ([0, 2, 3], [2, 1, 0], [7, 3])
    """
    order = order_rows(customer, offer, keep, ties)
    ordered = customer[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(ordered), 1), bool), ordered[1:] != ordered[:-1])))
    count = np.diff(np.append(first, len(ordered)))
    by_count = np.argsort(-count, kind="stable")
    first, count = first[by_count], count[by_count]
    widths = len(count) - np.searchsorted(count[::-1], np.arange(count.max(initial=0)), side="right")
    starts = np.concatenate(([0], np.cumsum(widths))).astype(np.int64)
    row = np.empty(len(order), dtype=np.int64)
    for slot, width in enumerate(widths):
        row[starts[slot] : starts[slot + 1]] = order[first[:width] + slot]
    return Slots(starts, row, ordered[first])


def order_rows(
    customer: IntArray, offer: IntArray, keep: BoolArray | None, ties: Sequence[FloatArray] = ()
) -> IntArray:
    """Rows by customer, offer and ties; sorted only where they do not stand so already."""
    rows = np.arange(len(customer)) if keep is None or keep.all() else np.flatnonzero(keep)
    key = customer[rows] * (int(offer.max(initial=0)) + 1) + offer[rows]
    if (np.diff(key) > 0).all():
        return rows
    order = np.argsort(key, kind="stable")
    if not (np.diff(key[order]) > 0).all():
        order = np.lexsort((*(-tie[rows] for tie in reversed(ties)), key))
    return rows[order]
