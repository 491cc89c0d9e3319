"""The same ten rows land the same from every format, by the examples that docs/how-to/read-any-format.md shows."""

import csv
import gzip
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from warehouse import extensions, ingest, landing, sources, tables
from warehouse.connection import in_memory
from warehouse.errors import BadInput, NotAvailable
from warehouse.settings import ROOT

PAGE = ROOT / "docs" / "how-to" / "read-any-format.md"
EXAMPLES = dict(re.findall(r"^## (.*?)\n.*?```sql\n(.*?)```", PAGE.read_text().split("## A bucket")[0], re.M | re.S))
FIRST_DAY = date(2024, 3, 1)
HEADER = ["product_id", "competitor", "price_date", "price"]
Row = tuple[str, str, date, str]
# Letters that Latin-1 and GBK both know, separators of all kinds, leading zeros, thousands.
ROWS: list[Row] = [
    (
        f"00{number}",
        f'Café "{number}"; né à l\'est, chic',
        FIRST_DAY + timedelta(days=number // 4),
        f"{1 + number}234.50",
    )
    for number in range(10)
]


def text(rows: list[list[str]], delimiter: str = ",") -> str:
    from io import StringIO

    written = StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows([HEADER, *rows])
    return written.getvalue()


def plain(row: Row) -> list[str]:
    return [row[0], row[1], str(row[2]), row[3]]


def german(row: Row) -> list[str]:
    return [row[0], row[1], f"{row[2]:%d.%m.%Y}", f"{row[3][:-6]}.{row[3][-6:].replace('.', ',')}"]


def write_csv(folder: Path) -> None:
    (folder / "prices.csv.gz").write_bytes(gzip.compress(text([plain(row) for row in ROWS]).encode()))


def write_german_csv(folder: Path) -> None:
    (folder / "prices.csv").write_text(text([german(row) for row in ROWS], ";"))


def write_latin(folder: Path) -> None:
    (folder / "prices.csv").write_bytes(text([plain(row) for row in ROWS]).encode("latin-1"))


def write_gbk(folder: Path) -> None:
    (folder / "prices.csv").write_bytes(text([plain(row) for row in ROWS]).encode("gbk"))


def write_typed(file: Path, options: str, *names: str) -> None:
    with in_memory() as connection:
        for name in names:
            extensions.load(connection, name)
        connection.execute(
            f"create table prices ({HEADER[0]} varchar, competitor varchar, price_date date, price double)"
        )
        connection.executemany("insert into prices values (?, ?, ?, ?)", ROWS)
        connection.execute(f"copy prices to '{file}' ({options})")


def write_parquet(folder: Path) -> None:
    write_typed(folder / "prices.parquet", "format parquet")


def write_excel(folder: Path) -> None:
    write_typed(folder / "prices.xlsx", "format xlsx, header true, sheet 'prices'", "excel")


def write_json(folder: Path) -> None:
    lines = [json.dumps(dict(zip(HEADER, plain(row), strict=True)) | {"colour": "red"}) for row in ROWS]
    (folder / "prices.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def write_folders(folder: Path) -> None:
    for day in {row[2] for row in ROWS}:
        place = folder / "prices" / f"day={day}"
        place.mkdir(parents=True)
        (place / "prices.csv").write_text(text([plain(row) for row in ROWS if row[2] == day]))


WRITERS: dict[str, Callable[[Path], None]] = {
    "CSV": write_csv,
    "Semicolons, decimal comma, other dates": write_german_csv,
    "Latin-1": write_latin,
    "GBK, Shift JIS and others": write_gbk,
    "Parquet": write_parquet,
    "JSON lines": write_json,
    "Excel": write_excel,
    "One folder per day": write_folders,
}
EXTENSIONS = {"Excel": ["excel"], "GBK, Shift JIS and others": ["encodings"]}


def make_source(folder: Path, name: str, sql: str, **entry: Any) -> None:
    mapping = folder / "sources" / name
    mapping.mkdir(parents=True)
    facts = {"title": "A shop", "terms": "Its own.", "time_zone": "UTC", "first_day": FIRST_DAY}
    (mapping / "source.yml").write_text(yaml.safe_dump(facts | entry))
    (mapping / "competitor_prices.sql").write_text(sql)


def land(folder: Path, name: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PROMOLIFT_SOURCES", str(folder / "sources"))
    patch.setenv("PROMOLIFT_SOURCE", name)
    patch.setenv("PROMOLIFT_DATA", str(folder / "data"))
    ingest.run(FIRST_DAY + timedelta(days=3))


def landed() -> list[tuple[Any, ...]]:
    columns = "product_id, competitor, price_date, price::varchar as price, day"
    rows = tables.read(f"select {columns} from landing.competitor_prices order by product_id").to_pylist()
    return [tuple(row.values()) for row in rows]


def test_every_example_is_tested() -> None:
    assert set(EXAMPLES) == set(WRITERS)


@pytest.mark.integration
@pytest.mark.parametrize("name", list(WRITERS))
def test_ten_rows_land_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = EXTENSIONS.get(name, [])
    if "encodings" in needed:
        pytest.importorskip("duckdb_extension_encodings", reason="requirements-encodings.txt is not installed")
    folder = tmp_path / "files"
    folder.mkdir()
    WRITERS[name](folder)
    make_source(tmp_path, "anyshop", EXAMPLES[name], files={"path": str(folder)}, extensions=needed)
    land(tmp_path, "anyshop", monkeypatch)
    assert landed() == [(*row[:3], f"{row[3]}00", row[2]) for row in ROWS]
    manifest = landing.committed()[FIRST_DAY]["competitor_prices"]
    assert (manifest.rows, manifest.quarantined) == (4, 0)


@pytest.mark.integration
def test_chinese_letters_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb_extension_encodings", reason="requirements-encodings.txt is not installed")
    (tmp_path / "prices.csv").write_bytes(text([["1", "满减商店", str(FIRST_DAY), "1"]]).encode("gbk"))
    sql = EXAMPLES["GBK, Shift JIS and others"]
    make_source(tmp_path, "anyshop", sql, files={"path": str(tmp_path)}, extensions=["encodings"])
    land(tmp_path, "anyshop", monkeypatch)
    assert [row[1] for row in landed()] == ["满减商店"]


def test_an_extension_that_is_not_installed_says_what_to_run() -> None:
    with pytest.raises(NotAvailable, match=r"run `pip install duckdb-extension-no-such==\d+\.\d+\.\d+`"):
        extensions.find("no_such")


@pytest.mark.parametrize("name", ["excel", "httpfs", "postgres_scanner"])
def test_extensions_are_loaded_from_where_they_are_installed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with in_memory() as connection:
        extensions.load(connection, name)
        sql = "select loaded, installed from duckdb_extensions() where extension_name = $name"
        assert connection.execute(sql, {"name": name}).fetchall() == [(True, False)]
    assert list(tmp_path.iterdir()) == []


def test_a_source_asks_for_formats_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path / "sources"))
    make_source(tmp_path, "anyshop", "select 1", files={"path": str(tmp_path)}, extensions=["shellfs"])
    with pytest.raises(BadInput, match="`extensions` knows excel, encodings, not shellfs"):
        sources.load("anyshop")
