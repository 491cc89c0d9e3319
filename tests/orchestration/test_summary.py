"""What a run ends with, read from a published file small enough to know by eye."""

from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.summary import show_summary
from warehouse import settings

DAY = date(2017, 11, 27)
TABLES = """
    create table gate_results as from (values
        (date '2017-11-27', 'raw', 'critical', true), (date '2017-11-27', 'raw', 'warning', false),
        (date '2017-11-27', 'scores', 'critical', true), (date '2017-11-26', 'decisions', 'critical', false)
    ) as rows (day, gate, severity, is_passed);
    create table user_decisions as from (values
        (date '2017-11-27', 'c1', 'offered'), (date '2017-11-27', 'c2', 'no_consent'),
        (date '2017-11-26', 'c2', 'holdout')
    ) as rows (day, customer_id, status);
    create table user_promotions as from (values
        (date '2017-11-27', 'c1', 1, 'Save 1.00 on soap', '18', 0.53, 'Buys soap every week; likes coupons'),
        (date '2017-11-27', 'c1', 2, 'Save 1.00 on bread', '18', 0.21, 'Buys bread'),
        (date '2017-11-26', 'c2', 1, 'Yesterday''s offer', '18', 9.99, 'Yesterday')
    ) as rows (day, customer_id, rank, title, campaign_id, expected_margin, reasons);
"""


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    installation = settings.load()
    installation.published.parent.mkdir()
    with duckdb.connect(str(installation.published)) as published:
        published.execute(TABLES)
    return installation


def summary_of(installation: settings.Settings) -> str:
    text = StringIO()
    show_summary(Console(file=text, width=120), installation, DAY)
    return text.getvalue()


@pytest.fixture
def said(installation: settings.Settings) -> str:
    return summary_of(installation)


def test_rules_of_the_day_are_counted_with_their_warnings(said: str) -> None:
    assert "Rules held    raw 1 of 2 · scores 1 of 1 (1 warning, none critical)" in said


def test_a_critical_rule_that_did_not_hold_is_never_called_a_warning(installation: settings.Settings) -> None:
    with duckdb.connect(str(installation.published)) as published:
        published.execute("update gate_results set is_passed = false where gate = 'scores'")
    assert "Rules held    raw 1 of 2 · scores 0 of 1 (1 warning, 1 critical)" in summary_of(installation)


def test_every_customer_of_the_day_is_counted_by_status(said: str) -> None:
    assert "1 no consent · 1 offered" in said


def test_an_offer_shows_customer_title_margin_and_first_reason(said: str) -> None:
    row = next(line for line in said.splitlines() if "Save 1.00 on soap" in line)
    assert [cell.strip() for cell in row.strip("│ ").split("│")] == [
        "c1", "18: Save 1.00 on soap", "0.53", "Buys soap every week"
    ]  # fmt: skip
    assert "bread" not in said
    assert "Yesterday" not in said


def test_margins_say_what_they_rest_on(said: str) -> None:
    assert "expected; assumed rates where cost is unknown" in " ".join(said.split())


def test_next_steps_are_files_of_this_installation(said: str, tmp_path: Path) -> None:
    assert f"{tmp_path}/reports/2017-11-27/index.html" in said
    assert f"{tmp_path}/published/promolift.duckdb" in said
    assert "make ui" in said
