"""One run at a time, in the order of days."""

from datetime import UTC, datetime

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException

from orchestration.turns import LOOK_AGAIN_AFTER, wait_for_turn
from tests.orchestration.contexts import Run, Task

OTHER = "backfill__2017-11-26"


def task(**states: dict[str, str]) -> Task:
    return Task(states={"promotions_daily": states})


def check_put_off(task: Task) -> None:
    """The task sleeps, for as long as it says; Airflow's exception carries a moment and no words."""
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException, match=r"^$") as put_off:
        wait_for_turn(task)
    assert before + LOOK_AGAIN_AFTER <= put_off.value.reschedule_date <= datetime.now(UTC) + LOOK_AGAIN_AFTER


def test_first_run_goes_at_once() -> None:
    wait_for_turn(task())


@pytest.mark.parametrize("last", ["running", "queued", "scheduled", "up_for_retry", "awaiting_input", None])
def test_waits_while_another_run_is_under_way(last: str | None) -> None:
    states = {"ingest": "success"} | ({"report": last} if last else {})
    check_put_off(task(**{OTHER: states}))


@pytest.mark.parametrize("last", ["success", "failed", "upstream_failed"])
def test_goes_when_the_other_run_is_over(last: str) -> None:
    wait_for_turn(task(**{OTHER: {"ingest": "success", "report": last}}))


def test_a_run_that_has_not_begun_holds_nobody_up() -> None:
    wait_for_turn(task(**{OTHER: {"ingest": "up_for_reschedule"}}))


def test_does_not_wait_for_itself() -> None:
    mine = Task()
    mine.states = {"promotions_daily": {mine.run_id: {"ingest": "success"}}}
    wait_for_turn(mine)


def test_waits_for_training() -> None:
    training = Task(states={"train_models": {"weekly": {"ingest": "success", "train": "running"}}})
    check_put_off(training)


def test_the_earlier_day_goes_first() -> None:
    check_put_off(Task(earlier=Run(run_id=OTHER)))
