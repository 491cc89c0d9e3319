"""Replacing a day of a declared table, and what a run records of itself."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warehouse import runs, tables

DAY, OTHER_DAY = date(2024, 5, 1), date(2024, 5, 2)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_MEMORY_LIMIT", "1GB")
    return tmp_path


def scores(day: date, family: str, *values: float) -> pa.Table:
    rows = [
        {"day": day, "family": family, "customer_id": f"c{number}", "subject_id": "", "score": value}
        | {"model_version": "1", "run_id": f"x-{day}"}
        for number, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows)


def stored() -> list[dict[str, Any]]:
    return tables.read("select day, family, score from ml.scores order by all").to_pylist()


def test_a_day_is_replaced_and_others_stay() -> None:
    tables.replace_day("ml.scores", DAY, scores(DAY, "purchase", 0.1, 0.2))
    tables.replace_day("ml.scores", OTHER_DAY, scores(OTHER_DAY, "purchase", 0.3))
    assert tables.replace_day("ml.scores", DAY, scores(DAY, "purchase", 0.4).to_pandas()) == 1
    assert [(row["day"], row["score"]) for row in stored()] == [(DAY, 0.4), (OTHER_DAY, 0.3)]


def test_keys_narrow_what_is_replaced() -> None:
    for family, value in (("purchase", 0.1), ("category_purchase", 0.2), ("purchase", 0.3)):
        tables.replace_day("ml.scores", DAY, scores(DAY, family, value), keys={"family": family})
    assert [(row["family"], row["score"]) for row in stored()] == [("category_purchase", 0.2), ("purchase", 0.3)]


def test_rows_outside_what_is_replaced_are_refused_and_nothing_changes() -> None:
    tables.replace_day("ml.scores", DAY, scores(DAY, "purchase", 0.1))
    with pytest.raises(ValueError, match="1 rows lie outside"):
        tables.replace_day("ml.scores", DAY, scores(OTHER_DAY, "purchase", 0.2))
    assert [row["score"] for row in stored()] == [0.1]


def test_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"columns missing \['score'\], unknown \['points'\]"):
        tables.replace_day("ml.scores", DAY, scores(DAY, "purchase", 0.1).rename_columns({"score": "points"}))


def test_every_declared_grain_and_partition_is_a_column() -> None:
    for table in tables.TABLES.values():
        assert {table.partition, *table.grain} <= set(table.columns), table.name


def test_a_stage_is_recorded_when_it_has_ended_well() -> None:
    with runs.stage("score", DAY) as stage:
        stage.rows = 5
    with pytest.raises(RuntimeError, match="in the middle"), runs.stage("decide", DAY):
        raise RuntimeError("in the middle")
    found = tables.read("select stage, rows, seconds >= 0 as timed, peak_memory_mib > 1 as measured from ml.run_stages")
    assert found.to_pylist() == [{"stage": "score", "rows": 5, "timed": True, "measured": True}]


def test_a_second_run_of_a_day_forgets_the_stages_of_the_first() -> None:
    for name in ("ingest", "publish"):
        with runs.stage(name, DAY):
            pass
    with runs.stage("publish", OTHER_DAY):
        pass
    runs.record_run(DAY, "fingerprint")
    kept = tables.read("select day, stage from ml.run_stages order by day").to_pylist()
    assert [tuple(row.values()) for row in kept] == [(DAY, "ingest"), (OTHER_DAY, "publish")]


def test_the_code_version_follows_the_code(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("select 1")
    before = runs.fingerprint_files([file])
    file.write_text("select 2")
    assert runs.fingerprint_files([file]) != before
    assert any(file.name == "contract.yml" for file in runs.code_files())
