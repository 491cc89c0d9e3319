import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ml.learning import registry
from ml.learning.registry import Version
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import NotAvailable

CUT = date(2017, 11, 27)


def version(cut: date = CUT, role: str = "champion", family: str = "purchase", candidate: str = "blend") -> Version:
    return Version(
        family=family,
        version=registry.name_version(cut, candidate),
        data_cut=cut,
        role=role,
        candidate=candidate,
        parameters={"candidate": candidate},
        metric="auc",
        metric_value=0.82,
        floor_value=0.75,
        validation_from=date(2017, 10, 2),
        validation_until=date(2017, 11, 20),
        train_rows=1000,
        card={"metrics": {"auc": {"value": 0.82, "low": float("nan")}}},
    )


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with writing():
        pass
    return tmp_path


def list_versions(*versions: Version) -> None:
    """Rows of ml.models alone, as if registered long ago."""
    for one in versions:
        rows = registry.pa.Table.from_pylist([registry.as_row(one)], schema=registry.row_schema())
        tables.replace_day("ml.models", one.data_cut, rows, keys={"family": one.family, "role": one.role})


def test_the_champion_of_a_day_is_the_newest_that_does_not_know_the_day(warehouse):
    old, new = date(2017, 11, 6), date(2017, 11, 20)
    list_versions(version(old), version(new))
    champions = {day: registry.champion_for("purchase", date(2017, 11, day)) for day in (5, 6, 19, 20, 27)}
    cuts = {day: champion.data_cut if champion else None for day, champion in champions.items()}
    assert cuts == {5: None, 6: old, 19: old, 20: new, 27: new}


def test_challengers_and_other_families_are_no_champions(warehouse):
    list_versions(version(role="challenger"), version(family="redemption_offer"))
    assert registry.champion_for("purchase", CUT) is None


def test_a_version_comes_back_as_it_was_and_nan_as_null(warehouse):
    list_versions(version())
    found = registry.champion_for("purchase", CUT)
    assert found == replace(version(), card={"metrics": {"auc": {"value": 0.82, "low": None}}})


def test_names_follow_the_cut_and_everything_that_makes_a_version():
    one = registry.name_version(CUT, "parameters", "code", b"data")
    assert one == registry.name_version(CUT, "parameters", "code", b"data")
    assert one.startswith("2017-11-27-")
    assert len(one) == len("2017-11-27-") + 8
    others = [
        registry.name_version(CUT, "parameters", "code", b"other"),
        registry.name_version(CUT, "parameterscode", b"data"),
    ]
    assert len({one, *others}) == 3


def test_lost_files_are_one_clear_sentence(warehouse):
    with pytest.raises(NotAvailable, match="the files of purchase 2017-11-27-deadbeef are not in"):
        registry.files_of("purchase", "2017-11-27-deadbeef")


def test_files_of_a_version_are_written_once_and_whole(warehouse):
    registry.write_files(version(), lambda folder: save(folder, "first"))
    registry.write_files(version(), lambda folder: save(folder, "second"))
    folder = registry.files_of("purchase", version().version)
    assert (folder / "model.txt").read_text() == "first"
    with pytest.raises(OSError, match="disk full"):
        registry.write_files(version(date(2017, 11, 20)), fail)
    assert not registry.folder_of("purchase", version(date(2017, 11, 20)).version).exists()


def save(folder: Path, text: str) -> None:
    (folder / "model.txt").write_text(text)


def fail(folder: Path) -> None:
    (folder / "model.txt").write_text("half")
    raise OSError("disk full")


@pytest.mark.integration
def test_registering_logs_every_candidate_and_points_the_alias_at_the_newest(warehouse):
    older = date(2017, 11, 20)
    for cut in (CUT, older, CUT):
        contest = [
            version(cut),
            version(cut, "challenger", candidate="lightgbm"),
            version(cut, "floor", candidate="base_rate"),
        ]
        registry.register(contest, lambda folder: save(folder, "native"))
    client = registry.open_store()
    name = registry.model_name("purchase")
    known = client.search_model_versions(f"name = '{name}'")
    assert sorted(one.tags["data_cut"] for one in known) == [str(older), str(CUT)]
    assert client.get_model_version_by_alias(name, "champion").tags["data_cut"] == str(CUT)
    run = client.get_run(client.get_model_version_by_alias(name, "champion").run_id)
    assert run.data.metrics == {"auc.blend": 0.82, "auc.lightgbm": 0.82, "auc.base_rate": 0.82}
    artifacts = {item.path for item in client.list_artifacts(run.info.run_id, "model")}
    assert artifacts == {"model/model.txt", "model/card.json"}
    assert tables.read("select count(*) from ml.models")[0][0].as_py() == 6


@pytest.mark.integration
def test_files_come_back_from_the_tracking_server(warehouse, monkeypatch):
    registry.register([version()], lambda folder: save(folder, "native"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{warehouse / 'models' / 'mlflow.db'}")
    folder = registry.folder_of("purchase", version().version)
    folder.rename(warehouse / "elsewhere")
    assert (registry.files_of("purchase", version().version) / "model.txt").read_text() == "native"
    assert json.loads((folder / "card.json").read_text())["metrics"]["auc"]["low"] is None
