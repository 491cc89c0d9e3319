"""Text files through `csv_rows`: what is a row, what is none, and on which line of the file it stands."""

import gzip
from pathlib import Path

import pytest

from tests.warehouse import text_shop
from tests.warehouse.text_shop import TextShop, land, landed, quarantined, refused
from warehouse import landing
from warehouse.errors import BadInput, NotAvailable

HEADER = "customer_id,product_id,rated_at,rating_date,rating,change"
BAD = "c9,,2024-05-01 10:00:00,2024-05-01,4,"  # no product
SHORT = "c9,p1"


def good(product: str) -> str:
    return f"c1,{product},2024-05-01 10:00:00,2024-05-01,4,"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TextShop:
    shop = text_shop.open_shop(tmp_path, monkeypatch)
    shop.map_table("ratings")
    return shop


def deliver(shop: TextShop, lines: list[str], end: str = "\n", name: str = "r.csv", encoding: str = "utf-8") -> None:
    content = end.join([HEADER, *lines, ""]).encode(encoding)
    shop.deliver_bytes("ratings", 1, gzip.compress(content) if name.endswith(".gz") else content, name)


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r'; drop table x; --.csv", "r ä .csv"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_those_of_the_file(shop: TextShop, end: str, name: str) -> None:
    quoted = f'"p{end}2"'  # one row on two lines
    lines = [good("p1"), SHORT, BAD, good(quoted), "", BAD, f"{SHORT},{quoted}", good("p3"), BAD]
    deliver(shop, lines, end, name)
    land(1)
    assert landed("ratings", "product_id") == [(f"p{end}2",), ("p1",), ("p3",)]
    assert refused("ratings") == [
        (3, "unreadable_line"),
        (4, "missing_value"),
        (8, "missing_value"),
        (9, "unreadable_line"),
        (12, "missing_value"),
    ]
    assert {row["file"] for row in quarantined("ratings")} == {f"ratings/day=2024-05-01/{name}"}


def test_a_row_after_a_broken_quote_is_a_row(shop: TextShop) -> None:
    deliver(shop, [good("p1"), '"c9"x,' + SHORT, good('"p2"'), BAD, good("p3")])
    land(1)
    assert refused("ratings") == [(3, "unreadable_line"), (5, "missing_value")]
    assert len(landed("ratings", "product_id")) == 3


def test_a_file_that_breaks_off_loses_its_last_line_alone(shop: TextShop) -> None:
    shop.deliver_bytes("ratings", 1, f"{HEADER}\n{good('p1')}\nc1,p2,2024-0".encode(), "r.csv")
    land(1)
    assert refused("ratings") == [(3, "unreadable_line")]
    assert landed("ratings", "product_id") == [("p1",)]


def test_an_unreadable_line_is_not_repeated_in_quarantine(shop: TextShop) -> None:
    deliver(shop, [good("p1"), "secret,words"])
    land(1)
    (row,) = quarantined("ratings")
    assert {name for name, value in row.items() if value is not None} == {
        "reason_code",
        "reason",
        "file",
        "line",
        "day",
    }


def test_bytes_of_another_encoding_are_unreadable_and_readable_when_it_is_named(shop: TextShop) -> None:
    lines = [good("p1"), good("käse"), SHORT, BAD]
    deliver(shop, lines, encoding="latin-1")
    land(1)
    assert refused("ratings") == [(3, "unreadable_line"), (4, "unreadable_line"), (5, "missing_value")]
    shop.map_table("ratings", options=", encoding := 'latin-1'")
    land(1, replace=True)
    assert refused("ratings") == [(4, "unreadable_line"), (5, "missing_value")]
    assert landed("ratings", "product_id") == [("käse",), ("p1",)]


def test_semicolons_and_files_without_a_header_are_told_in_the_sql(shop: TextShop) -> None:
    names = [f"column{place} as {name}" for place, name in enumerate(HEADER.split(","))]
    shop.map_table("ratings", names, ", delim := ';', header := false")
    content = "\n".join(line.replace(",", ";") for line in (good("p1"), BAD, ""))
    shop.deliver_bytes("ratings", 1, content.encode(), "r.txt")
    land(1)
    assert landed("ratings", "product_id") == [("p1",)]
    assert refused("ratings") == [(2, "missing_value")]


def test_an_empty_file_beside_others_holds_no_rows(shop: TextShop) -> None:
    deliver(shop, [good("p1")])
    shop.deliver_bytes("ratings", 1, b"", "a.csv")
    land(1)
    assert landed("ratings", "product_id") == [("p1",)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            HEADER.replace("rating,", "ratings,").encode(),
            r"the headers of .* differ: the second lacks rating and has ratings; did you mean `ratings`\?",
        ),
        (HEADER.replace("rating,", "product_id,").encode(), "the header of .* names a column twice|headers .* differ"),
    ],
)
def test_files_that_disagree_on_their_columns_are_named(shop: TextShop, content: bytes, words: str) -> None:
    deliver(shop, [good("p1")])
    shop.deliver_bytes("ratings", 1, content, "z.csv")
    with pytest.raises(BadInput, match=words):
        land(1)


def test_columns_may_change_from_one_day_to_the_next(shop: TextShop) -> None:
    deliver(shop, [good("p1")])
    land(1)
    swapped = "product_id,customer_id,rated_at,rating_date,change,rating,mood\np2,c1,2024-05-02,2024-05-02,,5,gay\n"
    shop.deliver_bytes("ratings", 2, swapped.encode(), "r.csv")
    land(2)
    assert landed("ratings", "product_id, rating") == [("p1", 4), ("p2", 5)]


def test_a_file_that_is_no_text_at_all_is_named(shop: TextShop) -> None:
    shop.deliver_bytes("ratings", 1, gzip.compress(HEADER.encode() * 9999)[:60], "r.csv.gz")
    with pytest.raises(BadInput, match=r"r\.csv\.gz"):
        land(1)
    assert landing.committed() == {}


def test_no_file_at_all_is_told(shop: TextShop) -> None:
    with pytest.raises(NotAvailable, match=r"no files found that match .*/ratings/day="):
        land(1)


# -- deliveries read again


def test_only_the_days_of_changed_files_are_compared(shop: TextShop, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2, 3):
        shop.deliver("ratings", number, f"c1,p{number},2024-05-0{number} 10:00:00,2024-05-0{number},4,", SHORT)
    land(2)
    shop.deliver("ratings", 2, "c1,p2,2024-05-02 10:00:00,2024-05-02,5,", SHORT)
    with pytest.raises(BadInput, match="delivers ratings of 2024-05-02 differently"):
        land(2)
    assert "of 1 days" in capsys.readouterr().out
    land(2, replace=True)
    capsys.readouterr()
    land(3)
    assert "comparing" not in capsys.readouterr().out
    assert landed("ratings", "rating") == [(4,), (4,), (5,)]
    assert refused("ratings") == [(3, "unreadable_line")] * 3


def test_a_changed_mapping_makes_every_day_suspect(shop: TextShop, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        shop.deliver("ratings", number, f"c1,p{number},2024-05-0{number} 10:00:00,2024-05-0{number},4,", SHORT)
    land(2)
    shop.map_table("ratings", options=", delim := ','")
    before = landing.committed()
    land(2)
    assert "of 2 days" in capsys.readouterr().out
    assert landing.committed() == before


def test_an_unreadable_line_of_a_file_that_grows_stays_under_its_day(
    shop: TextShop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.map_table("ratings", [*HEADER.split(",")], path="/ratings.csv")
    sql = shop.mapping / "ratings.sql"
    sql.write_text(
        sql.read_text().replace("line, day", "line, rating_date::date as day").replace("day::date", "rating_date::date")
    )
    file = shop.files / "ratings.csv"
    file.write_text(f"{HEADER}\n{good('p1')}\n{SHORT}\n")
    land(1)
    assert [(row["line"], row["day"]) for row in quarantined("ratings")] == [(3, text_shop.day(1))]
    with file.open("a") as stream:
        stream.write(f"{good('p1').replace('2024-05-01', '2024-05-02')}\n{SHORT}\n")
    land(2)
    assert [(row["line"], row["day"]) for row in quarantined("ratings")] == [
        (3, text_shop.day(1)),
        (5, text_shop.day(2)),
    ]
    before = landing.committed()
    file.touch()
    (shop.mapping / "source.yml").write_text((shop.mapping / "source.yml").read_text() + "\n")
    land(2)
    assert "comparing" in capsys.readouterr().out
    assert landing.committed() == before
    file.write_text(file.read_text().replace(f"{SHORT}\n", "", 1))
    with pytest.raises(BadInput, match="delivers ratings of 2 days, first 2024-05-01 differently"):
        land(2)


# -- files that are broken in ways DuckDB alone would pass over


def test_lines_that_a_quote_takes_along_are_in_quarantine(shop: TextShop) -> None:
    open_quote = 'c1,"p2,2024-05-01 10:00:00,2024-05-01,4,'
    deliver(shop, [good("p1"), open_quote, good("p3"), good("p4"), good('"p5"'), BAD, good("p6")])
    land(1)
    assert refused("ratings") == [
        *[(line, "unreadable_line") for line in (3, 4, 5, 6)],
        (7, "missing_value"),
    ]
    assert landed("ratings", "product_id") == [("p1",), ("p6",)]


def test_lines_behind_a_quote_that_is_never_closed_are_in_quarantine(shop: TextShop) -> None:
    deliver(shop, [good("p1"), 'c1,"p2', good("p3"), good("p4")])
    land(1)
    assert refused("ratings") == [(line, "unreadable_line") for line in (3, 4, 5)]


def test_a_file_whose_quotes_swallow_more_than_can_be_told_is_refused(shop: TextShop) -> None:
    deliver(shop, [good("p1"), 'c1,"p2', *[good(f"p{number}") for number in range(3, 400)]])
    with pytest.raises(BadInput, match=r"r\.csv: quotes opened at line 3 or soon after are not closed"):
        land(1)
    assert landing.committed() == {}


def test_a_quote_within_a_word_leaves_the_lines_behind_it_where_they_are(shop: TextShop) -> None:
    deliver(shop, [good('p1"x'), BAD])
    land(1)
    assert refused("ratings") == [(3, "missing_value")]


def test_a_file_that_duckdb_itself_breaks_down_over_is_told(shop: TextShop) -> None:
    """DuckDB 1.5: an open quote, bytes of another encoding behind it, and a column that nobody asks for."""
    lines = [good("p1"), good("p2") + '"\xff', good("p3"), good("p4") + '"x"', good("p5")]
    content = "\n".join(["mood," + HEADER, *(f"gay,{line}" for line in lines), ""])
    shop.deliver_bytes("ratings", 1, content.encode("latin-1"), "r.csv")
    with pytest.raises(BadInput, match=r"text_shop/ratings\.sql: a file it reads is broken in a way that DuckDB"):
        land(1)
    assert landing.committed() == {}


@pytest.mark.parametrize("name", ["r[1].csv", "r*.csv", "r?.csv", "r[!a].csv.gz"])
def test_a_name_is_no_pattern(shop: TextShop, name: str) -> None:
    deliver(shop, [good("p1")], name="r1.csv")
    deliver(shop, [good("p2")], name=name)
    land(1)
    assert landed("ratings", "product_id") == [("p1",), ("p2",)]


def test_a_name_that_is_no_text_is_told(shop: TextShop) -> None:
    deliver(shop, [good("p1")])
    deliver(shop, [good("p2")], name=b"\xff\xfe.csv".decode(errors="surrogateescape"))
    with pytest.raises(BadInput, match=r"cannot be read: its name is not UTF-8"):
        land(1)


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz"])
def test_a_line_of_very_many_columns_is_told_at_once(shop: TextShop, name: str) -> None:
    deliver(shop, [good("p1"), ",".join(["1"] * 200_000), good("p2")], name=name)
    with pytest.raises(BadInput, match=r"r\.csv(\.gz)? has a line of more than 2,000 columns"):
        land(1)


def test_very_many_blank_lines_take_no_time(shop: TextShop) -> None:
    deliver(shop, [good("p1"), *[""] * 300_000, BAD])
    land(1)
    assert refused("ratings") == [(300_003, "missing_value")]


def test_a_day_that_no_calendar_has_is_told(shop: TextShop) -> None:
    deliver(shop, [good("p1")])
    folder = shop.files / "ratings" / "day=2024-13-45"
    folder.mkdir()
    (folder / "r.csv").write_text(f"{HEADER}\n{good('p1')}\n")
    with pytest.raises(BadInput, match=r"day=2024-13-45/r\.csv' lies in the folder of a day that no calendar has"):
        land(1)
