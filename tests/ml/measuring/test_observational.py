import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from ml.measuring.lift import Lift
from ml.measuring.observational import before_after, compare_pre_trends, difference_in_differences

RANDOM = np.random.default_rng(5)
TREATED = np.arange(300) < 100
LEVEL = RANDOM.normal(10, 4, 300) + 5 * TREATED
NOISE = RANDOM.normal(0, 1, (300, 6))
SEASON = np.array([0.0, 0.3, 0.1, 0.6, 0.9, 2.0])
PERIODS = LEVEL[:, None] + SEASON + NOISE


def test_groups_of_other_levels_are_compared_by_their_change():
    after = PERIODS[:, 5] + 1.5 * TREATED
    lift = difference_in_differences(PERIODS[:, 4], after, TREATED, PERIODS[:, :5])
    change = after - PERIODS[:, 4]
    interval = ttest_ind(change[TREATED], change[~TREATED], equal_var=False).confidence_interval()
    assert (lift.low, lift.high) == pytest.approx((interval.low, interval.high))
    assert lift.low < 1.5 < lift.high
    assert "rejects" not in lift.caveat


def test_a_gap_that_moved_before_is_told():
    rising = PERIODS + 0.4 * np.arange(6) * TREATED[:, None]
    trend = compare_pre_trends(rising[:, :5], TREATED)
    assert trend.slope == pytest.approx(0.4, abs=0.1)
    assert trend.p_value < 0.001
    assert "rejects" in difference_in_differences(rising[:, 4], rising[:, 5], TREATED, rising[:, :5]).caveat


def test_groups_that_move_alike_are_rarely_accused():
    random = np.random.default_rng(1)
    p_values = [compare_pre_trends(random.normal(size=(120, 4)), np.arange(120) < 40).p_value for _ in range(400)]
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.08


def test_before_and_after_takes_the_season_for_an_effect_and_says_so():
    lift = before_after(PERIODS[:, 4], PERIODS[:, 5])
    interval = ttest_1samp(PERIODS[:, 5] - PERIODS[:, 4], 0).confidence_interval()
    assert (lift.low, lift.high) == pytest.approx((interval.low, interval.high))
    assert lift.low > 0
    assert "season" in lift.caveat


@pytest.mark.parametrize(
    "lift",
    [before_after([1.0, 2.0], [2.0, 3.0]), difference_in_differences([1.0] * 4, [2.0] * 4, [True, True, False, False])],
)
def test_weaker_methods_are_labelled_and_of_another_type(lift):
    assert lift.method.startswith("observational")
    assert "Nobody drew lots" in lift.caveat
    assert not isinstance(lift, Lift)


def test_one_period_is_no_trend():
    with pytest.raises(ValueError, match="two periods"):
        compare_pre_trends(PERIODS[:, :1], TREATED)
