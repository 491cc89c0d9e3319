"""Bad rows of a delivery: each test breaks one thing and asks for the code and the place it gets."""

from pathlib import Path

import pytest

from tests.warehouse import text_shop
from tests.warehouse.text_shop import TextShop, land, landed, quarantined, refused
from warehouse import arrival, contract, ingest, landing, settings, tables
from warehouse.connection import writing
from warehouse.errors import BadInput
from warehouse.pii import key, pseudonym

RATING = ("customer_id", "product_id", "rated_at", "rating_date", "rating", "change")
EVENT = [column.name for column in contract.load()["events"].columns]
GOOD = "c1,p1,2024-05-01 10:00:00,2024-05-01,4,"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TextShop:
    return text_shop.open_shop(tmp_path, monkeypatch)


@pytest.fixture
def ratings(shop: TextShop) -> TextShop:
    shop.map_table("ratings")
    return shop


def event(**values: str) -> str:
    usual = {"event_id": "e1", "event_type": "view", "occurred_at": "2024-05-01 10:00:00", "event_date": "2024-05-01"}
    given = usual | values
    return ",".join(given.get(name, "") for name in EVENT)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("c1,,2024-05-01 10:00:00,2024-05-01,4,", "missing_value"),
        ('c1,"",2024-05-01 10:00:00,2024-05-01,4,', "missing_value"),
        ("c1,p2,noon,2024-05-01,4,", "wrong_type"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-01,four,", "wrong_type"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-01,nan,", "wrong_type"),
        ("c1,p2\0,2024-05-01 10:00:00,2024-05-01,4,", "wrong_type"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-01,9,", "out_of_range"),
        ("c1,p2,2024-05-01 10:00:00,-infinity,4,", "out_of_range"),
        ("c1,p2,infinity,2024-05-01,4,", "out_of_range"),
        ("c1,p2,2024-05-01 10:00:00,200000-01-01,4,", "out_of_range"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-01,4,undo", "not_listed"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-02,4,", "after_delivery"),
        ("c1,p2,2024-05-03 00:00:00,2024-05-01,4,", "after_delivery"),
        (GOOD, "duplicate_key"),
        ("c1,p2,2024-05-01 10:00:00", "unreadable_line"),
        ("c1,p2,2024-05-01 10:00:00,2024-05-01,4,,surplus", "unreadable_line"),
        ('"c1"x,p2,2024-05-01 10:00:00,2024-05-01,4,', "unreadable_line"),
    ],
)
def test_a_bad_row_gets_its_code_and_line(ratings: TextShop, line: str, code: str) -> None:
    ratings.deliver("ratings", 1, GOOD, line, "c1,p3,2024-05-01 10:00:00,2024-05-01,4,")
    land(1)
    assert refused("ratings") == [(3, code)]
    assert {row["file"] for row in quarantined("ratings")} == {"ratings/day=2024-05-01/ratings.csv"}
    assert landed("ratings", "product_id") == [("p1",), ("p3",)]


@pytest.mark.parametrize("moment", ["2024-05-02 23:59:00", "2024-05-01 10:00:00+02:00"])
def test_a_moment_may_be_a_day_ahead_of_the_shops_calendar(ratings: TextShop, moment: str) -> None:
    ratings.deliver("ratings", 1, f"c1,p1,{moment},2024-05-01,4,")
    land(1)
    assert refused("ratings") == []


def test_a_number_that_no_shop_counts_is_out_of_range(shop: TextShop) -> None:
    shop.map_table("events")
    shop.deliver("events", 1, event(dwell_seconds="1e308"), event(event_id="e2", dwell_seconds="2.5"))
    land(1)
    assert refused("events") == [(2, "out_of_range")]


def test_a_row_without_its_parent_is_refused_and_a_deletion_needs_none(shop: TextShop) -> None:
    for table in ("orders", "order_items"):
        shop.map_table(table)
    shop.deliver("orders", 1, "o1,c1,2024-05-01 10:00:00,2024-05-01,web,,,,")
    shop.deliver("order_items", 1, "o1,1,p1,1,5,,,,,", "o2,1,p1,1,5,,,,,", "o3,1,,,,,,,,deletion")
    land(1)
    assert refused("order_items") == [(3, "unknown_reference")]


def test_a_parent_may_have_landed_on_an_earlier_day_but_not_be_known_by_its_deletion(shop: TextShop) -> None:
    for table in ("orders", "order_items"):
        shop.map_table(table)
    shop.deliver("orders", 1, "o1,c1,2024-05-01 10:00:00,2024-05-01,web,,,,", "o2,,,,,,,,deletion")
    shop.deliver("order_items", 1)
    land(1)
    shop.deliver("order_items", 2, "o1,1,p1,1,5,,,,,", "o2,1,p1,1,5,,,,,")
    land(2)
    assert refused("order_items") == [(3, "unknown_reference")]


# -- keys


def test_of_rows_of_a_key_the_first_of_the_file_stays(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD, GOOD.replace(",4,", ",1,"))
    ratings.deliver("ratings", 2, GOOD.replace(",4,", ",2,"))
    land(2)
    assert landed("ratings", "day, rating") == [(text_shop.day(1), 4)]
    assert refused("ratings") == [(3, "duplicate_key"), (2, "duplicate_key")]


def test_a_key_that_landed_in_an_earlier_run_is_a_duplicate(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD)
    land(1)
    ratings.deliver("ratings", 2, GOOD, "c1,p2,2024-05-01 10:00:00,2024-05-01,4,")
    land(2)
    assert refused("ratings") == [(2, "duplicate_key")]


def test_an_entity_may_come_again_on_another_day(shop: TextShop) -> None:
    shop.map_table("products", ["product_id", "name", *unknown("products", "product_id", "name"), "change"])
    columns = ("product_id", "name", "change")
    shop.deliver("products", 1, "p1,tea,", "p1,coffee,", columns=columns)
    shop.deliver("products", 2, "p1,cocoa,", columns=columns)
    land(2)
    assert landed("products", "day, name") == [(text_shop.day(1), "tea"), (text_shop.day(2), "cocoa")]
    assert refused("products") == [(3, "duplicate_key")]


def unknown(table: str, *given: str) -> list[str]:
    """Columns the shop does not have, as SQL."""
    return [
        f"null::{column.sql_type} as {column.name}"
        for column in contract.load()[table].columns
        if column.name not in given
    ]


def test_a_declared_change_is_no_duplicate(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD, GOOD.replace(",4,", ",3,correction"))
    ratings.deliver("ratings", 2, GOOD.replace(",4,", ",2,correction"))
    ratings.deliver("ratings", 3, "c1,p1,2024-05-01 10:00:00,,,deletion")
    land(3)
    assert refused("ratings") == []
    assert landed("ratings", "day, rating, change") == [
        (text_shop.day(1), 3, "correction"),
        (text_shop.day(1), 4, None),
        (text_shop.day(2), 2, "correction"),
        (text_shop.day(3), None, "deletion"),
    ]


def test_a_correction_is_checked_like_any_row(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD, GOOD.replace(",4,", ",9,correction"))
    land(1)
    assert refused("ratings") == [(3, "out_of_range")]


def test_a_deletion_needs_its_key(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, "c1,,2024-05-01 10:00:00,,,deletion")
    land(1)
    assert refused("ratings") == [(2, "missing_value")]


def test_of_several_changes_of_a_key_on_a_day_the_last_counts(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD)
    ratings.deliver("ratings", 2, *(GOOD.replace(",4,", f",{stars},correction") for stars in (5, 1, 3)))
    land(2)
    assert landed("ratings", "rating, change") == [(3, "correction"), (4, None)]
    assert refused("ratings") == [(2, "duplicate_key"), (3, "duplicate_key")]


def test_an_ordinary_row_after_a_change_is_a_duplicate(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD.replace(",4,", ",3,correction"))
    ratings.deliver("ratings", 2, GOOD)
    land(2)
    assert landed("ratings", "rating") == [(3,)]
    assert refused("ratings") == [(2, "duplicate_key")]


def test_a_day_landed_anew_is_not_refused_for_the_changes_behind_it(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD)
    ratings.deliver("ratings", 2, GOOD.replace(",4,", ",2,correction"))
    land(2)
    ratings.deliver("ratings", 1, GOOD.replace(",4,", ",5,"))
    land(2, replace=True)
    assert landed("ratings", "rating, change") == [(2, "correction"), (5, None)]
    assert refused("ratings") == []


def test_a_change_of_what_never_changes_is_a_mistake_of_the_mapping(shop: TextShop) -> None:
    shop.map_table("events", [*EVENT, "null as change"])
    shop.deliver("events", 1, event())
    with pytest.raises(BadInput, match="events gives `change`, but its rows never change"):
        land(1)


# -- personal data


@pytest.mark.parametrize("text", ["mail me: ann@example.org", "+49 30 1234567", "call (555) 123-4567", "0171 1234567"])
def test_free_text_with_an_address_or_number_is_refused_without_it(shop: TextShop, text: str) -> None:
    shop.map_table("events")
    shop.deliver("events", 1, event(query=text), event(event_id="e2", query="tea 2024-05-01 500 g"))
    land(1)
    assert [(row["reason_code"], row["query"]) for row in quarantined("events")] == [("personal_data", "[removed]")]
    assert landed("events", "query") == [("tea 2024-05-01 500 g",)]


def test_no_column_of_a_refused_row_shows_an_address_or_number(shop: TextShop) -> None:
    """A shop swapped its columns: the row is bad for a reason of its own, and what it holds stands in wrong places."""
    shop.map_table(
        "products", ["product_id", "name", "list_price", *unknown("products", "product_id", "name", "list_price")]
    )
    columns = ("product_id", "name", "list_price")
    shop.deliver("products", 1, "ann@example.org,Ann of +49 30 1234567,030 12 34 56 78", columns=columns)
    land(1)
    (row,) = quarantined("products")
    assert (row["reason_code"], row["product_id"], row["name"], row["list_price"]) == ("wrong_type", *["[removed]"] * 3)
    content = b"".join(file.read_bytes() for file in settings.load().data.rglob("*") if file.is_file())
    assert [word for word in (b"ann@", b"1234567", b"12 34 56") if word in content] == []


def test_swapped_columns_of_a_customer_are_refused_or_hashed(shop: TextShop) -> None:
    given = ("customer_id", "region", "email")
    shop.map_table("customers", [*given, *unknown("customers", *given)])
    shop.deliver("customers", 1, "ann@example.org,north,c1", "c2,bob@example.org,south", columns=given)
    land(1)
    assert [(row["line"], row["reason_code"], row["region"]) for row in quarantined("customers")] == [
        (3, "personal_data", "[removed]")
    ]
    assert landed("customers", "customer_id, region") == [(pseudonym("ann@example.org", key()), "north")]


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_what_does_not_fit_into_memory_is_not_written_in_clear(
    shop: TextShop, monkeypatch: pytest.MonkeyPatch, is_encrypted: bool
) -> None:
    monkeypatch.setenv("PROMOLIFT_MEMORY_LIMIT", "100MB")
    names = "select concat('ann-', i, '@example.org') as name from range(6_000_000) as numbers (i)"
    with writing() as connection:
        if is_encrypted:
            ingest.encrypt_spilled(connection)
        connection.execute(f"create temp table people as {names}")
        spilled = b"".join(file.read_bytes() for file in (settings.load().warehouse.parent / "spill").glob("*"))
    assert len(spilled) > 1_000_000
    assert (b"@example.org" in spilled) != is_encrypted


# -- columns


def test_a_missing_column_is_named_with_the_nearest_given(shop: TextShop) -> None:
    names = [column.name for column in contract.load()["order_items"].columns]
    shop.map_table("order_items", ["net_amount as net_amout" if name == "net_amount" else name for name in names])
    shop.deliver("order_items", 1, "o1,1,p1,1,5,,,,,")
    with pytest.raises(BadInput, match=r"net_amount of order_items is missing; did you mean `net_amout`\?"):
        land(1)
    assert landing.committed() == {}


def test_a_column_renamed_in_the_files_is_named_with_the_nearest_there(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD, columns=[name.replace("rated_at", "rated_on") for name in RATING])
    with pytest.raises(BadInput, match=r"column rated_at is not in what it reads .*; did you mean `rated_on`\?"):
        land(1)


def test_other_columns_are_ignored_with_a_warning(ratings: TextShop, capsys: pytest.CaptureFixture[str]) -> None:
    ratings.map_table("ratings", [*RATING, "1 as mood", "2 as weather"])
    ratings.deliver("ratings", 1, GOOD)
    land(1)
    warnings = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert warnings == [
        "  warning: text_shop/ratings.sql gives mood, weather, which the contract does not know: ignored"
    ]
    assert landed("ratings", "rating") == [(4,)]


def test_a_column_of_another_type_is_an_error(ratings: TextShop) -> None:
    ratings.map_table("ratings", [name if name != "rated_at" else "1.5 as rated_at" for name in RATING])
    ratings.deliver("ratings", 1, GOOD)
    with pytest.raises(BadInput, match=r"column rated_at of ratings is DECIMAL.*, the contract says timestamp"):
        land(1)


# -- many rows


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_batches_of_days_give_what_one_pass_gives(shop: TextShop, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    tables = ("orders", "order_items", "ratings")
    for table in tables:
        shop.map_table(table)
    for number in range(1, 9):
        date = text_shop.day(number)
        orders = [f"o{number}{row},c{row},{date} 10:00:00,{date},web,,d{row},," for row in range(5)]
        again = [
            f"o{number - 1}{row},c{row},{date} 10:00:00,{date},web,,,,{'correction' * (row % 2)}" for row in range(3)
        ]
        shop.deliver("orders", number, *orders, *again)
        lines = [f"o{max(number - back, 1)}{row},{number},p1,1,5,,,,," for back in (0, 3) for row in range(4)]
        shop.deliver("order_items", number, *lines, "nowhere,1,p1,1,5,,,,,")
        shop.deliver("ratings", number, *(f"c{row},p1,2024-05-01 10:00:00,2024-05-01,4," for row in range(number)))
    if kind == "parquet":
        for table in tables:
            shop.turn_into_parquet(table)
    land(8)
    at_once = landing.committed()
    assert sum(part.quarantined for manifest in at_once.values() for part in manifest.values()) > 30
    monkeypatch.setenv("PROMOLIFT_DATA", str(shop.files.with_name("in batches")))
    monkeypatch.setattr(arrival, "BATCH_VALUES", 150)
    land(5)
    land(8)
    assert landing.committed() == at_once


def test_manifests_agree_with_the_files(ratings: TextShop) -> None:
    ratings.deliver("ratings", 1, GOOD, GOOD)
    land(1)
    part = landing.committed()[text_shop.day(1)]["ratings"]
    assert (part.rows, part.quarantined) == (1, 1)
    assert tables.read("select count(*) as n from landing.ratings").to_pylist() == [{"n": part.rows}]


def test_landing_again_is_a_no_op(ratings: TextShop, capsys: pytest.CaptureFixture[str]) -> None:
    ratings.deliver("ratings", 1, GOOD, "cut")
    land(1)
    before = landing.committed()
    ingest.land(text_shop.sources.load(), text_shop.day(1))
    assert landing.committed() == before
    assert "has landed before" in capsys.readouterr().out
