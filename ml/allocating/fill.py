"""What is left of one limit, spent on the best two changes of two customers that fit."""

from dataclasses import dataclass

import numpy as np

from ml.allocating.problem import FloatArray, IntArray

NOBODY = -1


@dataclass(frozen=True)
class Changes:
    """What changes of one customer each would add, by rising use; the first changes nothing for nobody."""

    gain: FloatArray
    use: FloatArray
    customer: IntArray


def best_two(changes: Changes, left: float) -> list[int]:
    """Positions of the two changes of different customers that together add most and use no more than is left.

    All pairs compete, so with more left the best pair never adds less; empty where no pair adds anything.

    >>> changes = Changes(np.array([-1.0, 0, 3, 2]), np.array([-1.0, 0, 2, 2]), np.array([7, NOBODY, 7, 8]))
    >>> best_two(changes, 2.0), best_two(changes, 1.0)  # in the second, customer 7 gives up what pays for customer 8
    ([1, 2], [0, 3])
    """
    best, other = leaders(changes)
    end = np.searchsorted(changes.use, left - changes.use, side="right") - 1
    rows = np.flatnonzero(end >= 0)
    partner = best[end[rows]]
    partner = np.where(changes.customer[partner] == changes.customer[rows], other[end[rows]], partner)
    total = np.where(partner >= 0, changes.gain[rows] + changes.gain[partner], -np.inf)
    top = int(np.argmax(total))
    return sorted((int(rows[top]), int(partner[top]))) if total[top] > 0 else []


def leaders(changes: Changes) -> tuple[IntArray, IntArray]:
    """Of the changes up to each position, the one that adds most, and the one that adds most for another customer."""
    running = np.maximum.accumulate(changes.gain)
    is_record = np.concatenate(([True], changes.gain[1:] > running[:-1]))
    starts = np.flatnonzero(is_record)
    best = starts[np.cumsum(is_record) - 1]
    other = np.full(len(best), NOBODY)
    for start, end in zip(starts, np.append(starts[1:], len(best)), strict=True):
        span = np.arange(start, end)
        gain = np.where(changes.customer[span] == changes.customer[start], -np.inf, changes.gain[span])
        before = earlier_of_others(changes, best, other, int(start))
        gain[0] = -np.inf if before < 0 else changes.gain[before]
        records = np.concatenate(([True], gain[1:] > np.maximum.accumulate(gain)[:-1]))
        place = span[np.flatnonzero(records)[np.cumsum(records) - 1]]
        other[span] = np.where(place == start, before, place)
    return best, other


def earlier_of_others(changes: Changes, best: IntArray, other: IntArray, start: int) -> int:
    """The best before `start` of a customer other than the one who leads from there."""
    if start == 0:
        return NOBODY
    leader = int(best[start - 1])
    return leader if changes.customer[leader] != changes.customer[start] else int(other[start - 1])
