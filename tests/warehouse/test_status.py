"""Questions and the state of a data folder, as a person types them."""

import re
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from tests.tiny_world.world import TinyWorld
from tests.warehouse.marts_of_a_day import fill
from warehouse import publish, settings, status
from warehouse.connection import writing
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


def test_status_says_how_much_of_the_file_is_free(tiny_world: TinyWorld) -> None:
    with writing() as connection:
        connection.execute("create table filler as select hash(range) as number from range(1_000_000)")
        connection.execute("checkpoint")
        connection.execute("drop table filler")
        connection.execute("checkpoint")
    console = Console(file=StringIO(), width=200)
    status.show_status(console)
    free = re.search(r"^free +(\d+) % of the warehouse's file$", console.file.getvalue(), re.MULTILINE)  # type: ignore[attr-defined]
    assert free is not None
    assert 50 < int(free[1]) <= 100


def shown(is_terminal: bool) -> str:
    """Two rows of twenty columns in eighty characters."""
    console = Console(file=StringIO(), width=80, force_terminal=is_terminal, color_system=None, no_color=True)
    names = [f"column_{number}" for number in range(20)]
    status.show_rows(console, names, [tuple(f"[a] {number} " * 10 for number in range(20)), (None,) * 20])
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_row_too_wide_for_the_terminal_is_shown_column_by_column() -> None:
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in shown(is_terminal=True).splitlines()]
    assert f"column_7   {'[a] 7 ' * 10}" in lines
    assert lines.count("column_7   ") == 1, "an empty cell of the second row"


def test_a_file_or_pipe_gets_whole_cells() -> None:
    lines = shown(is_terminal=False).splitlines()
    assert all((f"[a] {number} " * 10).strip() in lines[3] for number in range(20))
    assert len(lines) == 6, "a line for each row, and the frame"
