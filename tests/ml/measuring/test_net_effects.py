import numpy as np
import pytest

from ml.measuring.comparison import Choices
from ml.measuring.net_effects import decompose_effect

RANDOM = np.random.default_rng(9)
TREATED = RANDOM.random(3000) < 0.8
PRE = RANDOM.lognormal(2, 1, 3000)
PARTS = {
    "in_scope": PRE * 0.2 + 2.0 * TREATED + RANDOM.normal(0, 1, 3000),
    "rest": PRE * 0.5 - 0.5 * TREATED + RANDOM.normal(0, 1, 3000),
    "followup": PRE * 0.1 - 0.8 * TREATED + RANDOM.normal(0, 1, 3000),
}


@pytest.mark.parametrize("adjustment", ["none", "cuped", "regression"])
def test_parts_sum_to_the_net(adjustment):
    effect = decompose_effect(PARTS, TREATED, PRE, choices=Choices(adjustment=adjustment))
    parts = effect.in_scope.value + effect.rest.value + effect.followup.value
    assert parts == pytest.approx(effect.net.value, abs=1e-9)


def test_parts_sum_under_chances_that_differ():
    chance = np.where(np.median(PRE) < PRE, 0.9, 0.7)
    treated = np.random.default_rng(3).random(3000) < chance
    effect = decompose_effect(PARTS, treated, PRE, chance, np.arange(3000) // 2)
    parts = effect.in_scope.value + effect.rest.value + effect.followup.value
    assert parts == pytest.approx(effect.net.value, abs=1e-9)


def test_cannibalisation_and_pull_forward_are_found():
    effect = decompose_effect(PARTS, TREATED, PRE)
    assert effect.words == "cannibalisation, pulled forward"
    assert effect.net.low < 2.0 - 0.5 - 0.8 < effect.net.high


def test_a_harmless_offer_is_accused_of_nothing():
    shifts = {"in_scope": 2, "rest": -0.5, "followup": -0.8}
    placebo = {name: amount - TREATED * shifts[name] for name, amount in PARTS.items()}
    assert "to be told from chance" in decompose_effect(placebo, TREATED, PRE).words


def test_cutting_is_refused_because_the_sum_would_break():
    with pytest.raises(ValueError, match="break their sum"):
        decompose_effect(PARTS, TREATED, choices=Choices(winsor_rate=0.01))


def test_a_missing_part_is_named():
    with pytest.raises(ValueError, match="followup"):
        decompose_effect({"in_scope": [1.0]}, [True])
