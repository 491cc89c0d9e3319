import numpy as np
import pytest

from ml.measuring.comparison import Choices
from ml.measuring.lift import estimate_lift
from ml.measuring.ratios import estimate_ratio
from ml.measuring.rerandomisation import draw_statistics, gather_lots

TRUTH = 0.2 * 0.08 * np.exp(3 + 1 / 2)


def rare_purchases(seed, units=1000):
    """92 % buy nothing, the others lognormally much; treating makes 20 % more buy, and 5 % are held out."""
    random = np.random.default_rng(seed)
    treated = random.random(units) > 0.05
    buys = random.random(units) < 0.08 * (1 + 0.2 * treated)
    return buys * random.lognormal(3, 1, units), treated


def covers(seed, redraws):
    lift = estimate_lift(*rare_purchases(seed), choices=Choices(redraws=redraws))
    return lift.low <= TRUTH <= lift.high


def test_fifty_held_out_customers_are_enough_for_an_honest_interval_but_not_for_students():
    assert np.mean([covers(seed, redraws=False) for seed in range(200)]) < 0.88
    assert 0.91 < np.mean([covers(seed, redraws=True) for seed in range(200)]) < 0.985


def test_the_order_of_rows_changes_nothing():
    outcome, treated = rare_purchases(1)
    mixed = np.random.default_rng(0).permutation(len(outcome))
    once, again = estimate_lift(outcome, treated), estimate_lift(outcome[mixed], treated[mixed])
    assert (again.low, again.high) == pytest.approx((once.low, once.high), rel=1e-12)
    assert "re-randomisation" in once.method


def test_every_unit_draws_with_its_own_chance():
    """Under chances that differ, the statistic of repeated lotteries is still about standard normal."""
    random = np.random.default_rng(4)
    chance = random.choice([0.3, 0.9], 600)
    lots = gather_lots(random.normal(size=600), random.random(600) < chance, np.arange(600), chance)
    statistics = draw_statistics(lots)
    assert abs(statistics.mean()) < 0.15
    assert 0.9 < statistics.std() < 1.1


def test_who_is_in_both_arms_was_not_drawn_by_one_lot():
    assert gather_lots(np.zeros(4), np.array([True, False, True, False]), np.array([0, 0, 1, 2]), None) is None


def test_return_on_spend_is_open_where_nothing_was_spent_for_sure():
    random = np.random.default_rng(3)
    treated = np.arange(200) < 150
    margin = random.normal(2 * treated, 1)
    sure, unsure = treated * random.normal(1, 0.1, 200), treated * np.where(np.arange(200) % 2 == 0, 5.0, -4.9)
    ratio = estimate_ratio(margin, sure, treated)
    assert ratio.low < 2 < ratio.high < 3
    assert estimate_ratio(margin, unsure, treated).high == np.inf
