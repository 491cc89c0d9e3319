"""Ingest on the tiny world: what lands, what does not, and what happens when it is asked again."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.tiny_world import people, world
from tests.tiny_world.world import TinyWorld
from warehouse import contract, ingest, landing, redelivery, runs, settings, tables
from warehouse.connection import writing
from warehouse.errors import BadInput, NotAvailable

ONE_DAY = timedelta(days=1)


def count(table: str, condition: str = "true") -> int:
    return int(tables.read(f"select count(*) as n from {table} where {condition}").to_pylist()[0]["n"])


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_every_contract_table_has_landed(tiny_world: TinyWorld) -> None:
    assert {table for table in contract.load() if count(f"landing.{table}") == 0} == set()


def test_rows_land_under_the_day_they_arrived_and_only_before_the_day_of_the_run(tiny_world: TinyWorld) -> None:
    newest = tables.read("select max(day) as newest from landing.orders").to_pylist()[0]["newest"]
    assert newest == tiny_world.day - ONE_DAY
    assert count("landing.orders", "day = order_date + 3") > 0
    assert count("landing.orders", "day < order_date") == 0


def test_dirty_rows_are_in_quarantine_with_their_reason(tiny_world: TinyWorld) -> None:
    sql = " union all ".join(
        f"select '{table}' as name, reason, file, count(*) as n from quarantine.{table} group by all"
        for table in contract.load()
    )
    found = tables.read(sql).to_pylist()
    assert {(row["name"], row["reason"]): row["n"] for row in found} == tiny_world.expected_quarantine
    assert {row["file"] for row in found} == {f"{table}.csv" for table, _ in tiny_world.expected_quarantine}


def test_every_delivered_row_is_landed_or_in_quarantine(tiny_world: TinyWorld) -> None:
    for table in contract.load():
        lines = (tiny_world.files / f"{table}.csv").read_text().splitlines()
        place = lines[0].split(",").index("day")
        delivered = sum(line.split(",")[place] < str(tiny_world.day) for line in lines[1:])
        assert count(f"landing.{table}") + count(f"quarantine.{table}") == delivered, table


def test_strange_rows_that_the_contract_allows_are_kept(tiny_world: TinyWorld) -> None:
    assert count("landing.orders", "order_id = 'odd-1' and customer_id is null") == 1
    assert count("landing.orders", f"customer_id = '{people.pseudonym('stranger')}'") == 1
    assert count("landing.order_items", "product_id = 'unlisted'") == 2


def test_a_table_without_rows_is_typed_and_empty(tiny_world: TinyWorld) -> None:
    types = tables.read("select typeof(day) as day, typeof(reason) as reason from quarantine.redemptions").schema
    assert types.names == ["day", "reason"]
    assert count("quarantine.redemptions") == 0


def test_a_column_newer_than_the_files_is_empty(tiny_world: TinyWorld) -> None:
    with writing() as connection:
        landing.create_view(connection, "landing", "stock", {"product_id": "varchar", "shelf": "varchar"})
    assert count("landing.stock", "product_id is not null and shelf is null") == count("landing.stock") > 0


def test_personal_data_reach_no_file(tiny_world: TinyWorld) -> None:
    planted = ("@example.org", "+49-555-", "Example Street", "of Nowhere", "device-", "DE00-", "shopper-", "stranger")
    delivered = "".join(text.decode() for text in files_of(tiny_world.files).values())
    assert [word for word in planted if word not in delivered] == []
    values = "".join(
        str(row)
        for table in ("customers", "orders", "events")
        for schema in ("landing", "quarantine")
        for row in tables.read(f"from {schema}.{table}").to_pylist()
    )
    assert [word for word in planted if word in values] == []
    content = b"".join(files_of(tiny_world.data).values())
    assert [word for word in planted if word.encode() in content] == []


def test_the_same_person_has_the_same_hash_and_it_is_no_plain_digest(tiny_world: TinyWorld) -> None:
    moved = people.CUSTOMERS[1]
    versions = tables.read("select email from landing.customers where customer_id = $id", {"id": moved.id}).to_pylist()
    assert versions == [{"email": people.pseudonym("customer2@example.org")}] * 2
    digest = hashlib.sha256(b"customer2@example.org").hexdigest()
    assert count("landing.customers", f"starts_with('{digest}', email)") == 0


def test_landing_again_changes_no_byte(tiny_world: TinyWorld) -> None:
    before = files_of(settings.load().landing) | files_of(settings.load().quarantine)
    ingest.run(tiny_world.day)
    assert files_of(settings.load().landing) | files_of(settings.load().quarantine) == before


@pytest.mark.integration
def test_day_by_day_gives_what_one_pass_gives(tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = landing.committed()
    monkeypatch.setenv("PROMOLIFT_DATA", str(tiny_world.data.with_name("slowly")))
    for first in (
        date(2024, 1, 2),
        date(2024, 2, 20),
        date(2024, 4, 10),
        *(date(2024, 4, day) for day in range(11, 31)),
    ):
        ingest.run(first)
    ingest.run(tiny_world.day)
    assert landing.committed() == at_once


def test_a_touched_file_with_the_same_content_is_the_same_delivery(tiny_world: TinyWorld) -> None:
    before = landing.committed()
    os.utime(tiny_world.files / "orders.csv", ns=(1, 1))
    ingest.run(tiny_world.day)
    assert landing.committed() == before


def test_rows_in_another_order_are_the_same_delivery(tiny_world: TinyWorld) -> None:
    before = landing.committed()
    file = tiny_world.files / "stock.csv"
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([head, *reversed(rows)]) + "\n")
    ingest.run(tiny_world.day)
    assert landing.committed() == before


def test_a_changed_delivery_is_refused_and_nothing_changes(tiny_world: TinyWorld) -> None:
    before = files_of(settings.load().landing)
    change(tiny_world.files / "stock.csv", ",20,1,", ",21,1,")
    with pytest.raises(BadInput, match=r"delivers stock of 2024-01-01 differently .* --replace"):
        ingest.run(tiny_world.day)
    assert files_of(settings.load().landing) == before


def test_a_changed_delivery_lands_when_it_is_meant(tiny_world: TinyWorld) -> None:
    change(tiny_world.files / "stock.csv", ",20,1,", ",21,1,")
    before = landing.committed()
    ingest.run(tiny_world.day, replace=True)
    after = landing.committed()
    assert [day for day in after if after[day] != before[day]] == [people.FIRST_DAY]
    assert count("landing.stock", "units_on_hand = 21 and day = date '2024-01-01'") > 0
    ingest.run(tiny_world.day)


def test_a_landing_whose_note_of_the_source_is_lost_is_compared_anew(
    tiny_world: TinyWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.load().landing / "_source.json").unlink()
    before = landing.committed()
    ingest.run(tiny_world.day)
    assert "comparing what they deliver with what has landed" in capsys.readouterr().out
    assert landing.committed() == before
    ingest.run(tiny_world.day)
    assert "comparing" not in capsys.readouterr().out


def test_rows_after_the_day_do_not_change_what_has_landed(tiny_world: TinyWorld) -> None:
    before = landing.committed()
    file = tiny_world.files / "stock.csv"
    newest = file.read_text().splitlines()[-1].replace("s1", "s7").replace("s2", "s7").replace("s9", "s7")
    with file.open("a", newline="") as stream:
        stream.write(newest.rsplit(",", 1)[0] + ",2024-05-20\r\n")
    ingest.run(tiny_world.day)
    assert landing.committed() == before


def test_the_future_of_a_replay_leaves_the_fingerprint_of_the_run_alone(tiny_world: TinyWorld) -> None:
    before = landing.fingerprint(tiny_world.day)
    ingest.land_until(tiny_world.day + 27 * ONE_DAY)
    assert max(landing.committed()) == tiny_world.day + 27 * ONE_DAY
    assert landing.fingerprint(tiny_world.day) == before


def test_the_run_is_recorded(tiny_world: TinyWorld) -> None:
    row = tables.read("from ml.runs").to_pylist()[0]
    assert row["run_id"] == runs.run_id(tiny_world.day) == "tiny_world-2024-05-01"
    assert row["data_fingerprint"] == landing.fingerprint(tiny_world.day)


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2024, 1, 1), date(2024, 5, 31)])
def test_a_day_outside_the_data_is_refused(tiny_world: TinyWorld, day: date) -> None:
    with pytest.raises(NotAvailable, match=r"the (first|last) day to run is 2024-0(1-02|5-30)"):
        ingest.run(day)


def test_a_living_shop_waits_for_a_delivery_that_is_not_there(
    tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tiny_world.data.with_name("sources")
    shutil.copytree(world.SOURCES, sources)
    file = sources / "tiny_world" / "source.yml"
    living = {
        key: value for key, value in yaml.safe_load(file.read_text()).items() if key not in {"last_day", "replay"}
    }
    file.write_text(yaml.safe_dump(living))
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(sources))
    ingest.run(people.LAST_DAY + 5 * ONE_DAY)
    assert max(landing.committed()) == people.LAST_DAY


def kill_when(words: list[str], is_time: Callable[[], bool]) -> bool:
    """Start a command and kill it (SIGKILL) at a moment; whether it was killed before it ended."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if is_time():
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        return process.wait() == -signal.SIGKILL


@pytest.mark.integration
@pytest.mark.parametrize("moment", ["writing", "committing"])
def test_a_killed_ingest_is_made_good_by_the_next(
    tiny_world: TinyWorld, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    undisturbed = landing.committed()
    monkeypatch.setenv("PROMOLIFT_DATA", str(tiny_world.data.with_name("killed")))
    moments = {
        "writing": lambda: (landing.incoming() / "landing" / "events").exists(),
        "committing": lambda: any(landing.manifests_folder().glob("2024-02-*.json")),
    }
    words = [sys.executable, "-m", "warehouse", "ingest", "--day", str(tiny_world.day)]
    assert kill_when(words, moments[moment])
    assert len(landing.committed()) < len(undisturbed)
    ingest.run(tiny_world.day)
    assert landing.committed() == undisturbed
    assert not landing.incoming().exists()
    for table in contract.load():
        assert count(f"landing.{table}") == sum(day[table].rows for day in undisturbed.values() if table in day)


def test_fingerprints_of_another_duckdb_are_doubted() -> None:
    assert "differ from those of 1.2.0" in redelivery.doubt({"duckdb": "1.2.0"})
    assert redelivery.doubt({"duckdb": duckdb.__version__}) == redelivery.doubt({}) == ""
