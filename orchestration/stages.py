"""The operator behind every task: run a stage's commands for the run's day, and turn exit codes into errors."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from datetime import date
from typing import Any

from airflow.sdk import BaseOperator, Context

from orchestration.turns import wait_for_turn
from warehouse.errors import BadInput, GateFailed, NotAvailable, PromoliftError, StorageFailed, WarehouseLocked
from warehouse.settings import ROOT

Command = Sequence[str]
ERRORS = {error.exit_code: error for error in (BadInput, NotAvailable, GateFailed, StorageFailed, WarehouseLocked)}
KILL_AFTER_SECONDS = 3


class StageKilled(PromoliftError):
    """The process of a stage was ended by a signal."""


class StageOperator(BaseOperator):
    """Run `python -m <command> --day <day>` for each command, one after the other, and stop at the first that fails."""

    ui_color = "#e8f3ee"

    def __init__(self, *, commands: Sequence[Command], opens_run: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.commands = commands
        self.opens_run = opens_run
        self.process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> None:
        if self.opens_run:
            wait_for_turn(context["ti"])
        day = day_of(context)
        for command in self.commands:
            self.run_command(command, day, context)

    def run_command(self, command: Command, day: date, context: Context) -> None:
        words = [sys.executable, "-m", *command, "--day", day.isoformat()]
        self.log.info("%s", " ".join(words[1:]))
        last_line = self.follow(words)
        if self.process and self.process.returncode:
            error = error_of(self.process.returncode, last_line)
            context["ti"].xcom_push("error", str(error))
            raise error

    def follow(self, words: list[str]) -> str:
        """Pass the command's output on to the task's log and give its last line."""
        lines: deque[str] = deque(maxlen=1)
        self.process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=stage_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self.log.info("%s", line.rstrip())
                lines.extend([line.strip()] if line.strip() else [])
            self.process.wait()
        finally:
            self.on_kill()
            self.process.stdout.close()
        return lines[0] if lines else "the stage said nothing"

    def on_kill(self) -> None:
        """End the stage and everything it started, so that nothing keeps the warehouse locked."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(KILL_AFTER_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def day_of(context: Context) -> date:
    """The day a run decides for: chosen by hand, or the day of its logical date."""
    run = context["dag_run"]
    chosen = context["params"].get("day") if run.run_type == "manual" else None
    return date.fromisoformat(chosen) if chosen else (run.logical_date or run.run_after).date()


def stage_environment() -> dict[str, str]:
    """The installation's settings without Airflow's own, whose secrets are no stage's business."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW__", "_AIRFLOW"))}
    return inherited | {"PYTHONUNBUFFERED": "1", "COLUMNS": "1000", "NO_COLOR": "1"}


def error_of(exit_code: int, last_line: str) -> PromoliftError:
    if exit_code < 0:
        return StageKilled(f"the stage was ended by {signal.Signals(-exit_code).name}")
    kind = ERRORS.get(exit_code, PromoliftError)
    return kind(last_line.removeprefix(f"{kind.__name__}: "))
