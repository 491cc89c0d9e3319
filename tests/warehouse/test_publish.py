"""Publishing replaces everything at once or nothing at all."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.warehouse.marts_of_a_day import CUSTOMERS, fill, gate_result
from warehouse import connection, publish, settings, tables
from warehouse.connection import writing
from warehouse.errors import GateFailed, NotAvailable, StorageFailed

DAY, NEXT_DAY = date(2024, 5, 1), date(2024, 5, 2)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_MEMORY_LIMIT", "1GB")
    return tmp_path


def ask(sql: str, file: Path | None = None) -> list[tuple[Any, ...]]:
    with connection.locked_down(file or settings.load().published) as published:
        return published.execute(sql).fetchall()


def published_bytes() -> dict[str, bytes]:
    folder = settings.load().published.parent
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_all_marts_are_published_in_one_order(data: Path) -> None:
    fill(DAY)
    publish.publish(DAY)
    assert ask("from user_decisions") == [(DAY, f"c{number}", "offered") for number in range(1, CUSTOMERS + 1)]
    assert ask("select table_name from duckdb_tables() order by 1") == [("models",), ("user_decisions",)]


def test_only_marts_are_published(data: Path) -> None:
    fill(DAY)
    publish.publish(DAY)
    assert ask("select distinct schema_name from duckdb_tables()") == [("main",)]


def test_copies_hold_the_same_rows(data: Path) -> None:
    fill(DAY)
    publish.publish(DAY)
    copy = settings.load().published.parent / "parquet" / "user_decisions.parquet"
    assert duckdb.sql(f"from '{copy}'").fetchall() == ask("from user_decisions")


def test_descriptions_of_the_models_are_on_the_tables(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "marts"
    folder.mkdir()
    (folder / "models.yml").write_text(
        "models: [{name: models, description: It's one row per model., columns: [{name: family, description: Which.}]},"
        " {name: not_built, description: Missing., columns: [{name: x}]}]"
    )
    monkeypatch.setattr(publish, "MARTS", folder)
    fill(DAY)
    publish.publish(DAY)
    assert ask("select comment from duckdb_tables() where table_name = 'models'") == [("It's one row per model.",)]
    assert ask("select comment from duckdb_columns() where column_name = 'family'") == [("Which.",)]


def test_publishing_twice_gives_the_same_rows(data: Path) -> None:
    fill(DAY)
    publish.publish(DAY)
    before = ask("from user_decisions")
    fill(DAY)
    publish.publish(DAY)
    assert ask("from user_decisions") == before


def test_no_log_and_nothing_unfinished_stays_behind(data: Path) -> None:
    for day in (DAY, NEXT_DAY, DAY):
        fill(day)
        publish.publish(day)
    names = {path.name for path in settings.load().published.parent.iterdir()}
    assert names == {"promolift.duckdb", "parquet", "versions"}
    assert len(list((settings.load().published.parent / "versions").iterdir())) <= 2


@pytest.mark.parametrize("gate", ["raw", "features", "scores", "decisions"])
def test_a_failed_gate_publishes_nothing(data: Path, gate: str) -> None:
    fill(DAY)
    publish.publish(DAY)
    before = published_bytes()
    fill(NEXT_DAY, **{gate: True})
    with pytest.raises(GateFailed, match=rf"{gate} of a test.*nothing is published for 2024-05-02"):
        publish.publish(NEXT_DAY)
    assert published_bytes() == before


def test_a_warning_does_not_stop_it(data: Path) -> None:
    fill(DAY)
    rows = [gate_result(DAY, gate, True) for gate in ("raw", "features", "scores", "decisions")]
    rows.append(gate_result(DAY, "raw", False) | {"severity": "warning", "code": "RAW-03"})
    tables.replace_day("gates.gate_results", DAY, pa.Table.from_pylist(rows))
    publish.publish(DAY)
    assert len(ask("from user_decisions")) == CUSTOMERS


def test_a_gate_that_did_not_run_is_no_gate_passed(data: Path) -> None:
    fill(DAY)
    with writing() as warehouse:
        warehouse.execute("delete from gates.gate_results where gate = 'scores'")
    with pytest.raises(NotAvailable, match="the gate scores has no results for 2024-05-01"):
        publish.publish(DAY)


def test_marts_without_the_day_are_not_published(data: Path) -> None:
    fill(DAY)
    with writing() as warehouse:
        warehouse.execute("delete from marts.user_decisions")
    with pytest.raises(NotAvailable, match="the marts hold no decisions for 2024-05-01"):
        publish.publish(DAY)
    assert not settings.load().published.exists()


def test_a_failure_half_way_leaves_the_old_file(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(DAY)
    publish.publish(DAY)
    before = published_bytes()
    fill(NEXT_DAY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.copies.fingerprint", full)
    with pytest.raises(StorageFailed, match="the disk is full"):
        publish.publish(NEXT_DAY)
    assert published_bytes() == before


def test_a_bi_connection_can_do_nothing_but_read(data: Path) -> None:
    fill(DAY)
    publish.publish(DAY)
    for sql in (
        "create table x (i int)",
        "from read_csv('/etc/passwd')",
        "copy models to '/tmp/x.csv'",
        "set threads = 9",
    ):
        with pytest.raises(duckdb.Error, match=r"read-only|disabled|lock"):
            ask(sql)


@pytest.mark.integration
def test_readers_see_whole_versions_while_others_are_published(data: Path) -> None:
    """Five readers poll the file; every version holds all days up to its newest, each with all customers."""
    fill(DAY)
    publish.publish(DAY)
    seen: list[tuple[int, ...]] = []
    poll = (
        "import duckdb, sys, time\n"
        "end = time.monotonic() + float(sys.argv[2])\n"
        "while time.monotonic() < end:\n"
        "    with duckdb.connect(sys.argv[1], read_only=True) as c:\n"
        "        print(*c.execute('select count(*), count(distinct day) from user_decisions').fetchone(), flush=True)\n"
    )
    file = str(settings.load().published)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", poll, file, "6"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(5)
    ]
    for number in range(2, 8):
        fill(date(2024, 5, number))
        publish.publish(date(2024, 5, number))
    for reader in readers:
        output, error = reader.communicate(timeout=60)
        assert error == ""
        seen += [tuple(int(word) for word in line.split()) for line in output.splitlines()]
    assert all(rows == days * CUSTOMERS for rows, days in seen)
    assert len({days for _, days in seen}) > 1, "the readers saw one version only: the test proved nothing"


@pytest.mark.integration
@pytest.mark.parametrize("moment", ["promolift.unfinished", "versions/unfinished"])
def test_a_killed_publish_leaves_the_old_file_and_the_next_one_succeeds(data: Path, moment: str) -> None:
    fill(DAY)
    publish.publish(DAY)
    before = ask("from user_decisions")
    fill(NEXT_DAY)
    make_large()
    assert killed_when((settings.load().published.parent / moment).exists)
    assert ask("from user_decisions") == before
    publish.publish(NEXT_DAY)
    assert ask("select count(distinct day) from user_decisions") == [(2,)]
    assert not (settings.load().published.parent / "promolift.unfinished").exists()


def make_large() -> None:
    """Enough rows that publishing takes long enough to be killed in the middle."""
    with writing() as warehouse:
        warehouse.execute("create table marts.large as select hash(i)::varchar as text from range(2000000) as t(i)")


def killed_when(is_time: Callable[[], bool]) -> bool:
    words = [sys.executable, "-m", "warehouse", "publish", "--day", str(NEXT_DAY)]
    with subprocess.Popen(words, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not is_time():
            time.sleep(0.002)
        process.kill()
        return process.wait() == -9
