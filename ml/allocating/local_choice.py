"""The best set of pairs for each customer when every pair has a known worth: the inner problem of the dual."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.allocating.problem import BoolArray, CodeArray, FloatArray, IntArray

NONE = -1


@dataclass(frozen=True)
class LocalRule:
    """Codes and allowed number of one rule over a block (slots × customers) or over all places."""

    code: CodeArray
    most: int | CodeArray

    def most_at(self, *index: IntArray) -> CodeArray | int:
        return self.most if isinstance(self.most, int) else self.most[index]


def choose_sets(
    worth: FloatArray, rules: Sequence[LocalRule], places: int, is_alone: BoolArray | None = None
) -> IntArray:
    """The slots (rounds × customers, -1 for none) of the sets of largest worth, from worths of slots × customers.

    At most `places` pairs, of positive worth, within every rule; a pair that `is_alone` goes with no other. Taking the
    best pair that still fits is exact where the rules are nested (a laminar matroid: Edmonds 1971). `worth` is used up.

    >>> worth = np.array([[3.0], [2.0], [1.0]])
    >>> choose_sets(worth, [LocalRule(np.array([[0], [0], [1]]), 1)], places=2).ravel().tolist()
    [0, 2]
    """
    alone = None if is_alone is None else choose_alone(worth, is_alone)
    best = np.zeros(worth.shape[1])
    picks: list[IntArray] = []
    for turn in range(places):
        pick, value = pick_best(worth)
        found = np.flatnonzero(pick >= 0)
        if not len(found):
            break
        picks.append(pick)
        best += value
        if turn + 1 < places:
            close_taken(worth, rules, picks, found)
    chosen = np.array(picks, dtype=np.int64).reshape(len(picks), worth.shape[1])
    return chosen if alone is None else prefer_alone(chosen, best, *alone)


def pick_best(worth: FloatArray) -> tuple[IntArray, FloatArray]:
    """The first slot of largest positive worth of each customer, and that worth."""
    best = np.zeros(worth.shape[1])
    pick = np.full(worth.shape[1], NONE, dtype=np.int64)
    for slot, row in enumerate(worth):
        is_better = row > best
        np.copyto(best, row, where=is_better)
        np.copyto(pick, slot, where=is_better)
    return pick, best


def close_taken(worth: FloatArray, rules: Sequence[LocalRule], picks: Sequence[IntArray], found: IntArray) -> None:
    """Nothing is taken twice, and nothing of a group that is full."""
    last = picks[-1][found]
    worth[last, found] = -np.inf
    for rule in rules:
        code = rule.code[last, found]
        count = np.zeros(len(found), dtype=np.int64)
        for pick in picks:
            earlier = pick[found]
            count += (rule.code[earlier, found] == code) & (earlier >= 0)
        full = np.full(worth.shape[1], NONE - 1, dtype=rule.code.dtype)
        full[found] = np.where((code >= 0) & (count >= rule.most_at(last, found)), code, NONE - 1)
        if (full >= 0).any():
            np.copyto(worth, -np.inf, where=rule.code == full)


def choose_alone(worth: FloatArray, is_alone: BoolArray) -> tuple[IntArray, FloatArray]:
    """The best of the pairs that go with no other; they leave the contest of the others."""
    result = pick_best(np.where(is_alone, worth, -np.inf))
    np.copyto(worth, -np.inf, where=is_alone)
    return result


def prefer_alone(chosen: IntArray, best: FloatArray, pick: IntArray, value: FloatArray) -> IntArray:
    wins = value > best
    if not wins.any():
        return chosen
    chosen = chosen if len(chosen) else np.full((1, len(best)), NONE)
    chosen[:, wins] = NONE
    chosen[0, wins] = pick[wins]
    return chosen
