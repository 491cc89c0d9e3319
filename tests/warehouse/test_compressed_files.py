"""Compressed text files: read as they are, and refused in a sentence where they break off or are not there."""

import gzip
from pathlib import Path

import duckdb
import pytest

from warehouse import text_files
from warehouse.connection import in_memory
from warehouse.errors import BadInput, NotAvailable, PromoliftError
from warehouse.faults import explain_database

ROWS = 5_000
TEXT = "id,price\n" + "".join(f"{number},{number * 7919 % 1000}\n" for number in range(ROWS))


def count(path: Path) -> int:
    with in_memory() as connection:
        text_files.offer(connection)
        return int(connection.execute("select count(*) from csv_rows($path)", {"path": str(path)}).fetchall()[0][0])


def explained(path: Path) -> PromoliftError | None:
    with pytest.raises(duckdb.Error, match="UDF") as raised:
        count(path)
    return explain_database(raised.value)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode()))
    assert count(file) == ROWS


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, share: float) -> None:
    """DuckDB alone reads its first rows and is content."""
    file = tmp_path / "prices.csv.gz"
    whole = gzip.compress(TEXT.encode())
    file.write_bytes(whole[: int(len(whole) * share)])
    error = explained(file)
    assert isinstance(error, BadInput)
    assert str(error).startswith(f"{file} is broken or not whole: ")


def test_a_file_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv.gz"
    whole = bytearray(gzip.compress(TEXT.encode()))
    whole[len(whole) // 2] ^= 0xFF
    file.write_bytes(whole)
    assert isinstance(explained(file), BadInput)


def test_a_file_that_was_mended_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv.gz"
    whole = gzip.compress(TEXT.encode())
    file.write_bytes(whole[:-9])
    assert isinstance(explained(file), BadInput)
    file.write_bytes(whole)
    assert count(file) == ROWS


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    error = explained(tmp_path / "prices.csv.gz")
    assert isinstance(error, NotAvailable)
    assert str(error) == f"a file is not there: no files found that match {tmp_path}/prices.csv.gz"
