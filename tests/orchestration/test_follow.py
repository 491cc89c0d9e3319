"""What a person sees of a run while it happens, and the sentence when it fails."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from orchestration.environment import Home
from orchestration.follow import Progress, explain
from orchestration.rest import Client


def task(task_id: str, state: str, **more: Any) -> dict[str, Any]:
    times = {"start_date": "2017-11-27T06:00:00Z", "duration": 12.34, "try_number": 1, "dag_id": "promotions_daily"}
    return {"task_id": task_id, "state": state} | times | more


@dataclass
class Answers:
    """An Airflow that answers what it was told to."""

    told: list[dict[str, Any]]
    error: str | None = None
    home: Home = field(default_factory=lambda: Home(Path("/data/airflow")))

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self.told

    def error_of(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        return self.error


def explained(told: list[dict[str, Any]], error: str | None = None) -> str:
    return explain(cast(Client, Answers(told, error)), "promotions_daily", "run")


def test_failure_names_stage_reason_and_log() -> None:
    told = [task("ingest", "success"), task("validate_raw", "failed"), task("stage", "upstream_failed")]
    assert explained(told, "RAW-05 did not hold.") == (
        "validate_raw failed: RAW-05 did not hold. Its log: "
        "/data/airflow/logs/dag_id=promotions_daily/run_id=run/task_id=validate_raw/attempt=1.log"
    )


def test_silent_failure_says_so() -> None:
    assert "ended without saying why" in explained([task("ingest", "failed")])


def test_run_ended_by_hand_says_so() -> None:
    assert explained([task("ingest", "removed")]) == "the run run was ended from outside"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("success", "score                  12.3 s"),
        ("failed", "score                  12.3 s"),
        ("up_for_retry", "tries again soon"),
        ("up_for_reschedule", "another run is under way"),
        ("awaiting_input", "waits for approval at http://127.0.0.1:8080, log in as admin"),
    ],
)
def test_every_state_that_matters_has_its_line(state: str, words: str) -> None:
    progress = Progress(Console(), "http://127.0.0.1:8080", "log in as admin")
    assert words in (progress.describe(task("score", state)) or "")


def test_a_line_is_said_once() -> None:
    console = Console(width=100, record=True)
    progress = Progress(console, "", "")
    for _ in range(3):
        progress.show_task(task("score", "success"))
        progress.show_task(task("decide", "queued"))
    said = console.export_text()
    assert said.count("score") == 1
    assert "decide" not in said
