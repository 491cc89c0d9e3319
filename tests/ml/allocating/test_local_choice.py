"""The best set for one customer, against every set there is."""

from itertools import combinations

import numpy as np
import pytest

from ml.allocating.local_choice import LocalRule, choose_sets

SLOTS, CUSTOMERS = 7, 60


@pytest.mark.parametrize("places", [1, 2, 3, 4])
def test_the_set_is_the_best_that_keeps_all_rules(places: int) -> None:
    chance = np.random.default_rng(places)
    shape = (SLOTS, CUSTOMERS)
    worth = chance.normal(1, 2, shape)
    rules = [LocalRule(chance.integers(-1, 4, shape), 1), LocalRule(chance.integers(-1, 3, shape), 2)]
    is_alone = chance.random(shape) < 0.15
    picks = choose_sets(worth.copy(), rules, 1, places, is_alone)
    got = np.where(picks >= 0, worth[picks, np.arange(CUSTOMERS)], 0.0).sum(axis=0)
    best = [
        best_set(worth[:, who], [rule.code[:, who] for rule in rules], places, is_alone[:, who])
        for who in range(CUSTOMERS)
    ]
    assert got == pytest.approx(best)


def best_set(worth: np.ndarray, codes: list[np.ndarray], places: int, is_alone: np.ndarray) -> float:
    sets = [list(slots) for size in range(places + 1) for slots in combinations(range(SLOTS), size)]
    return max(worth[slots].sum() for slots in sets if is_allowed(slots, codes, is_alone))


def is_allowed(slots: list[int], codes: list[np.ndarray], is_alone: np.ndarray) -> bool:
    counts = [np.bincount(code[slots][code[slots] >= 0], minlength=1).max() for code in codes]
    return counts[0] <= 1 and counts[1] <= 2 and not (is_alone[slots].any() and len(slots) > 1)
