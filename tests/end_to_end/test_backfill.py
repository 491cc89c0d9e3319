"""Days that Airflow backfills are the same tables as days run one by one."""

import subprocess
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from orchestration.commands import DAILY, FOR_A_RUN, Airflow, airflow
from orchestration.environment import airflow_environment, free_port
from orchestration.follow import explain
from orchestration.rest import Client
from orchestration.servers import airflow_command, check_alive
from tests.end_to_end import way
from tests.end_to_end.conftest import Shop, enter
from warehouse import settings

pytestmark = pytest.mark.integration

MOST_SECONDS = 600


def backfill(started: Airflow, first: date, last: date) -> None:
    # A date is its midnight: the run of the last day, at six, comes before the midnight after it.
    span = ["--from-date", first.isoformat(), "--to-date", (last + timedelta(days=1)).isoformat()]
    words = airflow_command("backfill", "create", "--dag-id", DAILY, *span)
    environment = airflow_environment(started.client.home, started.client.port)
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def wait_for_runs(started: Airflow, count: int) -> list[str]:
    """States of the backfill's runs when all are over."""
    client, end = started.client, time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        check_alive(started.servers)
        runs = client.runs(DAILY)
        if len(runs) == count and all(run["state"] in {"success", "failed"} for run in runs):
            return [
                run["state"] if run["state"] == "success" else explain(client, DAILY, run["dag_run_id"]) for run in runs
            ]
        time.sleep(1)
    raise AssertionError(f"the backfill was not done after {MOST_SECONDS} seconds: {client.runs(DAILY)}")


def outcome(client: Client, run: dict[str, Any]) -> str:
    return "success" if run["state"] == "success" else explain(client, DAILY, run["dag_run_id"])


def test_backfill_gives_what_the_days_give_one_by_one(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(shop, tmp_path / "data", monkeypatch)
    monkeypatch.setenv("PROMOLIFT_SCHEDULE_UNTIL", shop.second_day.isoformat())
    with airflow(settings.load(), free_port(), FOR_A_RUN, Console()) as started:
        started.client.unpause(DAILY)
        backfill(started, shop.first_day, shop.second_day)
        assert wait_for_runs(started, count=2) == ["success", "success"]
    assert way.differences(way.published(), shop.published[1]) == []
