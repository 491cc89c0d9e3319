"""What a run notes about itself: it changes with everything a result follows from, and with nothing else."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from warehouse import runs, settings, tables

DAY = date(2024, 5, 1)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two models in two folders."""
    for name in ("marts/a.sql", "features/b.sql"):
        file = tmp_path / "project" / "dbt_project" / name
        file.parent.mkdir(parents=True)
        file.write_text(f"select '{name}'")
    monkeypatch.setattr(settings, "ROOT", tmp_path / "project")
    return tmp_path / "project"


def record_stages(*names: str) -> None:
    for name in names:
        with runs.stage(name, DAY):
            pass


def recorded() -> list[str]:
    return [row["stage"] for row in tables.read("select stage from ml.run_stages order by stage").to_pylist()]


def noted(column: str) -> str:
    runs.record_run(DAY, "data")
    return str(tables.read(f"select {column} from ml.runs").to_pylist()[0][column])


def test_learning_on_the_same_day_leaves_the_stages_of_the_daily_run() -> None:
    runs.record_run(DAY, "data")
    record_stages("ingest", "stage", "score")
    runs.record_run(DAY, "data")
    assert recorded() == ["ingest", "score", "stage"]


def test_other_data_make_what_was_recorded_before_untrue() -> None:
    runs.record_run(DAY, "data")
    record_stages("ingest", "stage", "score")
    runs.record_run(DAY, "other data")
    assert recorded() == ["ingest"]


def test_only_the_named_stages_of_the_day_are_forgotten() -> None:
    record_stages("measure", *runs.NOT_YET_OVER)
    runs.forget(date(2024, 5, 2), runs.NOT_YET_OVER)
    assert len(recorded()) == 4
    runs.forget(DAY, runs.NOT_YET_OVER)
    assert recorded() == ["measure"]


def test_parameters_are_those_of_the_file_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = noted("parameters_fingerprint")
    other = tmp_path / "other.yml"
    shutil.copy(settings.ROOT / "ml" / "params.yml", other)
    monkeypatch.setenv("PROMOLIFT_PARAMS", str(other))
    assert noted("parameters_fingerprint") == usual, "the same numbers in another place"
    other.write_text(other.read_text() + "# another\n")
    assert noted("parameters_fingerprint") != usual


def test_code_is_that_of_the_sources_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = noted("code_version")
    shutil.copytree(settings.ROOT / "sources", tmp_path / "target" / "mappings")
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path / "target" / "mappings"))
    assert noted("code_version") == usual, "the same mappings in another place"
    (tmp_path / "target" / "mappings" / "complete_journey" / "orders.sql").write_text("select 1")
    assert noted("code_version") != usual


def test_files_that_change_places_are_other_code(root: Path) -> None:
    before = runs.fingerprint_files(runs.code_files())
    (root / "dbt_project/marts/a.sql").rename(root / "dbt_project/features/a.sql")
    (root / "dbt_project/features/b.sql").rename(root / "dbt_project/marts/b.sql")
    after = sorted(runs.code_files(), key=lambda file: file.name)
    assert [file.name for file in after] == ["a.sql", "b.sql"]
    assert runs.fingerprint_files(after) != before


def test_a_project_moved_as_a_whole_is_the_same_code(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs.fingerprint_files(runs.code_files())
    monkeypatch.setattr(settings, "ROOT", root.rename(tmp_path / "elsewhere"))
    assert runs.fingerprint_files(runs.code_files()) == before
