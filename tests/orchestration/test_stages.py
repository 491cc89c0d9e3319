"""The operator behind every task: exit codes become errors, and errors decide over retries."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import psutil
import pytest
from airflow.sdk import RetryAction

from orchestration.policy import RETRY_POLICY
from orchestration.stages import StageKilled, StageOperator, day_of
from tests.orchestration.contexts import Run, Task, context
from warehouse.errors import BadInput, GateFailed, NotAvailable, PromoliftError, StorageFailed, WarehouseLocked

FAKE = "tests.orchestration.fake_stage"


class Log:
    """What a task wrote to its log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, form: str, *words: object) -> None:
        self.lines.append(form % words)

    def warning(self, message: str) -> None:
        """Airflow remarks that no runner called the operator: it is right."""


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    written = Log()
    monkeypatch.setattr(StageOperator, "log", written)
    return written


def stage(*commands: tuple[str, str]) -> StageOperator:
    return StageOperator(task_id="score", commands=[(FAKE, *command) for command in commands])


@pytest.mark.parametrize(
    ("exit_code", "error"),
    [
        ("1", PromoliftError),
        ("65", BadInput),
        ("66", NotAvailable),
        ("70", GateFailed),
        ("74", StorageFailed),
        ("75", WarehouseLocked),
    ],
)
def test_exit_code_becomes_its_error(exit_code: str, error: type[PromoliftError]) -> None:
    task = Task()
    with pytest.raises(error, match=r"^the reason on 2017-11-27$") as failed:
        stage((exit_code, f"{error.__name__}: the reason")).execute(context(task))
    assert type(failed.value) is error
    assert task.said == {"error": str(failed.value)}


def test_killed_stage_is_told_apart_from_a_failed_one() -> None:
    with pytest.raises(StageKilled, match="ended by SIGKILL"):
        stage(("killed", "half way")).execute(context())


def test_later_commands_wait_for_earlier_ones(log: Log) -> None:
    with pytest.raises(GateFailed, match="second"):
        stage(("0", "first"), ("70", "second"), ("0", "third")).execute(context())
    assert [line for line in log.lines if not line.startswith("-m")] == ["first on 2017-11-27", "second on 2017-11-27"]


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (WarehouseLocked("held"), RetryAction.RETRY),
        (StageKilled("gone"), RetryAction.RETRY),
        (GateFailed("R3"), RetryAction.FAIL),
        (BadInput("broken"), RetryAction.FAIL),
        (StorageFailed("full"), RetryAction.FAIL),
        (PromoliftError("bug"), RetryAction.FAIL),
        (RuntimeError("bug"), RetryAction.FAIL),
    ],
)
def test_only_what_heals_by_itself_is_tried_again(error: Exception, action: RetryAction) -> None:
    assert RETRY_POLICY.evaluate(error, try_number=1, max_tries=5).action is action


def test_end_of_a_task_ends_what_its_stage_started(log: Log) -> None:
    operator = stage(("hangs", "busy"))
    with ThreadPoolExecutor(1) as threads:
        ending = threads.submit(operator.execute, context())
        child = psutil.Process(wait_for_number(log))
        operator.on_kill()
        assert isinstance(ending.exception(10), StageKilled)
    gone, _ = psutil.wait_procs([child], timeout=5)
    assert gone


def wait_for_number(log: Log) -> int:
    for _ in range(200):
        numbers = [line for line in log.lines if line.isdecimal()]
        if numbers:
            return int(numbers[0])
        time.sleep(0.05)
    raise AssertionError("the stage never said its child's number")


def test_stages_never_see_airflows_secrets(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    monkeypatch.setenv("PROMOLIFT_SOURCE", "my_shop")
    stage(("tells", "settings")).execute(context())
    assert "PROMOLIFT_SOURCE" in log.lines[-1]
    assert "AIRFLOW__" not in log.lines[-1]


@pytest.mark.parametrize(
    ("run", "chosen", "day"),
    [
        (Run("manual"), "2017-10-01", date(2017, 10, 1)),
        (Run("manual"), None, date(2017, 11, 27)),
        (Run("backfill"), "2017-10-01", date(2017, 11, 27)),
        (Run("scheduled"), "2017-10-01", date(2017, 11, 27)),
        (Run("scheduled", None, datetime(2017, 11, 28, tzinfo=UTC)), None, date(2017, 11, 28)),
    ],
)
def test_day_is_chosen_by_hand_or_is_the_runs_own(run: Run, chosen: str | None, day: date) -> None:
    assert day_of(context(run=run, params={"day": chosen})) == day


def test_commands_run_from_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: Log) -> None:
    monkeypatch.chdir(tmp_path)
    stage(("0", "found")).execute(context())
    assert log.lines[-1] == "found on 2017-11-27"
