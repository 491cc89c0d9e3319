"""Nothing a whole run writes holds a name, an address, an e-mail, a telephone number or a customer id of the shop."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import Shop

pytestmark = pytest.mark.integration

# The shop's files hold all of them, some in searches and in rows whose columns were swapped.
PLANTED = ("@example.org", "+49-555-", "Example Street", "of Nowhere", "device-1", "DE00-", "shopper-", "stranger")
PATTERN = "|".join(map(re.escape, PLANTED))
# What these wrote on the way; a run without one of them would prove nothing.
WRITTEN_BY = {"landing", "quarantine", "warehouse", "published", "models", "reports", "dbt"}


def test_what_is_looked_for_is_in_what_the_shop_delivered(shop: Shop) -> None:
    delivered = "".join(file.read_text() for file in shop.files.glob("*.csv"))
    assert [word for word in PLANTED if word not in delivered] == []
    searches = (shop.files / "events.csv").read_text()
    assert "@example.org" in searches
    assert "+49-555-" in searches


def test_nothing_the_run_wrote_holds_personal_data_in_clear(shop: Shop) -> None:
    data = shop.after_first_day
    assert {folder.name for folder in data.iterdir()} >= WRITTEN_BY
    files = [file for file in data.rglob("*") if file.is_file()]
    assert [str(place.relative_to(data)) for place in [*bytes_with_it(files), *tables_with_it(files)]] == []


def bytes_with_it(files: list[Path]) -> Iterator[Path]:
    planted = re.compile(PATTERN.encode())
    return (file for file in files if any(planted.search(content) for content in contents(file)))


def contents(file: Path) -> Iterator[bytes]:
    """The bytes of a file, of an archive also those of its members."""
    yield file.read_bytes()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def tables_with_it(files: list[Path]) -> Iterator[Path]:
    """What Parquet and DuckDB files hold is compressed: their rows are asked."""
    parts: dict[Path, list[str]] = defaultdict(list)
    for file in files:
        if file.suffix == ".parquet":
            parts[file.parent.parent].append(str(file))
    with duckdb.connect() as connection:
        for folder, names in parts.items():
            if holds_it(connection, f"read_parquet({names}, union_by_name = true)"):
                yield folder
    for file in files:
        if file.suffix == ".duckdb":
            with duckdb.connect(str(file), read_only=True) as connection:
                tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
                assert tables, f"{file} holds no table"
                yield from (file for schema, name in tables if holds_it(connection, f'"{schema}"."{name}"'))


def holds_it(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    found = connection.execute(
        f"select count(*) from {rows} as t where regexp_matches(t::varchar, $words)", {"words": PATTERN}
    )
    return bool(found.fetchall()[0][0])


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    parquet, database, archive = (tmp_path / "day" / name for name in ("a.parquet", "b.duckdb", "c.npz"))
    parquet.parent.mkdir()
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table t as select 1 as n, 'mail shopper-01' as words from range(1000)")
        connection.execute(f"copy t to '{parquet}' (format parquet, compression zstd)")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("member", "12 Example Street " * 100)
    assert set(tables_with_it([parquet, database])) == {parquet.parent.parent, database}
    assert list(bytes_with_it([archive])) == [archive]
