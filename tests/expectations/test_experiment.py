"""What the log must say is drawn again from key and run: what deciding wrote holds, what is changed is found."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from expectations import decisions
from expectations.decisions import goes_for_profit
from expectations.experiment import find_contradictions
from expectations.outcomes import observe
from expectations.run import find_run
from ml.deciding.chance import Lottery
from tests.expectations.small_shop import DAY
from tests.ml.a_morning import RUN, campaigns, customers, decided, morning, offers
from warehouse.connection import writing

RATES: dict[str, Any] = {
    "holdout_rate": 0.2,
    "campaign_control_rate": 0.2,
    "exploration_rate": 0.3,
    "idle_exploration_rate": 0.2,
    "exploration_floor": -0.5,
}
LOTTERY = Lottery(b"any key", RUN, 0.2, 0.3, 0.2, 0.2)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Of 200 customers half can be given something profitable; of two campaigns one has little money."""
    people = customers(*(f"{number:03}" for number in range(200)))
    coupons = offers("A", "B", "C", campaign_id=["C", "D", "D"])
    world = morning(people, coupons)
    money = pd.concat([campaigns(campaign="C", budget=60.0), campaigns(campaign="D", budget=5.0)], ignore_index=True)
    poor = world.pairs["customer_id"] >= "100"
    world = replace(world, campaigns=money, pairs=world.pairs.assign(mean_scope_amount=np.where(poor, 2.0, 8.0)))
    result = decided(world, **RATES)
    return result.assignments.merge(result.decisions[["customer_id", "has_plan"]], on="customer_id")


def test_what_was_decided_is_what_the_key_gives(log: pd.DataFrame) -> None:
    assert set(log["arm"]) == {"treatment", "exploration", "holdout", "control"}
    assert set(log["has_plan"]) == {True, False}
    assert not find_contradictions(log, LOTTERY).any()


@pytest.mark.parametrize(
    "other",
    [{"key": b"another key"}, {"holdout_rate": 0.1}, {"control_rate": 0.1}, {"run_id": "another run"}],
    ids=lambda change: next(iter(change)),
)
def test_another_lottery_contradicts_the_log(log: pd.DataFrame, other: dict) -> None:
    assert find_contradictions(log, replace(LOTTERY, **other)).any()


@pytest.mark.parametrize(("arm", "other"), [("treatment", "control"), ("holdout", "treatment"), ("control", "holdout")])
def test_an_arm_that_was_changed_is_found(log: pd.DataFrame, arm: str, other: str) -> None:
    row = log.index[log["arm"] == arm][0]
    changed = log.assign(arm=log["arm"].where(log.index != row, other))
    assert np.flatnonzero(find_contradictions(changed, LOTTERY)).tolist() == [row]


def test_least_margins_are_asked_for_only_where_profit_alone_decides() -> None:
    points = {"profit": {"profit": 1}, "plain": {"profit": 1, "stock": 0}, "generous": {"profit": 1, "benefit": 1}}
    asked = {name for name in points if goes_for_profit(SimpleNamespace(frontier_point=name, frontier_points=points))}
    assert asked == {"profit", "plain"}


@pytest.mark.parametrize("column", ["assignment_probability", "shown_probability"])
def test_a_probability_that_was_changed_is_found(log: pd.DataFrame, column: str) -> None:
    row = log.index[log["arm"] == "treatment"][0]
    changed = log.assign(**{column: log[column].where(log.index != row, 0.2)})
    assert np.flatnonzero(find_contradictions(changed, LOTTERY)).tolist() == [row]


def test_where_effects_decide_margins_of_the_response_are_nobodys_limit(shop: Path) -> None:
    learned = "update ml.assignments set expected_incremental_margin = expected_margin, expected_margin = -5"
    with writing() as connection:
        connection.execute(learned)
    outcomes = observe(decisions.suite(find_run("decisions", DAY)))
    assert [outcome.sentence for outcome in outcomes if not outcome.is_passed] == []
