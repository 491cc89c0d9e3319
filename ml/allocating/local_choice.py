"""The best set of pairs for each customer when every pair has a known worth: the inner problem of the dual."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.allocating.problem import BoolArray, CodeArray, FloatArray, IntArray

NONE = -1


@dataclass(frozen=True)
class LocalRule:
    """Codes and allowed number of one rule, over a block (slots × customers) or over all places."""

    code: CodeArray
    most: int | CodeArray

    def most_at(self, *index: IntArray) -> CodeArray | int:
        return self.most if isinstance(self.most, int) else self.most[index]

    def take(self, *index: IntArray | slice) -> "LocalRule":
        return LocalRule(self.code[index], self.most if isinstance(self.most, int) else self.most[index])


@dataclass(frozen=True)
class Sets:
    """Chosen slots (rounds × customers, -1 for none) and what each customer's set is worth."""

    picks: IntArray
    worth: FloatArray


def take_best(worth: FloatArray, rules: Sequence[LocalRule], places: int) -> Sets:
    """Take the best pair of positive worth that still fits, `places` times, from worths of slots × customers.

    Exact where the rules are nested (a laminar matroid: Edmonds 1971). `worth` is used up.

    >>> worth = np.array([[3.0], [2.0], [1.0]])
    >>> take_best(worth, [LocalRule(np.array([[0], [0], [1]]), 1)], places=2).picks.ravel().tolist()
    [0, 2]
    """
    total = np.zeros(worth.shape[1])
    picks: list[IntArray] = []
    for turn in range(places):
        pick, best = pick_best(worth)
        found = np.flatnonzero(pick >= 0)
        if not len(found):
            break
        picks.append(pick)
        total += best
        if turn + 1 < places:
            close_taken(worth, rules, picks, found)
    return Sets(np.array(picks, dtype=np.int64).reshape(len(picks), worth.shape[1]), total)


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


def choose_sets(
    worth: FloatArray, rules: Sequence[LocalRule], nested: int, places: int, is_alone: BoolArray | None = None
) -> IntArray:
    """The slots (rounds × customers, -1 for none) of the set of largest worth of each customer; `worth` is used up.

    The first `nested` rules are nested; where their best set breaks one of the others, a search decides. A pair that
    `is_alone` goes with no other.
    """
    alone = None if is_alone is None else choose_alone(worth, is_alone)
    is_nested = len(rules) == nested
    found = take_best(worth, rules, places) if is_nested else search_sets(worth, rules, nested, places)
    return found.picks if alone is None else prefer_alone(found, *alone)


def choose_alone(worth: FloatArray, is_alone: BoolArray) -> tuple[IntArray, FloatArray]:
    """The best of the pairs that go with no other; they leave the contest of the others."""
    result = pick_best(np.where(is_alone, worth, -np.inf))
    np.copyto(worth, -np.inf, where=is_alone)
    return result


def prefer_alone(found: Sets, pick: IntArray, worth: FloatArray) -> IntArray:
    wins = worth > found.worth
    picks = found.picks if len(found.picks) else np.full((1, len(worth)), NONE)
    picks[:, wins] = NONE
    picks[0, wins] = pick[wins]
    return picks


def search_sets(worth: FloatArray, rules: Sequence[LocalRule], nested: int, places: int) -> Sets:
    """Branch and bound for all customers at once: the nested rules' best set bounds, and is the best if it keeps all.

    Of the pairs that together break a rule at least one has to go: one branch for each.
    """
    customers = worth.shape[1]
    best = Sets(np.full((places, customers), NONE), np.zeros(customers))
    owner, own = np.arange(customers), rules
    while len(owner):
        found = take_best(worth.copy(), own[:nested], places)
        promising = found.worth > best.worth[owner]
        broken = find_broken(found.picks, own[nested:])
        keep_best(best, found, owner, promising & ~broken.any(axis=0))
        turn, column = np.nonzero(broken & promising & (found.worth > best.worth[owner]))
        worth = worth[:, column]
        worth[found.picks[turn, column], np.arange(len(column))] = -np.inf
        own, owner = [rule.take(slice(None), column) for rule in own], owner[column]
    return best


def find_broken(picks: IntArray, rules: Sequence[LocalRule]) -> BoolArray:
    """Which picks of each customer share a group that is over its number: those of the first rule broken."""
    broken = np.zeros(picks.shape, dtype=bool)
    columns = np.arange(picks.shape[1])
    for rule in rules:
        code = np.where(picks >= 0, rule.code[picks, columns], NONE)
        count = (code[:, None, :] == code[None, :, :]).sum(axis=1)
        own = (code >= 0) & (count > rule.most_at(picks, np.broadcast_to(columns, picks.shape)))
        broken |= own & ~broken.any(axis=0)
    return broken


def keep_best(best: Sets, found: Sets, owner: IntArray, is_valid: BoolArray) -> None:
    """Replace the best sets by better ones; several branches may belong to one customer."""
    columns = np.flatnonzero(is_valid)
    columns = columns[np.argsort(found.worth[columns], kind="stable")]
    best.worth[owner[columns]] = found.worth[columns]
    best.picks[:, owner[columns]] = NONE
    best.picks[: len(found.picks), owner[columns]] = found.picks[:, columns]
