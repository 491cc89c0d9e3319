"""The questions put to both shops, answered by hand for a shop of three buyers; the page says what its module says."""

from datetime import date

import duckdb
import pytest

from benchmarks import resemblance
from benchmarks.resemblance_page import DEVIATIONS, INTRODUCTION
from simulator.__main__ import CUSTOMERS, DAYS, PRODUCTS, SEED

FIRST, LATER = date(2025, 6, 1), date(2025, 6, 11)
LINES = [
    # customer, basket, day, product, category, paid, discount
    (1, 1, FIRST, 1, "tea", 6.0, 2.0),
    (1, 1, FIRST, 2, "tea", 2.0, 0.0),
    (1, 2, LATER, 1, "tea", 8.0, 0.0),
    (1, 2, LATER, 3, "socks", 4.0, 0.0),
    (2, 3, FIRST, 1, "tea", 8.0, 0.0),
    (3, 4, LATER, 1, "tea", 8.0, 0.0),
]
BY_HAND = {
    "lines per basket, mean": 6 / 4,
    "basket amount, mean": 36 / 4,
    "days between purchases, median": 10,
    "discounts as a share of prices": 2 / 38,
    "lines with a discount": 1 / 6,
    "redemptions per exposure": 3 / 12,
    "later lines that repeat a product": 1 / 2,
    "orders per buyer, mean": 4 / 3,
    "categories bought per buyer, median": 1,
}


@pytest.fixture
def both() -> duckdb.DuckDBPyConnection:
    """The same little shop twice, the second time with every basket twice as dear."""
    database = duckdb.connect()
    for shop, times in ((resemblance.SIMULATED, 1), (resemblance.REAL, 2)):
        columns = "customer int, basket int, day date, product int, category varchar, paid double, discount double"
        database.execute(f"create table {shop}_lines ({columns})")
        database.executemany(
            f"insert into {shop}_lines values (?, ?, ?, ?, ?, ?, ?)",
            [(*line[:5], times * line[5], times * line[6]) for line in LINES],
        )
        database.execute(f"create table {shop}_offers as select 12 as shown, 3 as used")
    return database


@pytest.mark.parametrize("name", BY_HAND)
def test_a_question_is_answered_as_by_hand(both: duckdb.DuckDBPyConnection, name: str) -> None:
    question = next(one for one in resemblance.QUESTIONS if one[0] == name)
    figure = resemblance.compare(both, *question)
    assert figure.value == pytest.approx(BY_HAND[name])
    assert figure.peer == pytest.approx(BY_HAND[name] * (2 if figure.unit == "currency" else 1))


def test_the_picture_shows_both_shops(both: duckdb.DuckDBPyConnection) -> None:
    picture = resemblance.draw(both)
    assert all(title in picture for title, *_ in resemblance.CURVES)


def test_the_page_is_not_stale_in_its_words_and_size() -> None:
    page = resemblance.PAGE.read_text()
    introduction = INTRODUCTION.format(customers=CUSTOMERS, products=PRODUCTS, days=DAYS, seed=SEED)
    assert page.startswith(introduction), "run `python -m benchmarks resemblance`"
    assert page.endswith(DEVIATIONS), "run `python -m benchmarks resemblance`"
    assert all(f"| {name} | {unit} |" in page for name, unit, _ in resemblance.QUESTIONS)
