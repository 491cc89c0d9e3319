"""Whoever sends the offers finds its own customers in the published tables."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from tests.tiny_world import people
from tests.tiny_world.world import TinyWorld
from warehouse import ingest, pii, settings, shop_ids, tables
from warehouse.errors import BadInput, NotAvailable


def pseudonyms_of(*lines: str) -> str:
    out = StringIO()
    shop_ids.write_pseudonyms(lines, out)
    return out.getvalue()


def test_every_id_gets_the_name_it_has_in_the_tables(tiny_world: TinyWorld) -> None:
    listed = "".join(f"{customer.shop_id}\n" for customer in people.CUSTOMERS)
    words = [sys.executable, "-m", "warehouse", "pseudonyms"]
    said = subprocess.run(words, input=listed, capture_output=True, text=True, check=True, cwd=settings.ROOT).stdout
    rows = dict(line.split(",") for line in said.splitlines())
    assert rows.pop("id") == "customer_id"
    assert list(rows) == listed.split()
    landed = tables.read("select distinct customer_id from landing.customers")["customer_id"].to_pylist()
    assert sorted(rows.values()) == sorted(landed)


def test_ids_may_come_from_a_file_and_hold_anything(tiny_world: TinyWorld, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text('7\r\n\nM\u00fcller, "A"\n', newline="")
    words = [sys.executable, "-m", "warehouse", "pseudonyms", str(file)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=settings.ROOT).stdout
    named = people.pseudonym('M\u00fcller, "A"')
    assert said == f'id,customer_id\n7,{people.pseudonym("7")}\n"M\u00fcller, ""A""",{named}\n'


def test_names_by_another_key_are_refused(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_PII_KEY", "another key")
    with pytest.raises(BadInput, match="the same person would get two names"):
        pseudonyms_of("shopper-01")


def test_a_folder_without_data_gets_no_key_by_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOLIFT_PII_KEY", raising=False)
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="before the first ingest"):
        pseudonyms_of("shopper-01")
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_one_folder_names_customers_of_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOLIFT_PII_KEY", raising=False)
    names = set()
    for name in ("one", "two"):
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / name))
        names.add(pii.pseudonym("shopper-01", pii.key()))
    assert len(names) == 2


@pytest.mark.integration
def test_a_rotated_key_gives_the_same_customers_other_names(
    tiny_world: TinyWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Landed anew in a second folder, as docs/how-to/protect-personal-data.md says; the first stays as it is."""
    counted = "select count(distinct customer_id) as n, count(*) as versions from landing.customers"
    before = tables.read(counted).to_pylist()
    old = tables.read("select distinct customer_id from landing.orders")["customer_id"].to_pylist()
    monkeypatch.setenv("PROMOLIFT_PII_KEY", "the key after")
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "second"))
    ingest.run(tiny_world.day)
    assert tables.read(counted).to_pylist() == before
    new = tables.read("select distinct customer_id from landing.orders")["customer_id"].to_pylist()
    assert len(new) == len(old) > 1
    assert set(new) & set(old) == {None}  # of the anonymous order
