"""A small shop's two mornings: both by Airflow, and the first one without it. Every test needs one of the two."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from ml import parameters
from tests.end_to_end import backfill, way
from tests.tiny_world import generate, world
from warehouse import settings

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="promolift-airflow-"))

# Less of everything: the way is tested here, not how well it learns.
FEWER = {
    ("features", "panel_weeks"): 6,
    ("train", "candidates"): ["logistic_regression", "lightgbm"],
    ("train", "blend_members"): ["logistic_regression", "lightgbm"],
    ("train", "bootstrap_replicates"): 20,
}


@dataclass(frozen=True)
class Shop:
    """The tiny world's files, and the data folder as the first morning leaves it."""

    files: Path
    parameters: Path
    first_day: date
    after_first_day: Path

    @property
    def second_day(self) -> date:
        return self.first_day + timedelta(days=1)

    def environment(self, data: Path) -> dict[str, str]:
        # The same number of threads as in production: equal bytes must not depend on there being one.
        return world.environment(self.files, data) | {"PROMOLIFT_PARAMS": str(self.parameters)}


def write_parameters(file: Path) -> Path:
    sections = yaml.safe_load(parameters.FILE.read_text())
    for (section, name), value in FEWER.items():
        sections[section][name]["value"] = value
    file.write_text(yaml.safe_dump(sections, sort_keys=False))
    return file


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    generate.write(folder / "files")
    chosen = write_parameters(folder / "params.yml")
    shop = Shop(folder / "files", chosen, world.TinyWorld.day, folder / "after_first_day")
    with pytest.MonkeyPatch.context() as patch:
        enter(shop, shop.after_first_day, patch)
        assert way.run_way(shop.first_day) == 0, "the first day's run failed: see the captured output"
    return shop


@pytest.fixture(scope="session")
def backfilled(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    """What both mornings publish when Airflow runs them from nothing and nobody disturbs it."""
    with pytest.MonkeyPatch.context() as patch:
        enter(shop, tmp_path_factory.mktemp("backfilled") / "data", patch)
        patch.setenv("PROMOLIFT_SCHEDULE_UNTIL", shop.second_day.isoformat())
        assert backfill.run(shop.first_day, shop.second_day) == ["success", "success"]
        return way.published()


def enter(shop: Shop, data: Path, patch: pytest.MonkeyPatch) -> None:
    for name, value in shop.environment(data).items():
        patch.setenv(name, value)


@pytest.fixture
def morning(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The second morning, not yet run: a data folder of its own, and the settings lead to it."""
    shutil.copytree(shop.after_first_day, tmp_path / "data", symlinks=True)
    enter(shop, tmp_path / "data", monkeypatch)
    yield shop
    assert settings.load().data == (tmp_path / "data").resolve()
