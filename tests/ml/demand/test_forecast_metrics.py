"""Metrics of forecasts against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.learning.forecast_metrics import coverage, mae, mase, mse, pinball, rmse, rmsse, wape, wrmsse

HISTORY = np.array([[0.0, 0, 2, 4, 2], [1, 1, 1, 1, 1]])
ACTUAL, FORECAST = np.array([[3.0, 5], [1, 1]]), np.array([[1.0, 5], [1, 1]])


def test_errors_in_units() -> None:
    assert mse(ACTUAL, FORECAST) == (2**2 + 0 + 0 + 0) / 4
    assert rmse(ACTUAL, FORECAST) == 1
    assert mae(ACTUAL, FORECAST) == 2 / 4
    assert wape(ACTUAL, FORECAST) == 2 / (3 + 5 + 1 + 1)


def test_scaled_errors_count_from_the_first_sale_and_leave_out_what_never_changes() -> None:
    naive_square, naive_absolute = (2**2 + 2**2) / 2, (2 + 2) / 2
    assert rmsse(ACTUAL, FORECAST, HISTORY)[0] == pytest.approx(np.sqrt(((2**2 + 0) / 2) / naive_square))
    assert np.isnan(rmsse(ACTUAL, FORECAST, HISTORY)[1])
    assert mase(ACTUAL, FORECAST, HISTORY) == pytest.approx(((2 + 0) / 2) / naive_absolute)


def test_wrmsse_weighs_series_by_what_they_sold() -> None:
    history = np.array([[1.0, 2, 3], [1, 2, 3]])
    actual, forecast = np.array([[4.0], [4]]), np.array([[4.0], [7]])
    assert wrmsse(actual, forecast, history, np.array([3.0, 1])) == pytest.approx((3 * 0 + 1 * 3) / 4)
    assert wrmsse(actual, forecast, history, np.array([1.0, 0])) == 0


def test_pinball_is_least_at_the_quantile() -> None:
    came = np.arange(1.0, 101)[None]
    losses = [pinball(came, np.full_like(came, level), 0.9) for level in (50, 80, 90.5, 99)]
    assert np.argmin(losses) == 2
    assert coverage(came, came * 0 + 11, came * 0 + 90) == 0.8


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4), st.floats(0.1, 10))
def test_scaled_errors_do_not_know_units(values: list[float], factor: float) -> None:
    history, came, said = np.array([[1.0, 3, 2]]), np.array([values[:2]]), np.array([values[2:]])
    one = wrmsse(came, said, history, np.ones(1))
    assert wrmsse(factor * came, factor * said, factor * history, np.ones(1)) == pytest.approx(one)
