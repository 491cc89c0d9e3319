"""The loop from end to end on a small shop, and what it leaves for people to read."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from ml import parameters
from simulator import loop, reporting, world
from simulator.calendar import date_of
from simulator.dirt import Rates
from simulator.loop import Week

WEEK = Week("2025-12-01", 60.0, 100.0, 80.0, -10.0, -20.0, 0.0, 30.0, 40.0, 12, 7, expected_cost=35.0)
# Less of everything: here the loop is tested, not how well it learns.
FEWER = {
    ("features", "panel_weeks"): 4,
    ("train", "candidates"): ["logistic_regression", "lightgbm"],
    ("train", "blend_members"): ["logistic_regression", "lightgbm"],
    ("train", "bootstrap_replicates"): 20,
}


def test_numbers_are_written_by_week_and_in_total(tmp_path: Path) -> None:
    file = loop.write_results([WEEK, replace(WEEK, day="2025-12-08", spend=10.0)], 7, tmp_path)
    written = json.loads(file.read_text())
    assert [week["day"] for week in written["weeks"]] == ["2025-12-01", "2025-12-08"]
    assert written["seed"] == written["total"]["seed"] == 7
    assert [week["seed"] for week in written["weeks"]] == [7, 7]
    assert written["total"]["policy_value"] == 120.0
    assert written["total"]["spend"] == 40.0
    assert set(reporting.MONEY) <= set(written["weeks"][0])


def test_the_page_shows_the_share_of_the_best_and_every_policy(tmp_path: Path) -> None:
    page = reporting.write([WEEK], tmp_path).read_text()
    assert "60 % of the best" in page
    assert all(name in page for name in reporting.NAMES.values())
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.fixture
def few_parameters(tmp_path: Path) -> Path:
    sections = parameters.read_entries(parameters.FILE)
    for (section, name), value in FEWER.items():
        sections[section][name]["value"] = value
    file = tmp_path / "params.yml"
    file.write_text(yaml.safe_dump(sections, sort_keys=False))
    return file


@pytest.mark.integration
def test_two_weeks_of_a_small_shop(tmp_path: Path, few_parameters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROMOLIFT_SOURCE", "PROMOLIFT_SIMULATION", "PROMOLIFT_PII_KEY", "PROMOLIFT_HOLDOUT_KEY"):
        monkeypatch.setenv(name, "")  # set by the loop, undone after the test
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_PARAMS", str(few_parameters))
    made = world.create(customers=500, products=120, days=89, seed=2)
    loop.run(made, 2, Rates.from_parameters(made.known.dirt), Console())
    written = json.loads((tmp_path / "reports" / "simulation.json").read_text())
    days = [date.fromisoformat(week["day"]) for week in written["weeks"]]
    assert [day.weekday() for day in days] == [0, 0]
    assert days[0] > date_of(made.known, 88)
    for week in written["weeks"]:
        assert week["customers_offered"] > 0
        others = ("policy_value", "knowable_value", "uniform_value", "propensity_value")
        assert week["oracle_value"] >= max(week[name] for name in others)
        assert week["nothing_value"] == 0.0
        assert week["spend"] >= 0
    assert (tmp_path / "reports" / "simulation.html").exists()
