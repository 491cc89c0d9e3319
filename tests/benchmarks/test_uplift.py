"""The synthetic worlds are what they say, and value is measured against the best there is."""

import numpy as np
import pytest

from benchmarks.uplift import true_value, value_rate
from benchmarks.uplift_worlds import WORLDS, build


@pytest.mark.parametrize("name", WORLDS)
def test_rows_show_the_effect_that_is_stated(name):
    """The difference of treated and untreated means, in standard errors, from the mean of the stated effects."""
    world = build(name, 40_000, columns=8)
    treated, outcome = world.trial.treated, world.trial.outcome
    error = np.sqrt(outcome[treated].var() / treated.sum() + outcome[~treated].var() / (~treated).sum())
    shown = outcome[treated].mean() - outcome[~treated].mean()
    assert abs(shown - world.effect.mean()) < 3.5 * error


def test_worlds_differ_as_their_names_say():
    effects = {name: build(name, 2_000, columns=8).effect for name in WORLDS}
    assert not effects["null"].any()
    assert (effects["constant"] > 0).all()
    assert effects["heterogeneous"].min() < 0 < effects["heterogeneous"].mean()
    assert (effects["harmful"] < 0).all()


def test_outcomes_are_mostly_nothing_and_sometimes_a_lot():
    outcome = build("null", 20_000, columns=8).trial.outcome
    assert (outcome == 0).mean() == pytest.approx(0.92, abs=0.01)
    assert outcome.max() > 100 * outcome.mean()


def test_the_truth_is_the_best_policy_and_nothing_earns_nothing():
    world = build("heterogeneous", 5_000, columns=8)
    assert value_rate(world, world.effect) == pytest.approx(1)
    assert value_rate(world, np.zeros(5_000)) == 0
    guessed = np.random.default_rng(0).permutation(world.effect)
    assert value_rate(world, guessed) < 0.5


def test_spending_where_offers_harm_loses():
    world = build("harmful", 2_000, columns=8)
    assert true_value(world, world.effect, budget=1.0) == 0
    assert value_rate(world, np.full(2_000, 10.0)) < 0
