"""One policy for all DAGs: thin, light to import, one writer, said what is normal and who hears of a failure."""

import ast
import json
import re
import subprocess
import sys
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from orchestration import commands, turns
from orchestration.policy import LANDING, MODELS, PUBLISHED, RETRY_POLICY
from orchestration.stages import StageOperator
from warehouse.settings import ROOT

FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = ("pandas", "duckdb", "lightgbm", "sklearn", "numpy", "pyarrow", "mlflow", "dbt", "great_expectations", "scipy")
MOST_SECONDS = 2.0
MOST_LINES = 80
WAYS = {
    "promotions_daily": [
        "ingest", "validate_raw", "stage", "features", "validate_features", "train", "score", "validate_scores",
        "decide", "validate_decisions", "measure", "approve", "publish", "report",
    ],
    "train_models": ["ingest", "validate_raw", "stage", "features", "validate_features", "train"],
}  # fmt: skip
BORDERS = {f"validate_{border}" for border in ("raw", "features", "scores", "decisions")}


def load(file: Path) -> DAG:
    """The one DAG of a file, as Airflow's own processor finds it."""
    bag = DagBag(file, load_op_links=False)
    assert not bag.import_errors
    assert len(bag.dags) == 1
    return next(iter(bag.dags.values()))


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def dag(file: Path) -> DAG:
    return load(file)


@pytest.mark.parametrize("source", sorted((ROOT / "sources").glob("*/source.yml")), ids=lambda file: file.parent.name)
def test_a_run_of_any_day_of_a_source_has_work_to_do(dag: DAG, source: Path) -> None:
    """Airflow makes no task for a day before the DAG's first one, and calls a run without tasks a success."""
    first_day = yaml.safe_load(source.read_text())["first_day"]
    assert dag.start_date is not None
    assert dag.start_date.date() <= first_day


def test_importing_is_light_and_clean(file: Path) -> None:
    program = (
        "import sys, time, json, airflow.sdk, runpy; "
        f"before = time.process_time(); runpy.run_path({str(file)!r}); "
        f"print(json.dumps([time.process_time() - before, [m for m in {HEAVY!r} if m in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, heavy = json.loads(done.stdout.splitlines()[-1])
    assert heavy == []
    assert seconds < MOST_SECONDS


def test_file_is_wiring_only(file: Path) -> None:
    tree = ast.parse(file.read_text())
    roots = {imported_root(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
    assert roots <= {"airflow.sdk", "orchestration.approval", "orchestration.policy", "orchestration.stages"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For)]
    assert len(file.read_text().splitlines()) <= MOST_LINES


def imported_root(node: ast.Import | ast.ImportFrom) -> str:
    return str(node.module) if isinstance(node, ast.ImportFrom) else node.names[0].name


READS_DAGS = "way"  # runs a DAG's commands without a scheduler: it reads DAGs and is imported by none
IMPORTED = [file for file in sorted((ROOT / "orchestration").glob("*.py")) if file.stem != READS_DAGS]


@pytest.mark.parametrize("module", IMPORTED, ids=lambda file: file.stem)
def test_what_dags_import_knows_airflow_by_its_sdk_only(module: Path) -> None:
    names = [
        imported_root(node)
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    airflow = [name for name in names if name.split(".")[0] == "airflow"]
    assert all(name.startswith(("airflow.sdk", "airflow.providers")) for name in airflow)


def test_id_is_the_name_of_the_file(file: Path, dag: DAG) -> None:
    assert dag.dag_id == file.stem
    assert dag.dag_id in commands.DAGS


def test_page_says_what_is_normal_and_when_to_worry(dag: DAG) -> None:
    assert dag.doc_md is not None
    assert re.findall(r"^## (.*)$", dag.doc_md, re.MULTILINE) == ["What is normal", "When to worry"]
    assert dag.description
    assert dag.tags


def test_runs_go_one_at_a_time_and_never_catch_up(dag: DAG) -> None:
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.deadline


def test_every_task_follows_the_policy(dag: DAG) -> None:
    for task in dag.tasks:
        assert task.owner == "promolift"
        assert task.pool == "writer"
        assert task.pool_slots == 1
        assert task.retries > 0
        assert task.retry_policy is RETRY_POLICY
        assert [type(told).__name__ for told in task.on_failure_callback] == ["FailureNotifier"]


def test_every_stage_can_time_out(dag: DAG) -> None:
    stages = [task for task in dag.tasks if isinstance(task, StageOperator)]
    assert stages
    assert all(timedelta(0) < task.execution_timeout <= timedelta(hours=2) for task in stages)


def test_every_command_is_one_the_project_has(dag: DAG) -> None:
    for task in dag.tasks:
        for module, *_ in getattr(task, "commands", []):
            assert (ROOT / module / "__main__.py").exists(), f"{task.task_id} runs python -m {module}"


def test_the_way_is_one_chain_in_this_order(dag: DAG) -> None:
    way = WAYS[dag.dag_id]
    assert [task.task_id for task in dag.topological_sort()] == way
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        task: {after} if after else set() for task, after in zip_longest(way, way[1:])
    }


def test_every_dag_is_there() -> None:
    assert [file.stem for file in FILES] == sorted(WAYS) == sorted(commands.DAGS)


def test_turns_know_first_and_last_task(dag: DAG) -> None:
    first, last = turns.ENDS[dag.dag_id]
    assert [task.task_id for task in dag.roots] == [first]
    assert [task.task_id for task in dag.leaves] == [last]
    assert dag.get_task(first).opens_run


def test_nothing_is_published_before_all_gates_and_the_approval() -> None:
    daily = load(ROOT / "dags" / "promotions_daily.py")
    before = {task.task_id for task in daily.get_task("publish").get_flat_relatives(upstream=True)}
    assert BORDERS | {"approve", "measure"} <= before


def test_assets_say_who_writes_what() -> None:
    daily, weekly = (load(ROOT / "dags" / f"{name}.py") for name in ("promotions_daily", "train_models"))
    assert daily.get_task("publish").outlets == [PUBLISHED]
    assert daily.get_task("ingest").outlets == [LANDING]
    assert weekly.get_task("train").outlets == [MODELS]
