"""The how-to for a test of one's own does what it says: its file, its command and its call run as they stand there."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from docs import generate

PAGE = (generate.ROOT / "docs" / "how-to" / "evaluate-a-randomised-test.md").read_text()
MAKE_FILE, CALL = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(COMMAND,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
(SAID,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def without_numbers(text: str) -> str:
    """Numbers and the winner's name may move with the candidates; the sentences may not.

    >>> without_numbers("Policy: x_learner. +1.5 per row")
    'Policy: … # per row'
    """
    return re.sub(r"[+-]?\d[\d,.]*\d|\d", "#", re.sub(r"Policy: [^.]*\.", "Policy: …", text))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(generate.ROOT))
    exec(MAKE_FILE, {})
    return tmp_path


@pytest.mark.integration
def test_the_command_prints_what_the_page_shows(folder: Path) -> None:
    words = [sys.executable, *shlex.split(COMMAND)[1:]]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    shown = done.stdout.strip().splitlines()[:3]
    assert list(map(without_numbers, shown)) == list(map(without_numbers, SAID.strip().splitlines()))
    assert {file.name for file in (folder / "found").iterdir()} == {
        "index.html",
        "effects.csv",
        "finding.json",
        "model",
    }
    said = json.loads((folder / "found" / "finding.json").read_text())
    letter = next(one for one in said["effects"] if one["arm"] == "letter")
    assert letter["effect"]["low"] < 1.5 < letter["effect"]["high"]


@pytest.mark.integration
def test_the_call_runs_and_treats_those_who_know_us(folder: Path) -> None:
    known = {"test": pd.read_csv("test.csv")}
    exec(CALL, known)
    finding, test = known["finding"], known["test"]
    assert ((finding.rows["assigned"] == "letter") == test["knows us"]).mean() > 0.9


def test_the_page_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    from ml.__main__ import parse_arguments

    with pytest.raises(SystemExit):
        parse_arguments(["experiment", "--help"])
    offered = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help", "--seed"}
    assert offered <= set(re.findall(r"--[a-z]+", PAGE))
