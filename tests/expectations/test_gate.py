"""What a gate does with what its rules saw: record it, say it, and stop the run only for a critical breach."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from expectations.gate import validate
from expectations.rules import of_gate
from expectations.run import find_run
from tests.expectations.breaks import BREAKS
from tests.expectations.small_shop import DAY, PREVIOUS
from warehouse import tables
from warehouse.connection import writing
from warehouse.errors import BadInput, GateFailed
from warehouse.settings import ROOT


def damage(*codes: str) -> None:
    with writing() as connection:
        for code in codes:
            connection.execute(BREAKS[code])


def results(gate: str) -> dict[str, dict[str, object]]:
    rows = tables.read("from gates.gate_results where day = $day and gate = $gate", {"day": DAY, "gate": gate})
    return {row["code"]: row for row in rows.to_pylist()}


def stages() -> list[str]:
    return [row["stage"] for row in tables.read("select stage from ml.run_stages").to_pylist()]


def test_passing_gate_records_every_rule_and_its_stage(shop: Path) -> None:
    validate("decisions", DAY)
    recorded = results("decisions")
    assert set(recorded) == {rule.code for rule in of_gate("decisions")}
    assert recorded["DEC-05"]["observed"] == 1
    assert recorded["DEC-05"]["limit_text"] == "at most 3 offers"
    assert recorded["DEC-05"]["run_id"] == f"small_shop-{DAY}"
    assert stages() == ["validate_decisions"]


def test_critical_breach_stops_the_run_and_is_recorded(shop: Path) -> None:
    damage("DEC-17")
    with pytest.raises(GateFailed, match=r"DEC-17 on ml\.assignments, .*: \d+ copies \(offer offer a\), allowed: none"):
        validate("decisions", DAY)
    assert not results("decisions")["DEC-17"]["is_passed"]
    assert results("decisions")["DEC-01"]["is_passed"]
    assert stages() == []


def test_sentence_of_several_breaches_names_them(shop: Path) -> None:
    damage("DEC-18", "DEC-09")
    with pytest.raises(GateFailed, match=r"DEC-18 .* \(and 1 more: DEC-09\)$"):
        validate("decisions", DAY)


def test_warning_is_recorded_and_does_not_stop(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage("DEC-20")
    validate("decisions", DAY)
    assert not results("decisions")["DEC-20"]["is_passed"]
    assert "warning: DEC-20 on ml.decisions" in capsys.readouterr().out


def test_running_a_gate_again_replaces_its_results(shop: Path) -> None:
    validate("raw", DAY)
    first = tables.read("from gates.gate_results order by all")
    validate("raw", DAY)
    assert tables.read("from gates.gate_results order by all").equals(first)


def test_columns_that_differ_stop_before_anything_is_read(shop: Path) -> None:
    file = next((shop / "data" / "landing" / "orders").glob("*/*.parquet"))
    with writing() as connection:
        connection.execute("drop view staging.stg_shop__orders; drop table landing.orders")
        connection.execute(f"copy (select 1 as order_id) to '{file}' (format parquet)")
    with pytest.raises(GateFailed, match=r"RAW-01 on every table, .*: 9 columns"):
        validate("raw", DAY)
    assert set(results("raw")) == {"RAW-01"}


def test_broken_file_is_one_sentence(shop: Path) -> None:
    next((shop / "data" / "landing" / "orders").glob("*/*.parquet")).write_bytes(b"half a file")
    with pytest.raises(BadInput, match=r"a file cannot be read: .*part\.parquet"):
        validate("raw", DAY)


def test_mistake_in_our_own_sql_is_no_breach(shop: Path) -> None:
    with writing() as connection:
        connection.execute("alter table ml.assignments drop column reasons")
    with pytest.raises(RuntimeError, match=r"DEC-18 could not be checked: .*reasons"):
        validate("decisions", DAY)


def test_tables_the_source_lacks_are_no_breach(shop: Path) -> None:
    (shop / "sources" / "small_shop" / "events.sql").unlink()
    (shop / "sources" / "small_shop" / "consents.sql").unlink()
    damage("RAW-07", "DEC-16")
    validate("raw", DAY)
    validate("decisions", DAY)
    assert results("raw")["RAW-07"]["observed_text"] == "no rows: the source does not have this table"
    assert results("decisions")["DEC-16"]["is_passed"]


def test_first_run_has_nothing_to_drift_from(shop: Path) -> None:
    with writing() as connection:
        connection.execute("delete from gates.gate_results")
    validate("features", DAY)
    assert results("features")["FEA-17"]["observed_text"] == "no previous run within 14 days"
    assert tables.read("from ml.drift").num_rows == 0


def test_previous_run_is_the_newest_earlier_one_that_passed(shop: Path) -> None:
    day = "insert into gates.gate_results (day, gate, severity, is_passed) values (date '{}', 'features', '{}', {})"
    with writing() as connection:
        connection.execute(day.format(DAY - timedelta(days=2), "critical", False))
        connection.execute(day.format(DAY + timedelta(days=1), "critical", True))
    assert find_run("features", DAY).previous == PREVIOUS
    assert find_run("features", PREVIOUS).previous is None


def test_drift_is_recorded_per_feature(shop: Path) -> None:
    damage("FEA-17")
    validate("features", DAY)
    moved = tables.read(
        "select column_name, current, previous from ml.drift where statistic = 'mean' and current <> previous"
    )
    assert moved.to_pylist() == [{"column_name": "mean_basket_amount", "current": 46.4, "previous": 39.5}]


@pytest.mark.integration
def test_command_ends_with_the_code_of_a_failed_gate_and_one_sentence(shop: Path) -> None:
    damage("SCO-02")
    command = [sys.executable, "-m", "expectations", "scores", "--day", DAY.isoformat()]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == GateFailed.exit_code == 70
    assert ended.stderr.count("GateFailed") == 1
    assert "SCO-02 on ml.scores, known customers without a purchase score: 1 customers, allowed: none" in ended.stderr
    assert not results("scores")["SCO-02"]["is_passed"]
