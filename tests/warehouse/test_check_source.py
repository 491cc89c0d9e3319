"""What is told of a source before anything is landed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.warehouse.test_ingest import files_of
from warehouse import check_source, contract, ingest, scaffold, settings, sources
from warehouse.check_report import Finding
from warehouse.errors import BadInput
from warehouse.settings import ROOT

pytestmark = pytest.mark.integration

FIRST_DAY, SECOND_DAY = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A freshly made source; whatever a test asks, nothing is written."""
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "myshop")
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PROMOLIFT_PII_KEY", raising=False)
    yield scaffold.create("myshop")
    assert not settings.load().data.exists()
    assert os.environ["PROMOLIFT_DATA"] == str(tmp_path / "data")


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def look(day: date | None = None) -> dict[str, Finding]:
    return {finding.table.name: finding for finding in check_source.look(sources.load(), day)}


def told(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "warehouse", "check-source", *words]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)


def test_a_source_that_fits_is_told_and_nothing_is_written(shop: Path) -> None:
    before = files_of(shop)
    done = told("myshop")
    assert done.returncode == 0, done.stderr
    assert "orders" in done.stdout
    assert "8 of 8 columns fit" in done.stdout
    assert files_of(shop) == before


def test_days_and_rows_are_counted_and_the_newest_delivery_is_looked_at(shop: Path) -> None:
    found = look()
    assert found["orders"].rows_by_day == {FIRST_DAY: 1, SECOND_DAY: 1}
    assert [(row["order_id"], found["orders"].day) for row in found["orders"].sample] == [("1002", SECOND_DAY)]
    assert found["products"].day == FIRST_DAY, "the newest delivery of the table itself"


def test_another_day_can_be_looked_at(shop: Path) -> None:
    found = look(FIRST_DAY)
    assert [row["order_id"] for row in found["orders"].sample] == ["1001"]
    assert (found["order_items"].good, found["order_items"].quarantined) == (2, [])


def test_personal_values_are_shown_as_ingest_would_land_them(shop: Path) -> None:
    done = told("myshop", "--day", "2026-03-01")
    assert [word for word in ("example.org", "=C1", "=C2") if word in done.stdout + done.stderr] == []
    (row, *_) = look()["customers"].sample
    assert len(row["customer_id"]) == len(row["email"]) == 20
    assert "name" not in row


def test_what_a_table_that_is_not_mapped_switches_off_is_told(shop: Path) -> None:
    done = told("myshop")
    lacking = [table for table in contract.load().values() if not table.required]
    assert [table.name for table in lacking if f"{table.name}: {table.without}" not in done.stdout] == []


def test_a_required_table_that_is_not_there_is_an_error(shop: Path) -> None:
    (shop / "products.sql").unlink()
    done = told("myshop")
    assert done.returncode == 65
    assert done.stderr.splitlines() == ["BadInput: myshop cannot be landed yet: products.sql is missing"]


def test_a_column_under_another_name_is_told_with_the_nearest(shop: Path) -> None:
    change(shop / "order_items.sql", "as net_amount", "as net_amout")
    assert look()["order_items"].faults == [
        "myshop/order_items.sql lacks the column net_amount; did you mean `net_amout`?"
    ]
    assert told("myshop").returncode == 65


def test_every_column_that_does_not_fit_is_told_at_once(shop: Path) -> None:
    change(shop / "orders.sql", "channel as channel,", "1.5::double as channel,")
    change(shop / "orders.sql", "null::varchar as store_id,", "")
    assert look()["orders"].faults == [
        "myshop/orders.sql lacks the column store_id",
        "myshop/orders.sql gives channel as DOUBLE, the contract says varchar",
    ]


def test_a_column_the_file_does_not_have_is_told_with_those_it_has(shop: Path) -> None:
    change(shop / "order_items.sql", "net_amount as", "netamount as")
    (fault,) = look()["order_items"].faults
    assert re.fullmatch(
        r"myshop/order_items\.sql cannot be read: the column netamount is not in what it reads "
        r"\(.*net_amount.*\); did you mean `net_amount`\?",
        fault,
    )


@pytest.mark.parametrize("table", ["orders", "order_items"])
def test_a_column_the_files_call_otherwise_is_told_with_the_nearest(shop: Path, table: str) -> None:
    for file in (shop / "files" / table).glob("*/*.csv"):
        change(file, "order_id", "order_no")
    expected = rf"{table}\.sql cannot be read: the column order_id is not in what it reads .*did you mean `order_no`\?$"
    (fault,) = look()[table].faults
    assert re.search(expected, fault)
    with pytest.raises(BadInput, match=expected):
        ingest.land(sources.load(), SECOND_DAY)
    shutil.rmtree(settings.load().data)


def test_columns_of_the_files_that_the_sql_never_mentions_are_told_once(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (shop / "files" / "products").glob("*/*.csv"):
        header, *rows = file.read_text().splitlines()
        file.write_text("\n".join([f"{header},Shelf Mark,vat", *(f"{row},A1,19" for row in rows), ""]))
    change(shop / "products.sql", "select\n", "select  -- without vat\n")
    assert look()["products"].unread == ["Shelf Mark", "vat"]
    assert not any(finding.unread for finding in look().values() if finding.table.name != "products")
    assert "ignored, the SQL does not mention them: Shelf Mark, vat of the files" in told("myshop").stdout
    ingest.land(sources.load(), SECOND_DAY)
    assert [line for line in capsys.readouterr().out.splitlines() if "warning" in line] == [
        "  warning: myshop/products.sql mentions no Shelf Mark, vat of its files: ignored"
    ]
    shutil.rmtree(settings.load().data)


def test_a_value_the_sql_stumbles_over_is_not_repeated_when_it_is_personal(shop: Path) -> None:
    file = shop / "files" / "customers" / f"day={FIRST_DAY}" / "customers.csv"
    address = next(word for word in file.read_text().replace("\n", ",").split(",") if "@" in word)
    change(shop / "customers.sql", "email as email", "email::integer::varchar as email")
    done = told("myshop")
    assert (done.returncode, len(done.stderr.splitlines())) == (65, 1)
    assert "[removed]" in done.stderr
    assert address not in done.stdout + done.stderr
    with pytest.raises(BadInput, match=r"customers\.sql cannot be read: .*\[removed\]") as caught:
        ingest.land(sources.load(), SECOND_DAY)
    assert address not in str(caught.value)
    shutil.rmtree(settings.load().data)


def test_a_file_that_is_not_there_is_told(shop: Path) -> None:
    change(shop / "products.sql", "/products/day=*", "/goods/day=*")
    pattern = shop / "files" / "goods" / "day=*" / "*.csv"
    (fault,) = look()["products"].faults
    assert fault == f"myshop/products.sql cannot be read: a file is not there: no files found that match {pattern}"


def test_a_column_nobody_asked_for_is_told_and_no_error(shop: Path) -> None:
    change(shop / "orders.sql", "channel as channel,", "channel as channel, 'red' as colour,")
    found = look()["orders"]
    assert (found.ignored, found.hindrance, found.good) == (["colour"], None, 1)


def test_rows_that_would_be_quarantined_are_counted_with_their_reason(shop: Path) -> None:
    file = shop / "files" / "order_items" / f"day={SECOND_DAY}" / "order_items.csv"
    file.write_text(file.read_text() + "1002,2,P2,-1,9.00\n9999,1,P2,1,9.00\n1002,3\n")
    found = look()["order_items"]
    assert found.good == 1
    counts = {code: count for code, _, count in found.quarantined}
    assert counts == {"out_of_range": 1, "unknown_reference": 1, "unreadable_line": 1}
    assert found.hindrance is None


def test_a_required_table_without_a_good_row_is_an_error(shop: Path) -> None:
    change(shop / "orders.sql", "order_id as order_id", "null::varchar as order_id")
    with pytest.raises(BadInput, match=r"cannot be landed yet: no row of orders on 2026-03-02 is good \(and 1 more\)"):
        check_source.run("myshop", None, Console(file=StringIO()))


def test_rows_without_a_day_are_told(shop: Path) -> None:
    change(shop / "products.sql", "    day\n", "    null::date as day\n")
    change(shop / "products.sql", "where day between $first_day and $last_day", "")
    assert look()["products"].faults == ["myshop/products.sql gives 2 rows without a day"]


def test_columns_without_any_value_are_told_with_what_that_means(shop: Path) -> None:
    change(shop / "products.sql", "cost as cost", "null::decimal(18, 4) as cost")
    assert "cost" in look()["products"].empty
    assert "without cost: Margins rest on an assumed rate." in told("myshop").stdout


def test_an_unknown_source_is_one_sentence(shop: Path) -> None:
    done = told("yourshop")
    assert done.returncode == 65
    assert "there is no source 'yourshop'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
