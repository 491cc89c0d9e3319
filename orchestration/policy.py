"""What every DAG here shares: who owns it, when it runs, what is retried, who hears of a failure."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from airflow.sdk import (  # type: ignore[attr-defined]  # deadlines and callbacks are missing from Airflow's own stub
    Asset,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    SyncCallback,
)

from orchestration.alerts import FailureNotifier, report_deadline
from orchestration.stages import StageKilled
from warehouse.errors import WarehouseLocked

WRITER_POOL = "writer"
FIRST_DAY = datetime(
    1970, 1, 1, tzinfo=UTC
)  # before any shop: a run of an earlier day would do nothing and call it success

LANDING = Asset("promolift_landing")
MODELS = Asset("promolift_models")
PUBLISHED = Asset("promolift_published")

# A lock or a killed process heals by itself; a failed gate, bad input or a full disk needs a person.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(WarehouseLocked, RetryAction.RETRY, timedelta(seconds=30), "another process holds the warehouse"),
        RetryRule(StageKilled, RetryAction.RETRY, timedelta(seconds=10), "the stage was killed from outside"),
    ],
    default=RetryAction.FAIL,
)


@dataclass(frozen=True)
class Schedule:
    """When DAGs start by themselves, from the environment (.env.example)."""

    daily: str
    weekly: str
    until: datetime | None
    default_day: str | None
    deadline: timedelta

    @property
    def is_on(self) -> bool:
        return self.daily != "none"


def read_schedule() -> Schedule:
    environment = os.environ
    until = environment.get("PROMOLIFT_SCHEDULE_UNTIL")
    return Schedule(
        daily=environment.get("PROMOLIFT_SCHEDULE") or "0 6 * * *",
        weekly=environment.get("PROMOLIFT_TRAIN_SCHEDULE") or "0 8 * * 0",
        until=datetime.combine(date.fromisoformat(until), time.max, UTC) if until else None,
        default_day=environment.get("PROMOLIFT_DEFAULT_DAY") or None,
        deadline=timedelta(minutes=int(environment.get("PROMOLIFT_DEADLINE_MINUTES") or 120)),
    )


def dag_settings(schedule: Schedule, cron: str) -> dict[str, Any]:
    """Arguments common to all DAGs: one run at a time, never catching up by itself, told when late."""
    return {
        "schedule": CronTriggerTimetable(cron, timezone="UTC") if schedule.is_on else None,
        "start_date": FIRST_DAY,
        "end_date": schedule.until,
        "catchup": False,
        "max_active_runs": 1,
        "default_args": task_defaults(),
        "params": {"day": day_parameter(schedule)},
        "deadline": DeadlineAlert(
            DeadlineReference.DAGRUN_QUEUED_AT,
            interval=schedule.deadline,
            callback=SyncCallback(report_deadline, {"minutes": int(schedule.deadline.total_seconds() // 60)}),
            name="run_is_late",
        ),
    }


def task_defaults() -> dict[str, Any]:
    return {
        "owner": "promolift",
        "pool": WRITER_POOL,
        "retries": 5,
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": [FailureNotifier()],
    }


def day_parameter(schedule: Schedule) -> Param:
    return Param(
        schedule.default_day,
        type=["null", "string"],
        format="date",
        description="The day to decide for, knowing only earlier days. Empty: the day of the run's logical date. "
        "Only runs started by hand use it.",
    )
