"""One run at a time, in the order of days.

The one-slot pool keeps two tasks from writing at once, but not two runs from taking turns stage by stage, and
`airflow backfill create` starts ten runs by default whatever `max_active_runs` says. Stages of different days rebuild
the same staging tables, so a run's first task waits here until no other run is under way and no earlier day is
still to come. The pool lets one first task look at a time: two cannot both find the way free.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowRescheduleException

# First and last task of every DAG that writes to the warehouse.
ENDS = {"promotions_daily": ("ingest", "report"), "train_models": ("ingest", "train")}
OVER = {"success", "failed", "upstream_failed", "skipped", "removed"}
LOOK_AGAIN_AFTER = timedelta(seconds=10)


def wait_for_turn(task: Any) -> None:
    """Put the task back to sleep, without using up a try, unless it is this run's turn."""
    if find_run_under_way(task) or find_earlier_run(task):
        raise AirflowRescheduleException(datetime.now(UTC) + LOOK_AGAIN_AFTER)


def find_run_under_way(task: Any) -> str | None:
    """A run of another day whose first task is done and whose last task is not over."""
    for dag_id, (first, last) in ENDS.items():
        states = task.get_task_states(dag_id, task_ids=[first, last])
        for run_id, tasks in states.items():
            if (dag_id, run_id) != (task.dag_id, task.run_id) and is_under_way(tasks.get(first), tasks.get(last)):
                return f"{dag_id} {run_id}"
    return None


def is_under_way(first: str | None, last: str | None) -> bool:
    return first == "success" and last not in OVER


def find_earlier_run(task: Any) -> str | None:
    """A started run of an earlier day: it goes first. A queued one may be waiting for this one and does not count."""
    earlier = task.get_previous_dagrun(state="running")
    return earlier.run_id if earlier else None
