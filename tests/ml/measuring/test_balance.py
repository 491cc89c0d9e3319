import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, chisquare

from ml.measuring.balance import check_balance, check_shares, daily_threshold

SHARES = {"treatment": 0.9, "exploration": 0.05, "holdout": 0.05}


def test_many_units_are_compared_by_chi_square():
    counts = {"treatment": 890, "exploration": 60, "holdout": 50}
    expected = chisquare([890, 60, 50], [900, 50, 50]).pvalue
    check = check_shares(counts, SHARES)
    assert check.p_value == pytest.approx(expected)
    assert (check.arm, check.observed, check.intended) == ("exploration", 0.06, 0.05)


def test_few_units_are_compared_exactly():
    check = check_shares({"treatment": 50, "holdout": 9}, {"treatment": 0.95, "holdout": 0.05})
    assert check.p_value == pytest.approx(binomtest(9, 59, 0.05).pvalue)
    assert check.method == "exact binomial"


def test_an_arm_that_should_be_empty_is_an_alarm():
    assert check_shares({"a": 100, "b": 1}, {"a": 1.0, "b": 0.0}).p_value == 0


def test_an_unknown_arm_is_refused():
    with pytest.raises(ValueError, match="intended share"):
        check_shares({"somewhere": 3}, SHARES)


def worlds(count):
    """Heavy-tailed and categorical covariates of 2,000 units, of which chance holds out 5 %."""
    for seed in range(count):
        random = np.random.default_rng(seed)
        spend = random.lognormal(0, 2, 2000) * (random.random(2000) < 0.3)
        frame = pd.DataFrame({"spend": spend, "tier": random.choice(["gold", "silver", "none"], 2000)})
        frame["age"] = np.where(random.random(2000) < 0.2, np.nan, random.normal(40, 10, 2000))
        yield frame, random.random(2000) > 0.05


def test_fair_lotteries_alarm_as_rarely_as_said():
    p_values = np.array([check_balance(*world).p_value for world in worlds(300)])
    assert 0.02 < (p_values < 0.05).mean() < 0.085
    assert (p_values < daily_threshold(0.1)).sum() == 0


def test_an_unfair_lottery_is_found_and_named():
    frame, treated = next(worlds(1))
    unfair = treated & (frame["spend"] < 5)
    check = check_balance(frame, unfair)
    assert check.p_value < daily_threshold(0.1)
    assert check.worst == "spend"
    assert check.worst_difference < -0.3


def test_nothing_that_varies_is_nothing_to_compare():
    assert check_balance(pd.DataFrame({"a": [1.0, 1.0, 1.0, 1.0]}), [True, True, False, False]).p_value == 1
