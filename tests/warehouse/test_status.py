"""Questions and the state of a data folder, as a person types them."""

from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from tests.tiny_world.world import TinyWorld
from tests.warehouse.marts_of_a_day import fill
from warehouse import publish, settings, status
from warehouse.errors import BadInput


def said(*questions: tuple[str, bool]) -> str:
    console = Console(file=StringIO(), width=200)
    for sql, published in questions:
        status.answer(sql, published, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_warehouse_answers(tiny_world: TinyWorld) -> None:
    assert "quantity is not above 0" in said(
        ("select reason, count(*) as n from quarantine.order_items group by all", False)
    )


def test_the_published_file_answers_and_reaches_nothing_else(tiny_world: TinyWorld) -> None:
    fill(tiny_world.day)
    publish.publish(tiny_world.day)
    assert "offered" in said(("select distinct status from user_decisions", True))
    with pytest.raises(BadInput, match="cannot be answered"):
        said((f"from '{settings.load().landing}/orders/*/*.parquet'", True))


@pytest.mark.parametrize("sql", ["selct 1", "select * from nowhere", "create table x (i int)", "select 1 +"])
def test_a_mistake_in_a_question_is_one_sentence(tiny_world: TinyWorld, sql: str) -> None:
    with pytest.raises(BadInput, match="the query cannot be answered"):
        said((sql, False))


def test_status_names_what_has_landed(tiny_world: TinyWorld) -> None:
    console = Console(file=StringIO(), width=200)
    status.show_status(console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "121 days, 2024-01-01 to 2024-04-30 (source tiny_world)" in text
    assert str(date(2024, 5, 1)) in text
