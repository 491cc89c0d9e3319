import numpy as np
import pytest
from scipy.stats import ttest_ind

from ml.measuring.comparison import Choices
from ml.measuring.lift import estimate_lift

RANDOM = np.random.default_rng(11)
TREATED = RANDOM.random(400) < 0.8
PRE = RANDOM.normal(10, 3, 400)
OUTCOME = 2 * PRE + TREATED * 1.5 + RANDOM.normal(0, 1, 400)


def test_without_covariates_it_is_welchs_interval():
    lift = estimate_lift(OUTCOME, TREATED)
    welch = ttest_ind(OUTCOME[TREATED], OUTCOME[~TREATED], equal_var=False).confidence_interval()
    assert lift.value == pytest.approx(OUTCOME[TREATED].mean() - OUTCOME[~TREATED].mean())
    assert (lift.low, lift.high) == pytest.approx((welch.low, welch.high))
    assert (lift.treated_count, lift.control_count) == (TREATED.sum(), (~TREATED).sum())


@pytest.mark.parametrize("adjustment", ["cuped", "regression"])
def test_a_covariate_that_explains_narrows_the_interval(adjustment):
    plain = estimate_lift(OUTCOME, TREATED)
    adjusted = estimate_lift(OUTCOME, TREATED, PRE, choices=Choices(adjustment=adjustment))
    assert adjusted.high - adjusted.low < 0.3 * (plain.high - plain.low)
    assert adjusted.low < 1.5 < adjusted.high


def test_rows_with_differing_chances_are_weighted():
    """Those who buy most are treated most: the plain difference is off, the weighted one is not."""
    random = np.random.default_rng(2)
    heavy = random.random(20_000) < 0.5
    chance = np.where(heavy, 0.9, 0.2)
    treated = random.random(20_000) < chance
    outcome = 10.0 * heavy + 1.0 * treated + random.normal(size=20_000)
    assert estimate_lift(outcome, treated).value > 5
    weighted = estimate_lift(outcome, treated, probability=chance)
    assert weighted.low < 1 < weighted.high
    assert "inverse probability" in weighted.method


def test_copies_of_a_unit_tell_nothing_new():
    once = estimate_lift(OUTCOME, TREATED, PRE)
    three = (np.repeat(OUTCOME, 3), np.repeat(TREATED, 3), np.repeat(PRE, 3))
    clustered = estimate_lift(*three, cluster=np.repeat(np.arange(400), 3))
    assert (clustered.low, clustered.high) == pytest.approx((once.low, once.high), rel=1e-3)
    assert clustered.treated_count == once.treated_count


def test_missing_covariates_are_no_obstacle():
    holes = np.where(RANDOM.random(400) < 0.3, np.nan, PRE)
    lift = estimate_lift(OUTCOME, TREATED, holes)
    plain = estimate_lift(OUTCOME, TREATED)
    assert plain.high - plain.low > lift.high - lift.low
    assert lift.low < 1.5 < lift.high


def test_cutting_the_tail_is_said():
    tail = OUTCOME.copy()
    tail[np.flatnonzero(TREATED)[0]] = 1e6
    cut = estimate_lift(tail, TREATED, choices=Choices(winsor_rate=0.01))
    assert "largest 1% of outcomes cut" in cut.method
    assert abs(cut.value) < 10 < estimate_lift(tail, TREATED).value


def test_relative_lift_is_the_share_of_the_control():
    lift = estimate_lift(OUTCOME, TREATED, PRE)
    assert lift.relative == pytest.approx(lift.value / lift.control_mean)
    assert lift.relative_low < 1.5 / 20 < lift.relative_high


def test_an_arm_of_one_says_that_nothing_is_known():
    lift = estimate_lift([1.0, 2.0, 3.0], [True, True, False])
    assert not lift.is_known
    assert (lift.low, lift.high) == (-np.inf, np.inf)
    assert "fewer than two" in lift.method


@pytest.mark.parametrize(
    ("outcome", "treated", "probability", "why"),
    [
        ([1.0, np.nan], [True, False], None, "not a number"),
        ([1.0, 2.0], [True], None, "one length"),
        ([1.0, 2.0], [True, False], [1.0, 0.5], "within"),
    ],
)
def test_what_cannot_be_estimated_is_refused(outcome, treated, probability, why):
    with pytest.raises(ValueError, match=why):
        estimate_lift(outcome, treated, probability=probability)
