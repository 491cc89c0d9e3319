"""The whole project on a warehouse without a single row, and with it dbt's own unit tests."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
import yaml

from tests.tiny_world.world import TinyWorld, entered
from warehouse import landing, settings, tables, transform
from warehouse.connection import writing

pytestmark = pytest.mark.integration
MODELS = transform.PROJECT / "models"
LAYERS = ("staging", "features", "marts")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What became of each model, data test and unit test up to the features on empty tables, by its name."""
    folder = tmp_path_factory.mktemp("empty")
    world = TinyWorld(folder / "files", folder / "data", {})
    world.files.mkdir()
    with entered(world):
        with writing() as connection:
            landing.create_views(connection)
        yield {name: status for layer in LAYERS for name, status in build(layer, world.day).items()}


def build(layer: str, day: date) -> dict[str, str]:
    state = settings.load().data / "dbt"
    state.mkdir(parents=True, exist_ok=True)
    words = transform.command(layer, state, transform.variables())
    transform.follow(with_unit_tests(words), transform.environment(day, panel=True))
    outcome = json.loads((state / "run_results.json").read_text())["results"]
    return {node["unique_id"]: f"{node['status']} {node['message'] or ''}" for node in outcome}


def with_unit_tests(words: list[str]) -> list[str]:
    """A run of a day leaves unit tests out; here they are the point."""
    at = words.index("--exclude-resource-type") if "--exclude-resource-type" in words else len(words)
    return words[:at] + words[at + 2 :]


def statuses(results: dict[str, str], kind: str) -> dict[str, str]:
    return {name: status for name, status in results.items() if name.startswith(f"{kind}.")}


def test_every_unit_test_passes(results: dict[str, str]) -> None:
    folders = [folder for layer in LAYERS for folder in transform.LAYERS[layer]]
    files = [file for folder in folders for file in (MODELS / folder).rglob("*.yml")]
    declared = [test["name"] for file in files for test in yaml.safe_load(file.read_text()).get("unit_tests", [])]
    assert len(declared) > 10
    outcomes = statuses(results, "unit_test")
    assert sorted(name.rsplit(".", 1)[1] for name in outcomes) == sorted(declared)
    assert {name: status for name, status in outcomes.items() if not status.startswith("pass")} == {}


def test_every_model_copes_with_a_shop_that_has_delivered_nothing(results: dict[str, str]) -> None:
    models = statuses(results, "model")
    assert len(models) > 60
    assert {name: status for name, status in models.items() if not status.startswith("success")} == {}
    assert tables.read("select count(*) as n from features.customers").to_pylist() == [{"n": 0}]
