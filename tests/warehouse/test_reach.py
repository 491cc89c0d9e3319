"""What the SQL of a source can read, and what it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.warehouse import text_shop
from tests.warehouse.text_shop import TextShop, land, landed, refused
from warehouse import landing, settings
from warehouse.errors import BadInput
from warehouse.settings import ROOT

LINE = "c1,p1,2024-05-01 10:00:00,2024-05-01,4,"
WAYS_OUT = [
    "csv_rows($folder || '/../truth/*.csv')",
    "csv_rows($folder || '/ratings/day=2024-05-01/../../../truth/ratings.csv')",
    "read_csv($folder || '/../truth/ratings.csv', filename = 'file', all_varchar = true)",
    "read_parquet($folder || '/../truth/*.parquet', filename = 'file')",
    "read_parquet($folder || '/linked.parquet', filename = 'file')",
    "read_parquet($folder || '/../*/ratings.parquet', filename = 'file')",
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TextShop:
    """A shop whose own rating is good, and beside it a truth that would fit as well."""
    shop = text_shop.open_shop(tmp_path, monkeypatch)
    shop.map_table("ratings")
    delivered = shop.deliver("ratings", 1, LINE)
    truth = tmp_path / "truth"
    truth.mkdir()
    (truth / "ratings.csv").write_text(delivered.read_text())
    rows = f"read_csv('{delivered}', all_varchar = true, hive_partitioning = false)"
    whole = f"select *, 1 as line, '2024-05-01' as day from {rows}"
    duckdb.sql(f"copy ({whole}) to '{truth / 'ratings.parquet'}' (format parquet)")
    (shop.files / "linked.parquet").symlink_to(truth / "ratings.parquet")
    return shop


def lead_out(shop: TextShop, rows: str) -> None:
    mapping = shop.mapping / "ratings.sql"
    start, _, rest = mapping.read_text().partition("csv_rows(")
    where = rest.partition("\n")[2] if "parquet" in rows else ""
    columns = start if "csv" not in rows else start.replace("line, day", "1 as line, date '2024-05-01' as day")
    mapping.write_text(f"{columns}{rows}\n{where}")


@pytest.mark.parametrize("rows", WAYS_OUT)
def test_no_path_leads_out_of_the_folder(shop: TextShop, rows: str) -> None:
    lead_out(shop, rows)
    with pytest.raises(BadInput, match=r"lies outside of the folders this source may read: its files and its mapping$"):
        land(1)
    assert landing.committed() == {}


@pytest.mark.parametrize("rows", WAYS_OUT)
def test_without_the_wall_each_of_them_would_have_led_out(
    shop: TextShop, monkeypatch: pytest.MonkeyPatch, rows: str
) -> None:
    monkeypatch.setattr("warehouse.reach.enclose", lambda connection, source: None)
    lead_out(shop, rows)
    land(1)
    assert landed("ratings", "product_id") == [("p1",)]


def test_it_is_one_sentence_and_a_code(shop: TextShop) -> None:
    lead_out(shop, WAYS_OUT[0])
    for words in (["ingest", "--day", "2024-05-02"], ["check-source"]):
        command = [sys.executable, "-m", "warehouse", *words]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
        assert "truth/*.csv lies outside of the folders this source may read" in done.stdout + done.stderr
    assert not settings.load().landing.exists()


def test_own_files_the_mapping_and_what_does_not_fit_into_memory_are_read(
    shop: TextShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMOLIFT_MEMORY_LIMIT", "120MB")
    (shop.mapping / "stars.csv").write_text("stars\n5\n")
    mapping = shop.mapping / "ratings.sql"
    sorted_rows = (
        "(select r from (select md5(r::varchar) as r from range(6000000) as n(r)) order by r limit 1 offset 5000000)"
    )
    stars = f"(select max(stars) + length({sorted_rows}) * 0 from read_csv($mapping || '/stars.csv')) as rating"
    mapping.write_text(mapping.read_text().replace(" rating,", f" {stars},"))
    land(1)
    assert landed("ratings", "rating") == [(5,)]
    assert refused("ratings") == []
    assert not (settings.load().data / "incoming" / "landing").exists()
