"""The folder of a new source."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from warehouse import contract, ingest, landing, scaffold, sources
from warehouse.errors import BadInput
from warehouse.settings import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "myshop")
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    return tmp_path / "sources"


def test_it_holds_every_table_without_which_nothing_runs(folder: Path) -> None:
    scaffold.create("myshop")
    required = {f"{name}.sql" for name, table in contract.load().items() if table.required}
    assert {file.name for file in (folder / "myshop").iterdir()} == required | {"source.yml", "README.md", "files"}
    assert required == {"customers.sql", "products.sql", "orders.sql", "order_items.sql"}


def test_it_says_of_every_column_what_the_contract_says(folder: Path) -> None:
    scaffold.create("myshop")
    for table in (table for table in contract.load().values() if table.required):
        text = (folder / "myshop" / f"{table.name}.sql").read_text()
        assert re.findall(r" as (\w+),$", text, re.MULTILINE) == [column.name for column in table.kept]
        assert [column.name for column in table.kept if column.description not in text] == []


@pytest.mark.integration
def test_it_works_before_anything_is_changed(folder: Path) -> None:
    scaffold.create("myshop")
    assert sources.load().title == "myshop"
    ingest.run(date(2026, 3, 3))
    landed = {day: {name: part.rows for name, part in tables.items()} for day, tables in landing.committed().items()}
    assert landed == {
        date(2026, 3, 1): {"customers": 2, "products": 2, "orders": 1, "order_items": 2},
        date(2026, 3, 2): {"customers": 1, "orders": 1, "order_items": 1},
    }
    assert not any(part.quarantined for tables in landing.committed().values() for part in tables.values())


def test_what_is_there_is_never_overwritten(folder: Path) -> None:
    scaffold.create("myshop")
    (folder / "myshop" / "orders.sql").write_text("select 1")
    with pytest.raises(BadInput, match="myshop is there already; choose another name or remove it first"):
        scaffold.create("myshop")
    assert (folder / "myshop" / "orders.sql").read_text() == "select 1"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "a/b", "/tmp/x", "a\\b", "My", "1shop", "a b", "a" * 41, "a\n", "--day", "$(id)", "é"],
)
def test_a_name_that_is_none_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"is no name for a source: a small letter, then .* e\.g\. myshop$"):
        scaffold.create(name)
    assert not folder.exists()


def test_what_an_interrupted_one_left_behind_is_no_hindrance(folder: Path) -> None:
    left = folder / ".myshop.unfinished"
    left.mkdir(parents=True)
    (left / "stock.sql").touch()
    scaffold.create("myshop")
    assert sources.known() == ["myshop"]
    assert not (folder / "myshop" / "stock.sql").exists()


@pytest.mark.parametrize(("name", "code"), [("myshop", 0), ("../up; touch stolen", 65)])
def test_the_command_makes_it_or_says_why_not(folder: Path, name: str, code: int) -> None:
    command = [sys.executable, "-m", "warehouse", "new-source", "--", name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert sources.known() == ([name] if code == 0 else [])
