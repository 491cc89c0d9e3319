"""Ingest against the ledger of the dirt: bad rows in quarantine with reason, file and line, and no good one."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator import files
from tests.simulator import little_shop, soiled_shop
from tests.simulator.soiled_shop import SoiledShop, contents, high_rates, only
from warehouse import contract, ingest, pii, settings, tables
from warehouse.connection import in_memory
from warehouse.contract import Table
from warehouse.errors import BadInput

DAY_AFTER = little_shop.DAYS[-1] + timedelta(days=1)
KEY = "a key for tests alone"


def enter(monkeypatch: pytest.MonkeyPatch, shop: Path, data: Path) -> None:
    for name, value in {
        "PROMOLIFT_DATA": str(data),
        "PROMOLIFT_SOURCE": "simulator",
        "PROMOLIFT_SIMULATION": str(shop),
        "PROMOLIFT_PII_KEY": KEY,
        "PROMOLIFT_MEMORY_LIMIT": "1GB",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PROMOLIFT_SOURCES", raising=False)


@pytest.fixture(scope="module", params=["at_once", "in_steps"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoiledShop]:
    """Landed in one go, and in four with what landed before in the way."""
    folder = tmp_path_factory.mktemp("soiled")
    built = soiled_shop.build(folder / "shop", high_rates())
    with pytest.MonkeyPatch.context() as monkeypatch:
        enter(monkeypatch, built.folder, folder / "data")
        steps = [little_shop.DAYS[3], little_shop.DAYS[4], little_shop.DAYS[7]] if request.param == "in_steps" else []
        days = [*steps, DAY_AFTER]
        for day in days:
            ingest.run(day)
        yield built


def delivered(shop: SoiledShop, table: Table) -> list[dict[str, Any]]:
    """Rows of a table's files that must land, as they stand there, with their day of delivery."""
    rows = []
    for day in little_shop.DAYS:
        file = shop.folder / files.relative_file(table.name, day)
        if file.exists():
            read = rows_of_text(file) if file.suffix == ".csv" else dict(enumerate(pq.read_table(file).to_pylist(), 1))
            refused = {line for name, line in shop.refused if name == files.relative_file(table.name, day)}
            rows += [row | {"day": day} for line, row in read.items() if line not in refused]
    return rows


def rows_of_text(file: Path) -> dict[int, dict[str, str | None]]:
    """Lines one by one: a broken one tells nothing about the next."""
    head, *lines = file.read_bytes().decode(errors="replace").splitlines()
    cells = (next(csv.DictReader([head, line])) for line in lines)
    return {line: {name: cell or None for name, cell in row.items() if name} for line, row in enumerate(cells, 2)}


def as_landed(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """The same rows with the contract's types, and pseudonyms for what is personal."""
    hashed = {column.name for column in table.columns if column.pii == "hash"}
    texts = [
        {name: None if row[name] is None else as_text(row[name], name in hashed) for name in names_of(table)}
        for row in rows
    ]
    given = pa.Table.from_pylist(texts, schema=pa.schema([(name, pa.string()) for name in names_of(table)]))
    casts = ", ".join(f"{column.name}::{column.sql_type} as {column.name}" for column in table.landed)
    with in_memory() as connection:
        connection.register("given", given)
        return connection.sql(f"select {casts}, day::date as day from given").to_arrow_table()


def as_text(value: Any, is_personal: bool) -> str:
    return pii.pseudonym(str(value), KEY.encode()) if is_personal else str(value)


def names_of(table: Table) -> list[str]:
    return [*(column.name for column in table.landed), "day"]


def sorted_rows(table: pa.Table, names: list[str]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in names) for row in table.select(names).to_pylist())


@pytest.mark.integration
@pytest.mark.parametrize("name", files.tables_of_shop())
def test_quarantine_is_the_ledger(shop: SoiledShop, name: str) -> None:
    found = tables.read(f"select file, line, reason_code from quarantine.{name}").to_pylist()
    expected = {place: reason for place, reason in shop.refused.items() if place[0].startswith(f"{name}/")}
    assert {(row["file"], row["line"]): row["reason_code"] for row in found} == expected
    assert len(found) == len(expected)


@pytest.mark.integration
@pytest.mark.parametrize("name", files.tables_of_shop())
def test_everything_else_has_landed_as_it_was(shop: SoiledShop, name: str) -> None:
    table = contract.load()[name]
    expected = as_landed(table, delivered(shop, table))
    landed = tables.read(f"select {', '.join(names_of(table))} from landing.{name}")
    assert landed.num_rows > 0
    assert sorted_rows(landed, names_of(table)) == sorted_rows(expected, names_of(table))


@pytest.mark.integration
@pytest.mark.parametrize("name", files.tables_of_shop())
def test_no_good_row_is_lost(shop: SoiledShop, name: str) -> None:
    """Rows before anything was soiled: landed on their day or later, or still held back on the last."""
    table = contract.load()[name]
    rows = [row for day in little_shop.DAYS if (row := little_shop.tables_of(day).get(name))]
    clean = as_landed(table, [one | {"change": None, "day": None} for part in rows for one in part.to_pylist()])
    names = [column.name for column in table.kept]
    landed = set(sorted_rows(tables.read(f"select {', '.join(names)} from landing.{name}"), names))
    waiting = shop.memory.late[name].num_rows if name in shop.memory.late else 0
    assert sum(row not in landed for row in sorted_rows(clean, names)) == waiting


@pytest.mark.integration
def test_no_personal_word_reaches_a_file(shop: SoiledShop) -> None:
    words = (b"@example", b"555 0143", b"555-0132", b"+86100", b"Yamo Zhel", b"Lantern Road")
    dirty = b"".join(contents(shop.folder).values())
    assert [word for word in words if word not in dirty] == []
    kept = b"".join(content for name, content in contents(settings.load().data).items())
    assert [word for word in words if word in kept] == []
    rows = " ".join(
        str(row)
        for name in ("customers", "events", "orders")
        for schema in ("landing", "quarantine")
        for row in tables.read(f"from {schema}.{name}").to_pylist()
    )
    assert [word for word in words if word.decode() in rows] == []


@pytest.mark.integration
@pytest.mark.parametrize("table", ["orders", "events"])
def test_a_broken_file_stops_ingest_and_nothing_lands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    rates = only(broken_file=1)
    day = little_shop.FIRST_DAY
    soiled, ledger = soiled_shop.soil(0, rates, soiled_shop.Memory())
    clean = {name: part for name, part in little_shop.tables_of(day).items() if name != table}
    files.write_day(tmp_path / "shop", day, clean | {table: soiled[table]})
    enter(monkeypatch, tmp_path / "shop", tmp_path / "data")
    broken = next(row.file for row in ledger if row.table == table)
    with pytest.raises(BadInput, match=Path(broken).name.replace(".", "[.]")):
        ingest.run(day + timedelta(days=1))
    assert not [file for file in contents(tmp_path / "data") if file.endswith(".parquet")]


@pytest.mark.integration
def test_only_the_days_asked_for_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later day's files may still be on their way."""
    soiled_shop.build(tmp_path / "shop", only())
    last = date.fromisoformat(str(little_shop.DAYS[-1]))
    for name in files.tables_of_shop():
        file = tmp_path / "shop" / files.relative_file(name, last)
        if file.exists():
            file.write_bytes(b"\xff\x00 not yet")
    enter(monkeypatch, tmp_path / "shop", tmp_path / "data")
    ingest.run(last)
    assert tables.read("select count(*) as n from landing.events").to_pylist() == [{"n": 9 * 300}]
