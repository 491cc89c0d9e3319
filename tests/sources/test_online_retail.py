"""The mapping of a gift shop's invoices, on a hand-made table with every quirk of the public one."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml import parameters
from warehouse import contract, ingest, pii, sources, tables
from warehouse.settings import ROOT

pytestmark = pytest.mark.integration
FILE = "online_retail_2010_2011.parquet"
SUMMER = datetime(2011, 7, 4, 10, 15)
WINTER = datetime(2011, 1, 10, 9, 30)
AFTER = date(2011, 12, 10)
Line = tuple[str, str, str | None, int, datetime, float, int | None, str]
UK = "United Kingdom"

QUIRKS: list[Line] = [
    # a customer of two lines, rung up over two minutes, one of them twice; codes differ in case
    ("536365", "85123a", "WHITE HANGING HEART T-LIGHT HOLDER", 6, SUMMER, 2.55, 17850, UK),
    ("536365", "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 6, SUMMER + timedelta(minutes=1), 2.55, 17850, UK),
    ("536365", "84029G", "KNITTED UNION FLAG HOT WATER BOTTLE", 2, SUMMER, 3.39, 17850, UK),
    ("536365", "POST", "POSTAGE", 1, SUMMER, 18.0, 17850, UK),
    # part of it comes back, and something the customer never bought here
    ("C536400", "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", -4, SUMMER + timedelta(days=2), 2.55, 17850, UK),
    ("C536400", "22086", "PAPER CHAIN KIT 50'S CHRISTMAS", -1, SUMMER + timedelta(days=2), 2.95, 17850, UK),
    ("C536401", "D", "Discount", -1, SUMMER + timedelta(days=3), 5.0, 17850, UK),
    # nobody's basket, with a line given away
    ("536366", "22086", "PAPER CHAIN KIT 50'S CHRISTMAS", 3, WINTER, 2.95, None, UK),
    ("536366", "22197", "POPCORN HOLDER", 1, WINTER, 0.0, None, UK),
    # a gift to a customer
    ("536367", "22197", "POPCORN HOLDER", 1, WINTER, 0.0, 12583, "France"),
    # bookings of stock, found and lost
    ("536368", "22197", "found", 12, WINTER, 0.0, None, UK),
    ("536369", "22197", None, -30, WINTER, 0.0, None, UK),
    # bad debt, a marketplace's fee, and what is simply wrong
    ("A563185", "B", "Adjust bad debt", 1, SUMMER, 11062.06, None, UK),
    ("A563186", "B", "Adjust bad debt", 1, SUMMER, -11062.06, None, UK),
    ("C536402", "AMAZONFEE", "AMAZON FEE", -1, SUMMER, 13541.33, None, UK),
    ("536370", "22197", "POPCORN HOLDER", 2, SUMMER, -0.85, 12583, "France"),
    ("536371", "22197", "POPCORN HOLDER", -2, SUMMER, 0.85, 12583, "France"),
    # one sold under a wrong name first, on the same day, and late in the evening
    ("536372", "21700", "wrongly coded", 1, SUMMER, 1.0, 12583, "France"),
    ("536373", "21700", "BIG DOUGHNUT FRIDGE MAGNETS", 1, SUMMER, 0.85, 12583, "France"),
    ("536374", "21700", "BIG DOUGHNUT FRIDGE MAGNETS", 1, SUMMER.replace(hour=23, minute=30), 0.85, 12583, "France"),
]
USUAL: list[Line] = [
    (str(540000 + number), "22423", "REGENCY CAKESTAND 3 TIER", 1 + number % 4, WINTER + timedelta(days=number), 12.75,
     13000 + number % 9, UK)
    for number in range(180)
]  # fmt: skip


def write(folder: Path, lines: list[Line]) -> None:
    names = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
    words, number = pa.string(), pa.int32()
    kinds = (words, words, words, number, pa.timestamp("us"), pa.float64(), number, words)
    columns = zip(zip(*lines, strict=True), kinds, strict=True)
    pq.write_table(pa.table([pa.array(column, kind) for column, kind in columns], names=names), folder / FILE)


def landed(data: Path, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source landed to its last day, from the folder of files."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(data))
    monkeypatch.setenv("PROMOLIFT_SOURCES", str(ROOT / "sources"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "online_retail")
    monkeypatch.setenv("PROMOLIFT_ONLINE_RETAIL", str(files))
    ingest.run(AFTER)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("gift_shop")
    write(folder, QUIRKS + USUAL)
    with pytest.MonkeyPatch.context() as monkeypatch:
        landed(folder / "data", folder, monkeypatch)
        yield


def rows(sql: str) -> list[dict[str, Any]]:
    return tables.read(sql).to_pylist()


def ask(sql: str) -> Any:
    return next(iter(rows(sql)[0].values()))


def hashed(customer: str) -> str:
    return pii.pseudonym(customer, pii.key())


def test_an_invoice_is_an_order_from_its_first_minute_by_the_shops_clock(small: None) -> None:
    order = rows("select * from landing.orders where order_id = '536365'")[0]
    assert order["customer_id"] == hashed("17850")
    assert order["ordered_at"] == SUMMER - timedelta(hours=1)  # British Summer Time
    assert ask("select ordered_at from landing.orders where order_id = '536366'") == WINTER
    late = rows("select order_date, day from landing.orders where order_id = '536374'")[0]
    assert set(late.values()) == {SUMMER.date()}


def test_a_line_that_stands_twice_was_rung_up_twice(small: None) -> None:
    lines = rows("select * from landing.order_items where order_id = '536365' order by line_number")
    assert [line["line_number"] for line in lines] == [1, 2, 3, 4]
    assert [line["product_id"] for line in lines] == ["84029G", "85123A", "85123A", "POST"]
    assert float(sum(line["net_amount"] for line in lines)) == pytest.approx(2 * 3.39 + 12 * 2.55 + 18)


def test_what_comes_back_is_a_return_of_the_latest_purchase_before_it(small: None) -> None:
    found = {row["return_id"]: row for row in rows("select * from landing.returns")}
    assert set(found) == {"C536400-1", "C536400-2", "C536401-1"}
    unknown, known = found["C536400-1"], found["C536400-2"]
    assert (known["product_id"], known["order_id"], known["line_number"]) == ("85123A", "536365", 3)
    assert (known["quantity"], float(known["refund_amount"])) == (4, pytest.approx(4 * 2.55))
    assert (unknown["product_id"], unknown["order_id"], unknown["line_number"]) == ("22086", None, None)
    assert ask("select count(*) from landing.order_items where starts_with(order_id, 'C')") == 0


def test_nobodys_basket_and_goods_given_away_stay(small: None) -> None:
    assert ask("select customer_id from landing.orders where order_id = '536366'") is None
    given = rows("select order_id from landing.order_items where net_amount = 0 order by all")
    assert [row["order_id"] for row in given] == ["536366", "536367"]


@pytest.mark.parametrize("order", ["536368", "536369", "A563185", "A563186", "C536402"])
def test_bookings_of_stock_and_fees_are_no_trade(small: None, order: str) -> None:
    for table in ("landing.orders", "landing.order_items", "quarantine.order_items"):
        assert ask(f"select count(*) from {table} where order_id = '{order}'") == 0
    assert ask(f"select count(*) from landing.returns where return_id like '{order}%'") == 0


def test_what_is_wrong_goes_to_quarantine_with_its_row(small: None) -> None:
    refused = rows("select order_id, reason_code, file, line from quarantine.order_items order by all")
    wrong = [place for place, line in enumerate(QUIRKS, start=1) if line[0] in {"536370", "536371"}]
    assert [(row["order_id"], row["line"]) for row in refused] == [("536370", wrong[0]), ("536371", wrong[1])]
    assert {(row["reason_code"], row["file"]) for row in refused} == {("out_of_range", FILE)}


def test_products_are_grouped_by_their_words_and_charges_are_no_goods(small: None) -> None:
    found = {row["product_id"]: row for row in rows("select * from landing.products")}
    assert {code: row["category"] for code, row in found.items()} == {
        "85123A": "Candles and lights",
        "84029G": "Warmers",
        "22086": "Christmas",
        "22197": "Party",
        "21700": "Cards and stationery",
        "22423": "Baking and pantry",
        "POST": "Charges",
    }
    assert found["21700"]["name"] == "Big doughnut fridge magnets"
    assert "Charges" in parameters.load().shop.excluded_departments


def test_customers_are_delivered_on_the_day_they_are_first_seen(small: None) -> None:
    found = rows(f"select region, day from landing.customers where customer_id = '{hashed('12583')}'")
    assert found == [{"region": "France", "day": WINTER.date()}]


def test_offers_cover_what_has_been_sold_of_their_category(small: None) -> None:
    scopes = rows("select offer_id, product_id from landing.offer_products where offer_id like 'XMAS%' order by all")
    assert [(row["offer_id"], row["product_id"]) for row in scopes] == [
        ("XMAS-DECO", "22086"),
        ("XMAS-LIGHT", "85123A"),
        ("XMAS-WARM", "84029G"),
    ]
    assert ask("select count(*) from landing.offer_products where product_id = 'POST'") == 0


def test_every_offer_belongs_to_a_campaign_and_to_a_group_that_words_make(small: None) -> None:
    mapping = ROOT / "sources" / "online_retail"
    scopes = f"select category from read_csv('{mapping}/offers.csv') where category is not null"
    assert rows(f"{scopes} except select category from read_csv('{mapping}/words.csv')") == []
    assert ask("select count(*) from landing.offers") == ask(f"select count(*) from read_csv('{mapping}/offers.csv')")
    default = sources.load().default_day
    assert ask(f"select count(*) from landing.offers where date '{default}' between valid_from and valid_until") == 13


def test_the_second_landing_finds_nothing_new(small: None, capsys: pytest.CaptureFixture[str]) -> None:
    ingest.run(AFTER)
    assert "has landed before" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["events", "ratings", "stock", "competitor_prices", "consents", "exposures"])
def test_what_the_shop_does_not_have_is_empty(small: None, table: str) -> None:
    assert table in contract.load()
    assert ask(f"select count(*) from landing.{table}") == 0
