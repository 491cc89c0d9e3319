"""dbt as a stage: built as of a day, stopped with one sentence."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.tiny_world.world import TinyWorld
from warehouse import landing, runs, tables, transform
from warehouse.connection import writing
from warehouse.errors import BadInput, NotAvailable, WarehouseLocked


@pytest.mark.integration
def test_staging_knows_only_what_was_delivered_before_the_day(tiny_world: TinyWorld) -> None:
    earlier = date(2024, 3, 1)
    transform.run("staging", earlier)
    days = "select max(day) as newest, count(*) as orders from"
    staged, landed = (
        tables.read(f"{days} {table}").to_pylist()[0] for table in ("staging.stg_shop__orders", "landing.orders")
    )
    assert staged["newest"] < earlier <= landed["newest"]
    stages = tables.read("select stage, rows from ml.run_stages where day = $day", {"day": earlier})
    assert stages.to_pylist() == [{"stage": "stage", "rows": landing.count_before(earlier)}]


def test_rows_of_a_layer_are_those_of_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    day, earlier = date(2024, 5, 1), date(2024, 4, 24)
    with writing() as connection:
        connection.execute("create table features.customers (customer_id varchar, day date)")
        connection.execute("create table features.offers (day date)")
        connection.execute("create table features.without_days as select 1 as number")
        connection.execute("insert into features.customers values ('a', $day), ('b', $day)", {"day": day})
        connection.execute("insert into features.offers values ($day)", {"day": day})
    before = transform.count_rows("features", day)
    with writing() as connection:
        connection.execute("insert into features.customers values ('a', $earlier)", {"earlier": earlier})
    assert before == transform.count_rows("features", day) == 3, "the panel's other days do not count"
    assert transform.count_rows("marts", day) == 0, "nothing is built yet"


def test_staging_counts_its_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    with writing() as connection:
        connection.execute(
            "create view staging.orders as select date '2024-04-24' + range::integer as day from range(4)"
        )
    assert transform.count_rows("staging", date(2024, 5, 1)) == 4


def test_marts_do_not_tell_of_the_stages_after_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    day = date(2024, 5, 1)
    for name in ("measure", "publish", "report"):  # of an earlier run of the day
        with runs.stage(name, day):
            pass
    told = []

    def build(layer: str, day: date, panel: bool) -> int:
        told.extend(tables.read("select stage from ml.run_stages").to_pylist())
        return 0

    monkeypatch.setattr(transform, "run_dbt", build)
    transform.run("marts", day)
    assert told == [{"stage": "measure"}]


def test_sql_gets_the_day_the_time_zone_and_the_parameters(tiny_world: TinyWorld) -> None:
    given = transform.variables()
    assert given["time_zone"] == "Europe/Berlin"
    environment = transform.environment(tiny_world.day, panel=True)
    assert (environment["RUN_DAY"], environment["RUN_PANEL"]) == ("2024-05-01", "yes")
    assert {"panel_weeks", "retention_days", "default_margin_rate"} <= set(given)
    json.dumps(given)


def test_unit_tests_are_not_part_of_a_days_build() -> None:
    words = transform.command("marts", Path("state"), {})
    assert words[words.index("--exclude-resource-type") + 1] == "unit_test"


def write_results(state: Path, *nodes: tuple[str, str, str]) -> None:
    entries = [{"unique_id": name, "status": status, "message": message} for name, status, message in nodes]
    (state / "run_results.json").write_text(json.dumps({"results": entries}))


def test_a_failure_names_the_first_model_and_how_many_more(tmp_path: Path) -> None:
    write_results(
        tmp_path, ("model.a", "success", "OK"), ("test.b", "fail", "Got 3\n  results"), ("model.c", "error", "x")
    )
    with pytest.raises(BadInput, match=r"layer marts, test\.b: Got 3 results and 1 more; see .*dbt\.log"):
        transform.raise_failure("marts", tmp_path, ["Done.", "exit code 1"])


def test_a_start_that_failed_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"dbt could not start the layer marts \(exit code 2\)"):
        transform.raise_failure("marts", tmp_path, ["No module named dbt", "exit code 2"])


def test_a_lock_met_by_dbt_is_a_lock(tmp_path: Path) -> None:
    message = "IO Error: Could not set lock on file: Conflicting lock is held in /usr/bin/python3 (PID 4194305)."
    with pytest.raises(WarehouseLocked, match=r"process 4194305 holds the warehouse \(/usr/bin/python3\)"):
        transform.raise_failure("marts", tmp_path, [message, "exit code 1"])
