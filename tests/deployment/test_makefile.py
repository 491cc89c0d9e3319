"""The commands a newcomer types, on a copy of what they need."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration import install
from warehouse.settings import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
COMMANDS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone as far as set-up is concerned, in a folder with a space in its name."""
    folder = tmp_path / "fresh clone"
    (folder / "orchestration").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "requirements-demo.txt", "requirements-setup.txt"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "orchestration" / "install.py", folder / "orchestration" / "install.py")
    return folder


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = ["make", "-C", str(folder), *words]
    return subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False, cwd="/")


def test_help_has_one_line_for_each_command() -> None:
    lines = [line for line in make(ROOT, "help").stdout.splitlines() if line.startswith("  make ")]
    assert {line.split()[1] for line in lines} == COMMANDS
    assert all(len(line.split()) > 3 for line in lines)


def test_every_command_is_phony() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony[0].split()) == COMMANDS


def test_missing_interpreter_is_one_sentence(clone: Path) -> None:
    done = make(clone, "run", PYTHON="/nowhere/python3.12")
    assert done.returncode != 0
    sentence = done.stderr.splitlines()[0]
    assert sentence.startswith(
        "No fitting Python found in PYTHON=/nowhere/python3.12: install Python 3.11, 3.12 or 3.13"
    )
    assert not (clone / ".venv").exists()


def test_unfit_interpreter_is_not_taken(clone: Path) -> None:
    unfit = clone / "python"
    unfit.write_text("#!/bin/sh\nexit 1\n")
    unfit.chmod(0o755)
    done = make(clone, "test", PYTHON="./python")
    assert done.returncode != 0
    assert "No fitting Python found" in done.stderr


def test_day_is_never_run_as_code(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "ready").touch()
    python = clone / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$@" "$PROMOLIFT_SOURCE" "$PYTHONPATH"\n')
    python.chmod(0o755)
    done = make(
        clone, "run", "DAY=2017-11-27; touch stolen $$(touch stolen)", "SOURCE=my shop", PYTHONPATH="/elsewhere"
    )
    assert done.returncode == 0, done.stderr
    assert "run|--day|2017-11-27; touch stolen $(touch stolen)|my shop||" in done.stdout
    assert not (clone / "stolen").exists()


def test_interrupted_setup_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(root: Path, folder: Path) -> None:
        (folder / "bin").mkdir(parents=True)
        raise KeyboardInterrupt("Ctrl-C while packages are installed")

    monkeypatch.setattr(install, "create", interrupted)
    with pytest.raises(KeyboardInterrupt, match="while packages are installed"):
        install.install(ROOT, tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()


def test_setup_is_redone_only_when_the_lock_changes(clone: Path) -> None:
    environment = clone / ".venv"
    environment.mkdir()
    assert not install.is_current(clone, environment), "a set-up that was killed has no stamp"
    (environment / install.STAMP).write_text(install.describe(clone))
    assert install.is_current(clone, environment)
    with (clone / "requirements.txt").open("a") as lock:
        lock.write("# another\n")
    assert not install.is_current(clone, environment)


def test_index_of_pip_is_handed_on() -> None:
    told = install.index_of_pip(
        ["false"], {"PIP_INDEX_URL": "https://packages.example/simple", "SSL_CERT_FILE": "/mine"}
    )
    assert told == {"UV_DEFAULT_INDEX": "https://packages.example/simple"}


@pytest.mark.parametrize("name", sorted(file.name for file in ROOT.glob("requirements*.txt")))
def test_lock_is_pinned_hashed_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.findall(r"^[a-z0-9][\w.-]*.*$", text, re.MULTILINE)
    assert packages
    assert all(re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ ", package) for package in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
