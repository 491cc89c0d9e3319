"""What Airflow hands to a task, as much of it as our operators look at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from airflow.sdk import Context


@dataclass
class Run:
    run_type: str = "scheduled"
    logical_date: datetime | None = datetime(2017, 11, 27, 6, tzinfo=UTC)
    run_after: datetime = datetime(2017, 11, 28, 6, tzinfo=UTC)
    run_id: str = "scheduled__2017-11-27"


@dataclass
class Task:
    dag_id: str = "promotions_daily"
    task_id: str = "score"
    run_id: str = "scheduled__2017-11-27"
    log_url: str = "http://127.0.0.1:8080/log"
    said: dict[str, Any] = field(default_factory=dict)
    states: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    earlier: Run | None = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.said[key] = value

    def get_task_states(self, dag_id: str, task_ids: list[str]) -> dict[str, dict[str, str]]:
        return self.states.get(dag_id, {})

    def get_previous_dagrun(self, state: str) -> Run | None:
        return self.earlier if state == "running" else None


def context(task: Task | None = None, run: Run | None = None, **more: Any) -> Context:
    return cast(Context, {"ti": task or Task(), "dag_run": run or Run(), "params": {"day": None}} | more)
