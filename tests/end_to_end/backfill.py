"""Several days by Airflow's own backfill, on an Airflow that lives as long as they take."""

import subprocess
import time
from datetime import date, timedelta

from rich.console import Console

from orchestration.commands import DAILY, FOR_A_RUN, Airflow, airflow
from orchestration.environment import airflow_environment, free_port
from orchestration.follow import explain
from orchestration.servers import airflow_command, check_alive
from warehouse import settings

MOST_SECONDS = 600


def create(started: Airflow, first: date, last: date) -> None:
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


def run(first: date, last: date) -> list[str]:
    """Each run's state in the order of days, or the sentence why it failed."""
    with airflow(settings.load(), free_port(), FOR_A_RUN, Console()) as started:
        started.client.unpause(DAILY)
        create(started, first, last)
        return wait_for_runs(started, (last - first).days + 1)
