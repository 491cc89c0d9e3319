"""Nothing that learns, decides or lands can know the truth: not by its code, and not by what lies on the disk."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from simulator import world
from simulator.build import Place
from simulator.calendar import date_of
from simulator.dirt import Rates
from tests.simulator import small_build
from warehouse import ingest, sources
from warehouse.errors import NotAvailable
from warehouse.settings import ROOT

WALLED = ("ml", "dbt_project", "expectations", "warehouse", "sources")
BUILT = {"target", "dbt_packages", "logs", "__pycache__"}
PATH = re.compile(r"""truth/|/truth\b|^truth$""")
WORD = re.compile(r"\btruth\b", re.I)


def files(suffix: str) -> list[Path]:
    found = (file for top in WALLED for file in (ROOT / top).rglob(f"*{suffix}"))
    return sorted(file for file in found if not BUILT & set(file.relative_to(ROOT).parts))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def breaches(python: str) -> list[str]:
    """Imports of what knows the truth, and strings by which it could be reached."""
    tree = ast.parse(python)
    modules = [name for name in imported(tree) if name.split(".")[0] in {"simulator", "orchestration", "tests"}]
    by_name = [text for text in texts(tree) if re.fullmatch(r"simulator(\.\w+)*", text) or PATH.search(text)]
    return modules + by_name


def test_no_module_behind_the_wall_imports_the_simulator_or_names_the_truth() -> None:
    found = {str(file.relative_to(ROOT)): breaches(file.read_text()) for file in files(".py")}
    assert {file: what for file, what in found.items() if what} == {}
    assert {Path(file).parts[0] for file in found} >= {"ml", "expectations", "warehouse"}


@pytest.mark.parametrize("suffix", [".sql", ".yml", ".csv"])
def test_no_query_or_setting_behind_the_wall_names_the_truth(suffix: str) -> None:
    found = files(suffix)
    assert found
    kept = (re.sub(r"^(title|terms):.*|^#.*", "", file.read_text(), flags=re.M) for file in found)
    assert [file.name for file, text in zip(found, kept, strict=True) if WORD.search(text)] == []


@pytest.mark.parametrize(
    "python",
    [
        "import simulator",
        "from simulator.oracle import value_all",
        "def late():\n    from simulator import truth",
        "importlib.import_module('simulator.truth')",
        "pq.read_table(folder / '../truth/customers.parquet')",
        "folder.parent / 'truth'",
        "from orchestration import way",
    ],
)
def test_every_way_over_the_wall_is_seen(python: str) -> None:
    assert breaches(python)


def test_what_decides_runs_without_the_simulator_in_memory() -> None:
    """Also not through something it imports."""
    modules = "ml.train, ml.score, ml.decide, ml.measure, expectations.rules, warehouse.ingest, warehouse.publish"
    code = f"import sys, {modules}; sys.exit(any(name.split('.')[0] == 'simulator' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, check=False).returncode == 0


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return small_build.write(tmp_path_factory.mktemp("little"), days=6, rates=Rates.none(), customers=200)


def land(shop: Path, data: Path, monkeypatch: pytest.MonkeyPatch, little: Place) -> dict[str, list[str]]:
    """Rows of every landed file, in order of their text: files are written in parallel."""
    settings = {"SOURCE": "simulator", "SIMULATION": shop, "DATA": data, "PII_KEY": "a key", "MEMORY_LIMIT": "1GB"}
    for name, value in settings.items():
        monkeypatch.setenv(f"PROMOLIFT_{name}", str(value))
    made = world.load(little.truth)
    ingest.run(date_of(made.known, made.next_day))
    landed = (data / "landing").rglob("*.parquet")
    return {str(file.relative_to(data)): sorted(map(str, pq.read_table(file).to_pylist())) for file in landed}


def test_the_same_lands_when_there_is_no_truth(little: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_truth = land(little.shop, tmp_path / "with", monkeypatch, little)
    alone = shutil.copytree(little.shop, tmp_path / "alone" / "shop")
    assert {Path(name).parts[1] for name in with_truth} >= {"orders", "customers", "events", "exposures"}
    assert land(alone, tmp_path / "without", monkeypatch, little) == with_truth


def test_the_folder_around_shop_and_truth_is_no_source(
    little: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAvailable, match=r"o files found that match .*/customers/day="):
        land(little.out, tmp_path / "data", monkeypatch, little)
    assert not (tmp_path / "data" / "landing").exists()


def test_every_file_of_the_source_lies_in_the_shop(little: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_SIMULATION", str(little.shop))
    source = sources.load("simulator")
    read = [file for file in sources.data_files(source) if not file.is_relative_to(source.mapping)]
    assert read
    assert all(file.is_relative_to(little.shop) for file in read)
