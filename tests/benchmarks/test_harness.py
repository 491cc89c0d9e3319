import json
import sys
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as harness
from benchmarks.figures import Figure, as_table


def test_runs_every_benchmark_without_a_name_and_one_by_name():
    assert harness.parse_arguments([]).names == []
    assert harness.parse_arguments(["runtime"]).names == ["runtime"]


def test_refuses_an_unknown_benchmark_and_names_the_known_ones(capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        harness.parse_arguments(["horoscopes"])
    said = capsys.readouterr().err
    assert "'horoscopes'" in said
    assert all(name in said for name in harness.NAMES)


def test_writes_what_it_prints(tmp_path, monkeypatch):
    figure = Figure("AUC", 0.83, "score", floor=0.7, peer=0.82, how_measured="on later days", target=0.82)
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "benchmarks.runtime", SimpleNamespace(run=lambda: [figure]))
    harness.run_benchmark("runtime", harness.Console(quiet=True))
    assert json.loads((tmp_path / "benchmarks" / "runtime.json").read_text())[0]["value"] == 0.83
    assert as_table("runtime", [figure]).row_count == 1
