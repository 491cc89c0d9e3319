"""Every fault a person can mend is one sentence on stderr, an exit code, and a data folder as it was."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.tiny_world import world
from tests.tiny_world.world import TinyWorld
from warehouse import faults, ingest, landing, settings
from warehouse.errors import (
    BadInput,
    NotAvailable,
    PromoliftError,
    StorageFailed,
    WarehouseLocked,
    exit_with_message,
)

ON_LINUX = pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="/sys is what no process can write to on Linux")


def run(*words: str, limit: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m warehouse <words>`, with files limited to a size where one is given."""
    return subprocess.run(
        [sys.executable, "-m", "warehouse", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None,
    )


def expect(result: subprocess.CompletedProcess[str], error: type[PromoliftError], *words: str) -> None:
    assert result.returncode == error.exit_code, result.stderr
    assert result.stderr.startswith(f"{error.__name__}: ")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def own_source(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny world's mapping, to be broken."""
    folder = tiny_world.data.with_name("sources")
    shutil.copytree(world.SOURCES, folder)
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(folder))
    return folder / "tiny_world"


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing that has landed may change meanwhile."""

    def content() -> dict[str, bytes]:
        kinds = [folder / kind for kind in landing.KINDS]
        return {str(file): file.read_bytes() for kind in kinds for file in kind.rglob("*") if file.is_file()}

    before = content()
    yield
    assert content() == before


@contextmanager
def held(database: Path) -> Iterator[int]:
    """Another process that has the warehouse open for writing; gives its pid."""
    hold = f"import duckdb, time; c = duckdb.connect({str(database)!r}); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            yield holder.pid
        finally:
            holder.kill()


def test_a_missing_package_says_how_to_install_it(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    file = own_source(tiny_world, monkeypatch) / "source.yml"
    entry = yaml.safe_load(file.read_text()) | {"files": {"package": "no_such_package", "install": "more.txt"}}
    file.write_text(yaml.safe_dump(entry))
    with pytest.raises(NotAvailable, match=r"needs the package no_such_package.*pip install -r more.txt"):
        ingest.run(tiny_world.day)


def test_an_unknown_source_names_the_known_ones(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_SOURCE", "elsewhere")
    with pytest.raises(BadInput, match=r"no source 'elsewhere' in .*; known: tiny_world"):
        ingest.run(tiny_world.day)


def test_a_folder_that_is_not_set_is_named(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINY_WORLD")
    with pytest.raises(NotAvailable, match="TINY_WORLD names; it is not set"):
        ingest.run(tiny_world.day)


def test_a_data_folder_holds_one_source(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = own_source(tiny_world, monkeypatch)
    mapping.rename(mapping.with_name("other"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "other")
    with unchanged(tiny_world.data), pytest.raises(BadInput, match="holds the source tiny_world, not other"):
        ingest.run(tiny_world.day)


def test_another_key_for_personal_data_is_refused(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_PII_KEY", "another key")
    with unchanged(tiny_world.data), pytest.raises(BadInput, match="the same person would get two names"):
        ingest.run(tiny_world.day)


def test_a_delivery_without_a_column_is_refused(tiny_world: TinyWorld) -> None:
    file = tiny_world.files / "order_items.csv"
    file.write_text(file.read_text().replace("quantity", "amount", 1))
    with unchanged(tiny_world.data), pytest.raises(BadInput, match=r"tiny_world/order_items.sql .*quantity"):
        ingest.run(tiny_world.last_day)


def test_a_delivery_that_is_gone_is_refused(tiny_world: TinyWorld) -> None:
    (tiny_world.files / "orders.csv").unlink()
    with unchanged(tiny_world.data), pytest.raises(NotAvailable, match=r"a file is not there: .*orders\.csv"):
        ingest.run(tiny_world.last_day)


def stock_as_parquet(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tiny_world.files / "stock.parquet"
    duckdb.sql(f"copy (from read_csv('{tiny_world.files}/stock.csv', all_varchar = true)) to '{file}'")
    mapping = own_source(tiny_world, monkeypatch) / "stock.sql"
    sql = mapping.read_text().replace(
        "read_csv($folder || '/stock.csv', all_varchar = true,", "read_parquet($folder || '/stock.parquet',"
    )
    assert "read_parquet" in sql
    mapping.write_text(sql)
    return file


@pytest.mark.parametrize("damage", ["cut off", "overwritten"])
def test_a_corrupt_source_file_is_named(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    file = stock_as_parquet(tiny_world, monkeypatch)
    content = file.read_bytes()
    broken = content[: len(content) // 2] if damage == "cut off" else content[:40] + b"\xff" * 400 + content[440:]
    file.write_bytes(broken)
    with unchanged(tiny_world.data), pytest.raises(BadInput, match="stock"):
        ingest.run(tiny_world.last_day)


@pytest.mark.parametrize("damage", ["cut off", "gone"])
def test_a_corrupt_landed_file_is_named(tiny_world: TinyWorld, damage: str) -> None:
    file = next((settings.load().landing / "orders" / "day=2024-02-05").glob("*.parquet"))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-20])
    with unchanged(tiny_world.data), pytest.raises(BadInput, match=r"orders.*2024-02-05"):
        ingest.run(tiny_world.last_day)


@pytest.mark.integration
def test_who_holds_the_warehouse_is_told(tiny_world: TinyWorld) -> None:
    with held(settings.load().warehouse) as pid, unchanged(tiny_world.data):
        result = run("ingest", "--day", str(tiny_world.last_day))
    expect(result, WarehouseLocked, f"process {pid} holds the warehouse", "time.sleep(60)")


@pytest.mark.integration
def test_a_full_disk_is_told_and_leaves_no_trace(tiny_world: TinyWorld) -> None:
    """No file may grow beyond 20 kB: the system refuses to write on, as a full disk does."""
    with unchanged(tiny_world.data):
        result = run("ingest", "--day", str(tiny_world.last_day), limit=20_000)
    expect(result, StorageFailed, "the disk is full")
    assert not landing.incoming().exists()
    ingest.run(tiny_world.last_day)


@ON_LINUX
@pytest.mark.integration
def test_a_disk_that_cannot_be_written_is_told() -> None:
    """Nobody can write below /sys, root included."""
    files = {"TINY_WORLD": "/sys/kernel", "PROMOLIFT_SOURCES": str(world.SOURCES), "PROMOLIFT_SOURCE": "tiny_world"}
    result = run("ingest", "--day", "2024-05-01", PROMOLIFT_DATA="/sys/promolift", **files)
    expect(result, StorageFailed, "/sys/promolift")


def test_a_path_through_a_file_is_told(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tiny_world.files / "orders.csv" / "data"))
    with pytest.raises(StorageFailed, match="the path leads through a file"), faults.explained():
        ingest.run(tiny_world.day)


@pytest.mark.parametrize("error", PromoliftError.__subclasses__())
def test_an_error_ends_a_command_with_its_code_and_one_line(
    error: type[PromoliftError], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error("a sentence about [bold]/a/long/path[/]" + " that goes on" * 20)

    with pytest.raises(SystemExit, match=rf"^{error.exit_code}$"):
        exit_with_message(fail)
    assert capsys.readouterr().err.splitlines() == [
        f"{error.__name__}: a sentence about [bold]/a/long/path[/]" + " that goes on" * 20
    ]


def test_a_mistake_of_ours_stays_a_traceback() -> None:
    with pytest.raises(duckdb.CatalogException, match="no_such_table"), faults.explained():
        duckdb.sql("from no_such_table")
