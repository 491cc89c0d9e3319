"""Opening databases: who may do what, with which limits."""

from pathlib import Path

import duckdb
import pytest

from warehouse import compact, connection, settings, tables
from warehouse.errors import BadInput, NotAvailable


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_MEMORY_LIMIT", "1GB")
    monkeypatch.setenv("PROMOLIFT_THREADS", "1")
    return tmp_path


def test_a_reader_cannot_write() -> None:
    with connection.writing():
        pass
    with pytest.raises(duckdb.InvalidInputException, match="read-only"), connection.reading() as warehouse:
        warehouse.execute("create table x (i int)")


def test_every_connection_has_limits() -> None:
    names = ("memory_limit", "threads", "autoinstall_known_extensions", "TimeZone")
    settings_of = "select " + ", ".join(f"current_setting('{name}')" for name in names)
    with connection.writing() as warehouse:
        assert warehouse.execute(settings_of).fetchall() == [("953.6 MiB", 1, False, "UTC")]


def test_a_writer_finds_every_declared_table() -> None:
    with connection.writing():
        pass
    for name, table in tables.TABLES.items():
        assert tables.read(f"from {name}").column_names == list(table.columns)


def test_no_warehouse_is_told() -> None:
    with pytest.raises(NotAvailable, match=r"there is no warehouse at .* yet"), connection.reading():
        pass


def test_a_file_that_is_no_database_is_told(data: Path) -> None:
    settings.load().warehouse.parent.mkdir()
    settings.load().warehouse.write_text("not a database" * 1000)
    with pytest.raises(BadInput, match="a file cannot be read"), connection.writing():
        pass


def blocks() -> int:
    return settings.load().warehouse.stat().st_size


def test_a_mostly_free_file_is_rewritten_with_everything_in_it() -> None:
    with connection.writing() as warehouse:
        for number in range(4):
            warehouse.execute(f"create table t{number} as select hash(i) as value from range(400000) as t(i)")
        warehouse.execute("create table staging.kept as select 7 as value")
        warehouse.execute("create view landing.seen as from staging.kept")
        for number in range(4):
            warehouse.execute(f"drop table t{number}")
    before = blocks()
    assert compact.compact(smallest_blocks=10)
    assert blocks() < before / 2
    assert tables.read("from landing.seen").to_pylist() == [{"value": 7}]
    assert not compact.compact(smallest_blocks=10)


def test_a_small_file_is_left_alone() -> None:
    with connection.writing():
        pass
    assert not compact.compact()
