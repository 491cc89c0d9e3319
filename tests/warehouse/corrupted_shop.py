"""A small shop of CSV, compressed CSV, Parquet and JSON lines, two days landed well and a third on its way: a world in
which one delivery can be corrupted, ingested, looked at and mended, over and over."""

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from simulator import files
from tests.simulator import little_shop
from warehouse import contract, faults, ingest, pii, settings, tables
from warehouse.connection import reading
from warehouse.errors import PromoliftError

DAYS = little_shop.DAYS[:3]
LAST = DAYS[-1]
NEXT = LAST + timedelta(days=1)
KEY = "a key for tests alone"
PERSONAL = ("@example.org", "+86100000")  # of e-mail addresses and telephone numbers in the customers' files
# A part of the contract, so that hundreds of deliveries are a matter of minutes.
TABLES = ("customers", "products", "orders", "order_items", "events", "ratings", "competitor_prices")
COMPRESSED, LINES_OF_JSON = "ratings", "competitor_prices"
JSON_SQL = """
select product_id, competitor, price_date, price, filename as file, day
from read_json(
    $folder || '/competitor_prices/day=*/*.jsonl',
    format = 'newline_delimited',
    columns = {product_id: 'varchar', competitor: 'varchar', price_date: 'varchar', price: 'varchar'},
    filename = true,
    hive_partitioning = true,
    hive_types = {'day': date}
)
where day between $first_day and $last_day
"""
Rows = dict[str, list[tuple[str, ...]]]


@dataclass(frozen=True)
class World:
    root: Path

    @property
    def shop(self) -> Path:
        return self.root / "shop"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def canary(self) -> Path:
        """A file outside every folder ingest works in."""
        return self.root / "outside" / "canary.csv"

    def file(self, table: str, day: date = LAST) -> Path:
        suffix = {COMPRESSED: "csv.gz", LINES_OF_JSON: "jsonl"}.get(table) or files.file_name(table).split(".")[1]
        return self.shop / table / f"day={day}" / f"{table}.{suffix}"

    def reset(self) -> None:
        """Two days landed, the third delivered well."""
        for name in ("shop", "data"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            shutil.copytree(self.root / "before" / name, self.root / name, copy_function=shutil.copy2)

    def mend(self) -> None:
        """Put the third day's delivery back as it was meant."""
        shutil.rmtree(self.shop)
        shutil.copytree(self.root / "before" / "shop", self.shop, copy_function=shutil.copy2)

    def landed(self) -> dict[str, bytes]:
        """Every landed file and manifest."""
        folders = [self.data / kind for kind in ("landing", "quarantine")]
        return {
            str(file.relative_to(self.data)): file.read_bytes()
            for folder in folders
            for file in sorted(folder.rglob("*"))
            if file.is_file() and file.name != "_source.json"
        }

    def outside(self) -> dict[str, bytes | None]:
        """Everything but the data folder, links not followed."""
        return {
            str(path.relative_to(self.root)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
            for path in self.root.rglob("*")
            if not path.is_relative_to(self.data)
        }


def content(table: str, day: date) -> bytes:
    """The good file of a table and day; the catalogue comes whole every day."""
    rows = files.with_change(table, little_shop.tables_of(DAYS[0] if table == "products" else day)[table])
    if table == LINES_OF_JSON:
        return "".join(json.dumps(row, default=str) + "\n" for row in rows.to_pylist()).encode()
    stream = io.BytesIO()
    files.write_table(stream, table, files.Soiled(rows))
    return gzip.compress(stream.getvalue(), mtime=0) if table == COMPRESSED else stream.getvalue()


def write_sources(root: Path) -> None:
    """The simulator's SQL for the tables of this shop, under a contract of these tables alone."""
    mapping = root / "sources" / "simulator"
    mapping.mkdir(parents=True)
    for name in ("source.yml", *(f"{table}.sql" for table in TABLES)):
        shutil.copy(settings.ROOT / "sources" / "simulator" / name, mapping)
    (mapping / f"{LINES_OF_JSON}.sql").write_text(JSON_SQL)
    entries = yaml.safe_load(contract.FILE.read_text())
    (root / "contract.yml").write_text(yaml.safe_dump({name: entries[name] for name in TABLES}, sort_keys=False))


def build(root: Path) -> World:
    world = World(root)
    world.canary.parent.mkdir()
    world.canary.write_text("customer_id\nnobody\n")
    for table in TABLES:
        for day in DAYS:
            world.file(table, day).parent.mkdir(parents=True)
            world.file(table, day).write_bytes(content(table, day))
    return world


@contextmanager
def entered(root: Path) -> Iterator[World]:
    """The world with its first two days landed, and the environment set to it."""
    write_sources(root)
    own = contract.load(root / "contract.yml")
    world = build(root)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(contract, "load", lambda: own)
        for name, value in {
            "PROMOLIFT_DATA": str(world.data),
            "PROMOLIFT_SOURCES": str(root / "sources"),
            "PROMOLIFT_SOURCE": "simulator",
            "PROMOLIFT_SIMULATION": str(world.shop),
            "PROMOLIFT_PII_KEY": KEY,
            "PROMOLIFT_MEMORY_LIMIT": "1GB",
            "PROMOLIFT_THREADS": "1",
        }.items():
            monkeypatch.setenv(name, value)
        ingest.run(LAST)
        for name in ("shop", "data"):
            shutil.copytree(root / name, root / "before" / name, copy_function=shutil.copy2)
        yield world


def deliver(replace: bool = False) -> PromoliftError | None:
    """Ingest as `python -m warehouse ingest` does; the sentence it ended with, if it failed."""
    try:
        with faults.explained():
            ingest.run(NEXT, replace=replace)
    except PromoliftError as error:
        return error
    return None


def rows_of(schema: str) -> Rows:
    """What stands in each table of a schema for the third day."""
    with reading() as connection:
        found = {
            table: connection.execute(f"from {schema}.{table} where day = date '{LAST}' order by all").fetchall()
            for table in TABLES
        }
    return {table: [tuple(map(str, row)) for row in rows] for table, rows in found.items()}


def places_in_quarantine(table: str) -> set[tuple[str, int | None]]:
    sql = f"select file, line from quarantine.{table} where day = date '{LAST}' and reason_code <> ''"
    return {(row["file"], row["line"]) for row in tables.read(sql).to_pylist()}


def personal_words_kept(world: World) -> list[str]:
    """Where planted personal values stand below the data folder, in files as they are and as their readers see them."""
    found = [
        str(file)
        for file in world.data.rglob("*")
        if file.is_file() and any(word.encode() in file.read_bytes() for word in PERSONAL)
    ]
    parquet = (file for file in world.data.rglob("*.parquet"))
    shown = [str(file) for file in parquet if any(word in str(pq.read_table(file).to_pydict()) for word in PERSONAL)]
    return found + shown


def text_of(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def readable_lines(text: bytes) -> dict[int, list[str]]:
    """The cells of the lines which any reader of CSV would take for a row of their own, by line."""
    csv.field_size_limit(len(text) + 1)
    reader = csv.reader(io.StringIO(text.decode(errors="replace"), newline=""), strict=False)
    found: dict[int, list[str]] = {}
    before = 0
    for cells in reader:
        if reader.line_num == before + 1:
            found[reader.line_num] = cells
        before = reader.line_num
    return found


def as_landed(table: str, cells: dict[str, Any]) -> tuple[str, ...]:
    """The key of a row of text as the landing holds it."""
    columns = {column.name: column for column in contract.load()[table].columns}
    secret = KEY.encode()
    return tuple(
        pii.pseudonym(cells[name], secret) if columns[name].pii == "hash" else cells[name]
        for name in contract.load()[table].key
    )
