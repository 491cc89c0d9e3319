"""dbt as a subprocess: one build per layer, its numbers from ml/params.yml, its files under the data folder."""

import json
import os
import subprocess
import sys
from collections import deque
from datetime import date
from pathlib import Path
from typing import Any

from ml import parameters
from warehouse import runs, settings, sources
from warehouse.connection import reading, writing
from warehouse.errors import BadInput, NotAvailable
from warehouse.faults import explain_lock

PROJECT = settings.ROOT / "dbt_project"
LAYERS = {"staging": ["staging"], "features": ["intermediate", "features"], "marts": ["marts"]}
SECTIONS = ("shop", "features", "labels", "publish")
STAGES = {"staging": "stage", "features": "features", "marts": "marts"}
FAILED = {"error", "fail", "runtime error"}


def run(layer: str, day: date, panel: bool = False) -> None:
    """Build one layer as a stage of the day's run."""
    if layer == "marts":
        runs.forget(day, runs.NOT_YET_OVER)  # the marts tell which stages led to them, in a second run the same
    with runs.stage(STAGES[layer], day) as stage:
        stage.rows = run_dbt(layer, day, panel)


def run_dbt(layer: str, day: date, panel: bool = False) -> int:
    """Build one layer as of a day and give the rows it holds of the day; dbt's own lines are the progress."""
    with writing():
        pass  # a lock is told by our own sentence before dbt starts
    state = settings.load().data / "dbt"
    state.mkdir(parents=True, exist_ok=True)
    (state / "run_results.json").unlink(missing_ok=True)
    last_lines = follow(command(layer, state, variables()), environment(day, panel))
    if last_lines:
        raise_failure(layer, state, last_lines)
    return count_rows(layer, day)


def variables() -> dict[str, Any]:
    """The shop's time zone, whether it is replayed, and every parameter SQL needs, under the parameter's own name."""
    numbers: dict[str, Any] = {}
    for section in SECTIONS:
        numbers |= vars(getattr(parameters.load(), section))
    source = sources.load()
    return {"time_zone": source.time_zone, "is_replay": source.is_replay, **numbers}


def command(layer: str, state: Path, numbers: dict[str, Any]) -> list[str]:
    folders = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", state, "--log-path", state]
    program = [sys.executable, "-m", "dbt.cli.main", "build", "--select", *LAYERS[layer]]
    program += ["--exclude-resource-type", "unit_test"]  # they prove the SQL, not the day
    return [str(word) for word in [*program, *folders, "--vars", json.dumps(numbers)]]


def environment(day: date, panel: bool) -> dict[str, str]:
    """The day, and the limits that the profile reads as every connection does.

    The day is no variable of dbt: with other variables dbt would read the whole project anew, day after day.
    """
    installation = settings.load()
    return os.environ | {
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUN_DAY": day.isoformat(),
        "RUN_PANEL": "yes" if panel else "no",
        "PROMOLIFT_DATA": str(installation.data),
        "PROMOLIFT_SOURCE": installation.source,
        "PROMOLIFT_MEMORY_LIMIT": installation.memory_limit,
        "PROMOLIFT_TEMP_LIMIT": installation.temp_limit,
        "PROMOLIFT_THREADS": str(installation.threads),
    }


def follow(words: list[str], environment: dict[str, str]) -> list[str]:
    """Run a command with its output passed on; empty when it succeeded, else its last lines."""
    last_lines: deque[str] = deque(maxlen=40)
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as dbt:
        assert dbt.stdout is not None
        for line in dbt.stdout:
            print(line, end="", flush=True)
            last_lines.append(line)
    return [*last_lines, f"exit code {dbt.returncode}"] if dbt.returncode else []


def raise_failure(layer: str, state: Path, last_lines: list[str]) -> None:
    output = "".join(last_lines)
    if "could not set lock" in output.lower():
        raise explain_lock(output)
    log = state / "dbt.log"
    failures = [f"{name}: {reason}" for name, reason in failed_nodes(state / "run_results.json")]
    if not failures:
        raise NotAvailable(f"dbt could not start the layer {layer} ({last_lines[-1]}); see {log}")
    more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    raise BadInput(f"dbt failed in the layer {layer}, {failures[0]}{more}; see {log}")


def failed_nodes(results: Path) -> list[tuple[str, str]]:
    if not results.exists():
        return []
    nodes = json.loads(results.read_text())["results"]
    return [(node["unique_id"], one_line(node["message"])) for node in nodes if node["status"] in FAILED]


def one_line(message: str | None) -> str:
    return " ".join((message or "no message").split())[:300]


def count_rows(layer: str, day: date) -> int:
    """Rows of the day in every table of a layer that has days; of the staging views all that the day knows.

    Other days must not count: what they left there depends on which runs came before.
    """
    with reading() as connection:
        tables = connection.execute(
            "select table_name from duckdb_columns() where schema_name = $layer and column_name = 'day'"
            "and table_name not like '%_versions'",  # they hold the same rows again
            {"layer": layer},
        ).fetchall()
        condition = "" if layer == "staging" else "where day = $day"
        counts = [f'select count(*) as rows from {layer}."{name}" {condition}' for (name,) in tables]
        total = f"select sum(rows) from ({' union all '.join(['select 0 as rows', *counts])})"
        given = {"day": day} if condition and counts else None
        return int(connection.execute(total, given).fetchall()[0][0])
