"""A day's run without Airflow: the DAG's own commands, one process each, in the DAG's order."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from warehouse import connection, settings

Command = tuple[str, ...]
# Durations and memory are the only things that may differ between two runs of a day.
MEASURED = {"seconds", "peak_memory_mib"}
LAST_LINES = 15


@lru_cache
def commands() -> list[tuple[str, Command]]:
    """Task and command, in the order of the DAG `promotions_daily`."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(settings.ROOT / "dags" / "promotions_daily.py", load_op_links=False).dags["promotions_daily"]
    ordered = dag.topological_sort()
    return [(task.task_id, tuple(command)) for task in ordered for command in getattr(task, "commands", [])]


def start(command: Command, day: date) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", *command, "--day", day.isoformat()]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(words, cwd=settings.ROOT, text=True, process_group=0, env=os.environ.copy(), **output)


def finish(process: subprocess.Popen[str]) -> int:
    """Exit code of a stage; what it said is shown when it failed."""
    said, _ = process.communicate()
    if process.returncode:
        print(*said.splitlines()[-LAST_LINES:], sep="\n")
    return process.returncode


def run_way(day: date) -> int:
    """Run a day's stages; 0, or the exit code of the stage that stopped it."""
    return next((code for _, command in commands() if (code := finish(start(command, day)))), 0)


def commands_before(last: Command) -> list[tuple[str, Command]]:
    names = [command for _, command in commands()]
    return commands()[: names.index(last)]


def published() -> dict[str, pa.Table]:
    """Every published table without its durations, in a fixed order."""
    with connection.locked_down(settings.load().published) as database:
        names = [name for (name,) in database.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        return {name: database.execute(select(database, name)).to_arrow_table() for name in names}


def select(database: connection.duckdb.DuckDBPyConnection, table: str) -> str:
    columns = database.execute(f"select column_name from duckdb_columns() where table_name = '{table}'").fetchall()
    kept = ", ".join(name for (name,) in columns if name not in MEASURED)
    return f"select {kept} from {table} order by all"


def differences(left: dict[str, pa.Table], right: dict[str, pa.Table]) -> list[str]:
    """Names of tables that are not the same row for row."""
    return sorted(name for name in left.keys() | right.keys() if not same(left.get(name), right.get(name)))


def same(left: pa.Table | None, right: pa.Table | None) -> bool:
    return left is not None and right is not None and left.equals(right)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
