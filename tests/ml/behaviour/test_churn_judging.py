"""What is said of the next order's date is right by arithmetic."""

import numpy as np
import pandas as pd
import pytest

from ml.models.churn.judging import judge_scores


def told(low: float, middle: float, high: float, customers: int) -> pd.DataFrame:
    scored = {"churn_risk": np.linspace(0, 1, customers), "next_order_days": middle}
    return pd.DataFrame({**scored, "next_order_days_low": low, "next_order_days_high": high})


def test_an_interval_of_the_true_ends_holds_the_share_it_claims():
    chance = np.random.default_rng(1)
    came = np.floor(chance.uniform(0, 20, 20000))
    found = judge_scores(told(2.0, 10.0, 18.0, len(came)), came, horizon_days=28)
    assert found["covered"] == pytest.approx(0.8, abs=0.01)
    assert found["day_error"] == pytest.approx(5.0, abs=0.1)  # mean distance of a uniform on 0-20 from its middle


def test_the_true_median_errs_less_than_any_other_also_where_many_never_come():
    chance = np.random.default_rng(1)
    came = np.where(chance.random(20000) < 0.3, np.nan, np.floor(chance.uniform(0, 20, 20000)))
    errors = [judge_scores(told(1, days, np.nan, len(came)), came, 28)["day_error"] for days in (5.0, 14.3, 28.0)]
    assert errors[1] < min(errors[0], errors[2])
