"""Distributions of units against sums over their probabilities, and what quantiles of a forecast say of days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ml.models.stock.units import NORMAL_80, Units, from_quantiles, scatter_of


@given(st.floats(0.05, 60), st.floats(1.01, 6), st.integers(0, 80))
def test_shortage_is_the_sum_over_what_is_beyond(mean: float, factor: float, stock: int) -> None:
    units = Units(np.array([mean]), np.array([mean * factor]))
    counts = np.arange(4000)
    r, p = units.shape()
    expected = (np.maximum(counts - stock, 0) * stats.nbinom.pmf(counts, r[0], p[0])).sum()
    assert units.shortage(np.array([float(stock)]))[0] == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_a_variance_no_larger_than_the_mean_is_poisson() -> None:
    units = Units(np.array([3.0]), np.array([1.0]))
    assert units.at_most(np.array([4.0]))[0] == pytest.approx(stats.poisson.cdf(4, 3), abs=1e-4)
    assert units.quantile(0.9)[0] == stats.poisson.ppf(0.9, 3)


def test_a_time_of_random_length_adds_its_own_variance() -> None:
    chance = np.random.default_rng(1)
    days = chance.choice([3, 5, 7], 40_000)
    lived = np.array([chance.poisson(2.0, one).sum() for one in days])
    units = Units(np.array([2.0]), np.array([2.0])).during(np.array([days.mean()]), days.std())
    assert units.mean[0] == pytest.approx(lived.mean(), rel=0.01)
    assert units.variance[0] == pytest.approx(lived.var(), rel=0.03)


def test_a_range_of_a_week_becomes_the_variance_of_a_day() -> None:
    low, high = np.array([70 - NORMAL_80 * 10]), np.array([70 + NORMAL_80 * 10])
    units = from_quantiles(np.array([70.0]), low, high, np.ones(1))
    assert units.mean[0] == 10
    assert units.during(np.array([7.0])).variance[0] == pytest.approx((2 * 10) ** 2)
    assert units.during(np.array([28.0])).variance[0] == pytest.approx(28 * 10 + (400 - 70) * 4**2)
    narrow = from_quantiles(np.array([7.0]), np.array([7.0]), np.array([7.0]), np.ones(1))
    assert narrow.variance[0] == narrow.mean[0] == 1
    assert narrow.doubt[0] == 0


def test_a_product_that_was_hoarded_does_not_make_all_others_scatter() -> None:
    daily = np.random.default_rng(0).poisson(1.0, (50, 91)).astype(float)
    daily[0, 40] = 500
    scatter = scatter_of(daily)
    assert scatter[0] > 100
    assert scatter[1:].max() < 2
