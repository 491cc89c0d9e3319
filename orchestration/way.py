"""The way without Airflow: the DAG's own commands, one process each, in the DAG's order."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from warehouse import settings

Command = tuple[str, ...]
Teller = Callable[[str], object]
LAST_LINES = 15


@lru_cache
def commands() -> list[tuple[str, Command]]:
    """Task and command, in the order of the DAG `promotions_daily`."""
    if "AIRFLOW_HOME" not in os.environ:  # Airflow writes its settings somewhere as soon as it is imported
        os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="promolift-airflow-")
        atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(settings.ROOT / "dags" / "promotions_daily.py", load_op_links=False).dags["promotions_daily"]
    ordered = dag.topological_sort()
    return [(task.task_id, tuple(command)) for task in ordered for command in getattr(task, "commands", [])]


def start(command: Command, day: date) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", *command, "--day", day.isoformat()]
    return subprocess.Popen(
        words,
        cwd=settings.ROOT,
        env=os.environ.copy(),
        text=True,
        process_group=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: "subprocess.Popen[str]") -> int:
    """Exit code of a stage; what it said is shown when it failed."""
    said, _ = process.communicate()
    if process.returncode:
        print(*said.splitlines()[-LAST_LINES:], sep="\n")
    return process.returncode


def run_way(day: date, tell: Teller = str) -> int:
    """Run a day's stages; 0, or the exit code of the stage that stopped it. `tell` hears of each task in advance."""
    for task, command in commands():
        tell(task)
        code = finish(start(command, day))
        if code:
            return code
    return 0
