"""The public table of a gift shop's year, mapped: every line is accounted for, as the source's README says."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from warehouse import ingest, tables
from warehouse.settings import ROOT

FOLDER = os.environ.get("PROMOLIFT_ONLINE_RETAIL", "")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not FOLDER, reason="PROMOLIFT_ONLINE_RETAIL does not name the folder of the public table"),
]
AFTER = date(2011, 12, 10)
TABLE = f"read_parquet('{Path(FOLDER) / 'online_retail_2010_2011.parquet'}')"
FEES, STOCK = 153, 2_108


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("year")))
        monkeypatch.setenv("PROMOLIFT_SOURCES", str(ROOT / "sources"))
        monkeypatch.setenv("PROMOLIFT_SOURCE", "online_retail")
        ingest.run(AFTER)
        yield


def ask(sql: str) -> Any:
    return next(iter(tables.read(sql).to_pylist()[0].values()))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (TABLE, 541_909),
        (f"{TABLE} where CustomerID is null", 135_080),
        (f"{TABLE} where starts_with(InvoiceNo, 'C')", 9_288),
        ("landing.order_items", 530_494),
        ("landing.returns", 541_909 - 530_494 - FEES - STOCK),
        ("landing.orders", 19_948),
        ("landing.customers", 4_372),
        ("landing.order_items semi join landing.orders using (order_id)", 530_494),
        ("landing.order_items anti join landing.products using (product_id)", 0),
        ("landing.order_items where net_amount = 0", 407),
        ("quarantine.order_items", 0),
        ("quarantine.orders", 0),
        ("quarantine.returns", 0),
        ("landing.campaigns", 5),
        ("landing.offers", 13),
    ],
)
def test_every_row_is_accounted_for(year: None, rows: str, expected: int) -> None:
    assert ask(f"select count(*) from {rows}") == expected


def test_money_is_that_of_the_table(year: None) -> None:
    """What was sold less what came back, fees aside."""
    fees = f"from read_csv('{ROOT / 'sources' / 'online_retail' / 'codes.csv'}') where treatment = 'left out'"
    kept = f"{TABLE} where upper(StockCode) not in (select code {fees})"
    expected = ask(f"select sum(Quantity * UnitPrice) from {kept}")
    sold = ask("select sum(net_amount)::double from landing.order_items")
    back = ask("select sum(refund_amount)::double from landing.returns")
    assert sold - back == pytest.approx(expected, abs=0.01)


def test_most_of_what_came_back_is_linked_to_its_order(year: None) -> None:
    linked = "avg((order_id is not null)::integer) filter (where customer_id is not null)"
    assert ask(f"select {linked} from landing.returns") > 0.8
