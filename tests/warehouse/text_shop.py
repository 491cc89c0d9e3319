"""A shop that delivers text files in a folder per table and day, for tests that write the files themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse import contract, ingest, sources, tables

FIRST = date(2024, 5, 1)
SOURCE = """
title: A shop of text files
terms: Made up.
time_zone: Europe/Berlin
first_day: 2024-05-01
files: {environment: TEXT_SHOP}
"""


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


@dataclass(frozen=True)
class TextShop:
    files: Path
    mapping: Path

    def map_table(self, table: str, columns: Sequence[str] = (), options: str = "", path: str = "") -> None:
        """Write the SQL of a table: by default all its columns, from the folders of its days."""
        known = contract.load()[table]
        names = columns or [column.name for column in (*known.columns, *known.landed[len(known.kept) :])]
        place = path or f"/{table}/day=*/*"
        self.mapping.joinpath(f"{table}.sql").write_text(
            f"select {', '.join(names)}, file, line, day from csv_rows($folder || '{place}'{options})\n"
            f"where day::date between $first_day and $last_day\n"
        )

    def deliver(self, table: str, number: int, *lines: str, columns: Sequence[str] = (), name: str = "") -> Path:
        """Write the file of a table and day: a header of the columns, then the lines."""
        known = contract.load()[table]
        header = ",".join(columns or [column.name for column in (*known.columns, *known.landed[len(known.kept) :])])
        return self.deliver_bytes(table, number, "\n".join([header, *lines, ""]).encode(), name or f"{table}.csv")

    def deliver_bytes(self, table: str, number: int, content: bytes, name: str) -> Path:
        file = self.files / table / f"day={day(number)}" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def turn_into_parquet(self, table: str) -> None:
        """The same rows as Parquet files, all of text."""
        mapping = self.mapping / f"{table}.sql"
        options = "filename = true, file_row_number = true, hive_partitioning = true"
        rows = f"read_parquet($folder || '/{table}/day=*/*.parquet', {options})"
        text = mapping.read_text().replace("file, line, day", "filename as file, file_row_number + 1 as line, day")
        mapping.write_text(re.sub(r"csv_rows\(.*\)", rows, text))
        for file in (self.files / table).glob("day=*/*.csv"):
            whole = f"read_csv('{file}', all_varchar = true, header = true, hive_partitioning = false)"
            duckdb.sql(f"copy (from {whole}) to '{file.with_suffix('.parquet')}' (format parquet)")
            file.unlink()


def open_shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> TextShop:
    shop = TextShop(folder / "files", folder / "sources" / "text_shop")
    for made in (shop.files, shop.mapping):
        made.mkdir(parents=True)
    (shop.mapping / "source.yml").write_text(SOURCE)
    environment = {
        "PROMOLIFT_DATA": str(folder / "data"),
        "PROMOLIFT_SOURCES": str(folder / "sources"),
        "PROMOLIFT_SOURCE": "text_shop",
        "PROMOLIFT_PII_KEY": "a key for tests alone",
        "TEXT_SHOP": str(shop.files),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return shop


def land(last: int, replace: bool = False) -> None:
    ingest.land(sources.load(), day(last), replace)


def refused(table: str) -> list[tuple[int, str]]:
    """Line and code of what is in quarantine, in the order of days, files and lines."""
    rows = tables.read(f"select line, reason_code from quarantine.{table} order by day, file, line").to_pylist()
    return [(row["line"], row["reason_code"]) for row in rows]


def quarantined(table: str) -> list[dict[str, Any]]:
    return tables.read(f"from quarantine.{table} order by day, file, line").to_pylist()


def landed(table: str, columns: str) -> list[tuple[Any, ...]]:
    rows = tables.read(f"select {columns} from landing.{table} order by all").to_pylist()
    return [tuple(row.values()) for row in rows]
