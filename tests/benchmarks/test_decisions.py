"""Totals of simulated weeks become shares, seeds ahead and weeks over budget."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import decisions
from simulator import parameters

WEEK = {
    "policy_value": 60.0, "oracle_value": 100.0, "knowable_value": 75.0, "uniform_value": 50.0,
    "propensity_value": -10.0, "nothing_value": 0.0, "spend": 20.0, "budget": 25.0, "expected_cost": 15.0,
}  # fmt: skip


def values(figures: list[Any]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def test_shares_are_of_totals_not_means_of_weekly_shares() -> None:
    lived = [[WEEK, WEEK | {"policy_value": 0.0, "oracle_value": 300.0, "knowable_value": 45.0}]]
    assert values(decisions.figures_of_shares(lived)) == {
        "share of the oracle's margin": 60 / 400,
        "share of the knowable margin": 60 / 120,
    }


def test_a_seed_is_ahead_of_uniform_only_with_half_as_much_again() -> None:
    ahead = values(decisions.figures_of_margins([[WEEK], [WEEK | {"uniform_value": 40.0}]]))
    assert ahead["seeds ahead of uniform"] == 1  # 60 < 1.5 × 50, 60 = 1.5 × 40
    assert ahead["seeds ahead of propensity"] == ahead["seeds ahead of nothing"] == 2


def test_weeks_over_budget_are_counted() -> None:
    assert values(decisions.figures_of_budgets([[WEEK, WEEK | {"spend": 25.01}]]))["weeks over budget"] == 1


def test_the_harmful_world_is_a_world_the_simulator_takes(tmp_path: Path) -> None:
    world = parameters.load(decisions.write_world(tmp_path / "harmful.yml"))
    assert world.response.strength == [0, 0, 0, 0]
    assert world.response.aversion == parameters.load().response.aversion


@pytest.mark.parametrize(("shares", "says"), [([0.5], "one seed"), ([0.4, 0.4], "0.400 to 0.400 over 2 seeds")])
def test_the_interval_is_told_with_the_number_of_seeds(shares: list[float], says: str) -> None:
    assert says in decisions.spread(shares)
