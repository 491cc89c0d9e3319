"""What a person types: sizes that make no sense, help that says units and defaults, one sentence and an exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import __main__ as command_line
from simulator import parameters
from simulator.build import Place
from tests.simulator.small_build import contents
from warehouse.errors import BadInput
from warehouse.settings import ROOT


def run(*words: str | Path) -> None:
    given = command_line.parse_arguments([str(word) for word in words])
    command_line.COMMANDS[given.command](given)


@pytest.mark.parametrize(
    ("option", "number"), [("customers", 0), ("customers", -5), ("products", 1), ("days", 0), ("seed", -1)]
)
def test_sizes_that_make_no_shop_are_refused(tmp_path: Path, option: str, number: int) -> None:
    with pytest.raises(BadInput, match=f"--{option} must be at least [012], not {number}"):
        run("build", "--out", tmp_path / "shop", f"--{option}", str(number))
    assert not (tmp_path / "shop").exists()


def test_a_number_that_is_none_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("build", "--out", tmp_path, "--customers", "many")
    assert ended.value.code == 2
    assert "argument --customers: invalid int value: 'many'" in capsys.readouterr().err


def test_the_smallest_shop_can_be_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("build", "--out", tmp_path, "--customers", "1", "--products", "2", "--days", "1", "--clean")
    assert "1 days up to 2025-06-04" in capsys.readouterr().out


def test_parameters_of_another_world_need_every_number_with_unit_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "other.yml"
    file.write_text(parameters.FILE.read_text().replace("unit: date, ", ""))
    with pytest.raises(BadInput, match=r"other.yml: world.first_day must be there with exactly value, unit and reason"):
        run("build", "--out", tmp_path / "shop", "--params", file)


@pytest.mark.parametrize("command", ["build", "step", "value", "truth", "loop"])
def test_help_says_what_every_option_means(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    options = [part.split()[0] for part in said.split(" --")[1:]]
    assert options
    for default in {"build": ("20,000", "2,000", "180"), "loop": ("20,000", "180", "8")}.get(command, ()):
        assert f"default {default}" in said


def test_steps_and_values_follow_the_day(clean: Place, capsys: pytest.CaptureFixture[str]) -> None:
    run("value", "--out", clean.out, "--day", "2025-08-03")
    values = json.loads(capsys.readouterr().out)
    assert values["day"] == "2025-08-03"
    assert values["policy_value"] == values["nothing_value"] == 0
    assert values["oracle_value"] >= max(values["uniform_value"], values["propensity_value"], 0)
    before = contents(clean.truth / "world")
    with pytest.raises(BadInput, match="stands on the morning of 2025-08-03, not of 2025-08-09"):
        run("step", "--out", clean.out, "--day", "2025-08-09")
    with pytest.raises(BadInput, match="--days must be at least 1, not 0"):
        run("step", "--out", clean.out, "--days", "0")
    assert contents(clean.truth / "world") == before


def test_a_fault_is_one_sentence_and_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    words = [sys.executable, "-m", "simulator", "build", "--out", str(tmp_path)]
    ended = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == BadInput.exit_code
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "is not empty and holds no simulated shop" in ended.stderr
