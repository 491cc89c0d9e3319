"""What cannot be met is named."""

import re

import numpy as np
import pytest

from ml.allocation import AT_LEAST, InfeasibleLimits, Resource, Rule, prepare, solve

CUSTOMER, OFFER = np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50)
VALUE, COST = np.random.default_rng(0).normal(1, 1, (2, 200))
COST = abs(COST)
ALL = np.zeros(200, dtype=int)


def issue(*least: float) -> Resource:
    return Resource("issue of offer", OFFER, 1.0, np.array(least), AT_LEAST)


def budget(most: float) -> Resource:
    return Resource("budget", ALL, COST, np.array([most]))


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ([issue(60, 0, 0, 0)], "issue of offer 0 at least 60 cannot be met: any choice reaches at most 50"),
        ([budget(-1)], "budget at most -1 cannot be met: any choice reaches at least 0"),
        (
            [Resource("return on spend", ALL, VALUE - 100 * COST, np.array([50.0]), AT_LEAST)],
            "return on spend at least 50 cannot be met",
        ),
        (
            [issue(40, 0, 0, 0), Resource("copies of offer", OFFER, 1.0, np.array([30.0, 9, 9, 9]))],
            "issue of offer 0 at least 40 cannot be met together with copies of offer 0 at most 30",
        ),
        (
            [issue(40, 0, 0, 0), budget(10)],
            "issue of offer 0 at least 40 cannot be met together with budget at most 10",
        ),
        (
            [issue(30, 30, 0, 0)],
            "issue of offer 0 at least 30 cannot be met together with issue of offer 1 at least 30",
        ),
    ],
)
def test_the_limit_that_cannot_be_met_is_named(limits: list[Resource], sentence: str) -> None:
    ready = prepare(CUSTOMER, OFFER, 2, [Rule("not together", np.where(OFFER < 2, 0, -1), 1)])
    with pytest.raises(InfeasibleLimits, match=re.escape(sentence)):
        solve(ready, VALUE, limits)


def test_the_same_holds_when_there_are_few_pairs() -> None:
    ready = prepare(np.arange(3), np.zeros(3, int))
    with pytest.raises(InfeasibleLimits, match="issue at least 4 cannot be met: any choice reaches at most 3"):
        solve(ready, np.ones(3), [Resource("issue", np.zeros(3, int), 1.0, np.array([4.0]), AT_LEAST)])


def test_amounts_that_are_none_are_refused() -> None:
    ready = prepare(np.arange(2), np.zeros(2, int))
    with pytest.raises(ValueError, match="values must be finite"):
        solve(ready, np.array([1.0, np.nan]), [])
