"""Files of a day: what a reader of CSV and Parquet finds in them, and what happens when a day is written again."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator import files
from simulator.files import Soiled
from tests.simulator import little_shop
from warehouse import contract

DAY = little_shop.FIRST_DAY
NEXT = little_shop.DAYS[1]


def ratings(*given: dict[str, Any]) -> pa.Table:
    row = {"product_id": "P1", "rated_at": datetime(2025, 6, 4, 4, 0, 1), "rating_date": DAY, "rating": 4.5}
    return little_shop.as_table("ratings", [row | {"customer_id": str(place)} | one for place, one in enumerate(given)])


def written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_text_has_a_header_empty_nulls_and_quotes_only_where_needed(tmp_path: Path) -> None:
    files.write_day(tmp_path, DAY, {"ratings": ratings({"product_id": 'a "b", c'}, {"rating": None})})
    assert (tmp_path / "ratings/day=2025-06-04/ratings.csv").read_text() == (
        "customer_id,product_id,rated_at,rating_date,rating,change\n"
        '0,"a ""b"", c",2025-06-04 04:00:01,2025-06-04,4.5,\n'
        "1,P1,2025-06-04 04:00:01,2025-06-04,,\n"
    )


def test_every_row_of_every_table_is_read_back_as_it_was(tmp_path: Path) -> None:
    tables = little_shop.tables_of(NEXT)
    files.write_day(tmp_path, NEXT, tables)
    for name, table in tables.items():
        file = tmp_path / files.relative_file(name, NEXT)
        types = {column.name: column.sql_type for column in contract.load()[name].columns}
        columns = ", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())
        reader = f"read_csv('{file}', all_varchar = true)" if file.suffix == ".csv" else f"read_parquet('{file}')"
        found = duckdb.sql(f"select {columns} from {reader}").to_arrow_table()
        assert found.cast(table.schema).to_pylist() == table.to_pylist(), name


def test_what_is_declared_stands_in_the_column_change(tmp_path: Path) -> None:
    table = ratings({}, {}).append_column("change", pa.array([None, "deletion"]))
    files.write_day(tmp_path, DAY, {"ratings": table})
    lines = (tmp_path / "ratings/day=2025-06-04/ratings.csv").read_text().splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["change", "", "deletion"]


def test_other_columns_than_the_contracts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ratings needs the columns customer_id, product_id, .* not stars"):
        files.write_day(tmp_path, DAY, {"ratings": pa.table({"stars": [1]})})


def test_a_table_without_rows_has_an_empty_file_once(tmp_path: Path) -> None:
    files.write_day(tmp_path, DAY, {})
    files.write_day(tmp_path, NEXT, {})
    found = written(tmp_path)
    assert set(found) == {files.relative_file(name, DAY) for name in files.tables_of_shop()}
    assert found["ratings/day=2025-06-04/ratings.csv"].count(b"\n") == 1
    stock = pq.read_table(tmp_path / "stock/day=2025-06-04/stock.parquet")
    assert (stock.num_rows, stock.column_names) == (0, files.column_names("stock"))


def test_a_day_written_again_is_as_if_it_had_been_written_once(tmp_path: Path) -> None:
    again, once = tmp_path / "again", tmp_path / "once"
    dirty = Soiled(ratings({}, {}), {2: b"x"}, b"half", {"ratings-2.csv.gz": b"zip"})
    files.write_day(again, DAY, {"ratings": dirty, "orders": little_shop.tables_of(DAY)["orders"]})
    for folder in (again, once):
        files.write_day(folder, DAY, {"ratings": ratings({})})
    assert written(again) == written(once)


def test_a_later_day_written_again_without_rows_is_gone(tmp_path: Path) -> None:
    files.write_day(tmp_path, DAY, {})
    before = written(tmp_path)
    files.write_day(tmp_path, NEXT, {"ratings": ratings({})})
    files.write_day(tmp_path, NEXT, {})
    assert written(tmp_path) == before


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    file.write_text("whole")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        files.replace_file(file, fail)
    assert file.read_text() == "whole"


@pytest.mark.parametrize("rows_at_once", [1, 2, 3, 100])
def test_raw_lines_stand_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    monkeypatch.setattr(files, "ROWS_AT_ONCE", rows_at_once)
    raw = {2: b"first", 4: b"third", 5: b"fourth", 8: b"\xff"}
    files.write_day(tmp_path, DAY, {"ratings": Soiled(ratings({}, {}, {}), raw, b"cut")})
    lines = (tmp_path / "ratings/day=2025-06-04/ratings.csv").read_bytes().split(b"\n")
    assert {number: line for number, line in enumerate(lines, 1) if number in raw} == raw
    assert [line[:2] for number, line in enumerate(lines, 1) if number in (3, 6, 7)] == [b"0,", b"1,", b"2,"]
    assert lines[8:] == [b"cut"]


def test_a_raw_line_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="behind the end of a file of 1 rows"):
        files.write_day(tmp_path, DAY, {"ratings": Soiled(ratings({}), {4: b"x"})})


def test_parquet_has_no_lines_to_break(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stock is delivered as Parquet"):
        files.write_day(tmp_path, DAY, {"stock": Soiled(little_shop.tables_of(DAY)["stock"], {2: b"x"})})


def test_files_hold_no_time_of_writing(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        files.write_day(tmp_path / folder, date(2025, 6, 5), little_shop.tables_of(NEXT))
    assert written(tmp_path / "one") == written(tmp_path / "two")
