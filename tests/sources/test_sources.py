"""Finding a source and its data."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse import contract, sources
from warehouse.errors import BadInput, NotAvailable
from warehouse.settings import ROOT

ENTRY: dict[str, Any] = {
    "title": "A shop",
    "terms": "Its own.",
    "time_zone": "Europe/Berlin",
    "first_day": date(2024, 1, 1),
    "files": {"path": "data"},
    "assumptions": {"lead_days": {"value": 3, "unit": "days", "reason": "A guess."}},
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    (folder / "data").mkdir(parents=True)
    (folder / "source.yml").write_text(yaml.safe_dump(ENTRY))
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "shop")
    return folder


def write(shop: Path, **changed: Any) -> None:
    entry = {key: value for key, value in (ENTRY | changed).items() if value is not None}
    (shop / "source.yml").write_text(yaml.safe_dump(entry))


def test_a_source_without_an_end_is_a_living_shop(shop: Path) -> None:
    source = sources.load()
    assert (source.last_day, source.is_replay, source.folder) == (None, False, shop / "data")


def test_sql_gets_the_days_the_folders_and_the_assumptions(shop: Path) -> None:
    given = sources.load().parameters(date(2024, 2, 1), date(2024, 2, 2))
    assert given["lead_days"] == 3
    assert (given["first_day"], given["last_day"]) == (date(2024, 2, 1), date(2024, 2, 2))
    assert (given["folder"], given["mapping"]) == (str(shop / "data"), str(shop))


def test_a_table_without_sql_is_one_the_source_does_not_have(shop: Path) -> None:
    (shop / "orders.sql").write_text("select 1")
    assert sources.load().query("orders") == "select 1"
    assert sources.load().query("stock") is None


@pytest.mark.parametrize("missing", ["title", "terms", "time_zone", "first_day", "files"])
def test_an_incomplete_description_names_what_it_lacks(shop: Path, missing: str) -> None:
    write(shop, **{missing: None})
    with pytest.raises(BadInput, match=f"source.yml lacks '{missing}'"):
        sources.load()


def test_an_unknown_place_of_files_is_refused(shop: Path) -> None:
    write(shop, files={"url": "somewhere"})
    with pytest.raises(BadInput, match="`files` needs one of package, environment, path"):
        sources.load()


def test_a_folder_that_is_not_there_is_told(shop: Path) -> None:
    write(shop, files={"path": "elsewhere"})
    with pytest.raises(NotAvailable, match=r"the data folder .*elsewhere of the source shop is not there"):
        sources.load()


def test_a_missing_package_says_what_to_run(shop: Path) -> None:
    write(shop, files={"package": "no_such_package"})
    with pytest.raises(NotAvailable, match="run `pip install no_such_package`"):
        sources.load()


@pytest.mark.parametrize("name", sorted(file.parent.name for file in (ROOT / "sources").glob("*/source.yml")))
def test_every_sql_file_is_named_like_a_contract_table(name: str) -> None:
    files = {file.stem for file in (ROOT / "sources" / name).glob("*.sql")}
    assert files <= set(contract.load())
    assert {"customers", "products", "orders", "order_items"} <= files
