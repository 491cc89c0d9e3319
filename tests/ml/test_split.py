from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.learning.split import has_no_leak, split_days

START = date(2017, 1, 2)


def days_after(numbers):
    return [START + timedelta(days=number) for number in numbers]


def test_weekly_days_with_a_week_of_horizon_lose_nothing():
    weekly = days_after(range(0, 70, 7))
    split = split_days(weekly, [1] * 10, horizon_days=7, rate=0.2)
    assert (list(split.train), list(split.calibrate), list(split.validate)) == (weekly[:6], weekly[6:8], weekly[8:])


def test_days_whose_labels_reach_into_the_next_part_are_left_out():
    split = split_days(days_after([0, 7, 14, 21, 60]), [1] * 5, horizon_days=28, rate=0.2)
    assert split is None
    split = split_days(days_after([0, 30, 40, 70]), [1] * 4, horizon_days=28, rate=0.25)
    assert [len(part) for part in (split.train, split.calibrate, split.validate)] == [1, 1, 1]
    assert days_after([30])[0] not in split.train + split.calibrate


def test_a_part_without_a_positive_row_is_no_part():
    assert split_days(days_after([0, 7, 14]), [0, 1, 1], horizon_days=7, rate=0.3) is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 5)), min_size=1, max_size=40),
    st.sampled_from([1, 7, 28]),
    st.floats(0.05, 0.5),
)
def test_no_label_window_ever_crosses(rows, horizon, rate):
    days, outcome = zip(*rows, strict=True)
    split = split_days(days_after(days), outcome, horizon, rate)
    if split is None:
        return
    assert has_no_leak(split, horizon)
    needed = rate * sum(outcome)
    for part in (split.calibrate, split.validate):
        assert sum(y for day, y in zip(days_after(days), outcome, strict=True) if day in part) >= needed


def test_a_leak_is_recognised():
    split = split_days(days_after(range(0, 70, 7)), [1] * 10, horizon_days=7, rate=0.2)
    assert has_no_leak(split, 7)
    assert not has_no_leak(split, 8)
    with pytest.raises(ValueError, match="empty"):
        has_no_leak(type(split)((), split.calibrate, split.validate), 7)
