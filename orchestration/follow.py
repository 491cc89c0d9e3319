"""Show a run while it happens: one line per stage with its seconds, and one sentence when it fails."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.status import Status

from orchestration.environment import HOST, USER, Home, read_password
from orchestration.rest import Client
from warehouse.errors import PromoliftError

LOOK_EVERY_SECONDS = 0.7
SAY_EVERY_SECONDS = 30
MARKS = {"success": "[green]✓[/]", "skipped": "[dim]–[/]", "failed": "[red]✗[/]", "upstream_failed": "[dim]·[/]"}


class RunFailed(PromoliftError):
    """A stage of the run failed; the message says which, why and where its log is."""


@dataclass
class Progress:
    """What has been said about a run so far."""

    console: Console
    address: str
    login: str
    said: set[tuple[str, int, str]] = field(default_factory=set)
    next_sign: float = field(default_factory=lambda: time.monotonic() + SAY_EVERY_SECONDS)

    def show(self, tasks: list[dict[str, Any]], status: Status) -> None:
        for task in sorted(tasks, key=lambda task: task["start_date"] or "~"):
            self.show_task(task)
        active = [task for task in tasks if task["state"] == "running"]
        if active:
            status.update(f"{active[0]['task_id']} … {seconds_so_far(active[0]):.0f} s")
            self.give_sign(active[0])

    def show_task(self, task: dict[str, Any]) -> None:
        key = (task["task_id"], task["try_number"], task["state"])
        line = self.describe(task)
        if line and key not in self.said:
            self.said.add(key)
            self.console.print(line, highlight=False)

    def describe(self, task: dict[str, Any]) -> str | None:
        name, state = task["task_id"], task["state"]
        if state in {"success", "failed"}:
            return f"  {MARKS[state]} {name:<20}{task['duration'] or 0:7.1f} s"
        if state == "up_for_retry":
            return f"  [yellow]↻[/] {name:<20} tries again soon: the warehouse is locked or the stage was killed"
        if state == "up_for_reschedule":
            return f"  [yellow]…[/] {name:<20} waits: another run is under way"
        if state == "awaiting_input":
            return f"  [yellow]?[/] {name:<20} waits for approval at {self.address}, {self.login}"
        return None

    def give_sign(self, task: dict[str, Any]) -> None:
        """A line now and then where no spinner can be shown."""
        if self.console.is_terminal or time.monotonic() < self.next_sign:
            return
        self.next_sign = time.monotonic() + SAY_EVERY_SECONDS
        self.console.print(f"  … {task['task_id']} is running, {seconds_so_far(task):.0f} s so far", highlight=False)


def seconds_so_far(task: dict[str, Any]) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(task["start_date"])).total_seconds()


def follow_run(client: Client, console: Console, dag_id: str, run_id: str) -> None:
    """Return when the run has succeeded; RunFailed when it has not."""
    progress = Progress(console, f"http://{HOST}:{client.port}", f"log in as {USER} with {read_password(client.home)}")
    with console.status("starting") as status:
        state = "queued"
        while state in {"queued", "running"}:
            time.sleep(LOOK_EVERY_SECONDS)
            state = client.run_state(dag_id, run_id)
            progress.show(client.tasks(dag_id, run_id), status)
    if state != "success":
        raise RunFailed(explain(client, dag_id, run_id))


def explain(client: Client, dag_id: str, run_id: str) -> str:
    failed = [task for task in client.tasks(dag_id, run_id) if task["state"] == "failed"]
    if not failed:
        return f"the run {run_id} was ended from outside"
    task = failed[0]
    reason = client.error_of(dag_id, run_id, task["task_id"]) or "it ended without saying why"
    return f"{task['task_id']} failed: {reason.rstrip('.')}. Its log: {task_log(client.home, run_id, task)}"


def task_log(home: Home, run_id: str, task: dict[str, Any]) -> str:
    folder = home.logs / f"dag_id={task['dag_id']}" / f"run_id={run_id}" / f"task_id={task['task_id']}"
    return str(folder / f"attempt={task['try_number']}.log")
