""".env.example names every setting that the code reads, and none that it does not."""

import re
from pathlib import Path

import pytest

from warehouse.settings import ROOT

EXAMPLE = (ROOT / ".env.example").read_text()
FOLDERS = ("warehouse", "ml", "expectations", "orchestration", "dags", "dbt_project", "sources", "simulator")
SUFFIXES = {".py", ".yml", ".yaml", ".sql"}
SERVERS = {"MLFLOW_TRACKING_URI"}
BUCKET = re.compile(r"\bAWS_[A-Z_]*[A-Z]\b")
OWN = re.compile(r"\bPROMOLIFT_[A-Z_]*[A-Z]\b")


def code_files() -> list[Path]:
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in SUFFIXES]
    return [file for file in files if "target" not in file.parts] + [ROOT / "docker-compose.yml", ROOT / "Makefile"]


def names_in_code() -> set[str]:
    texts = [file.read_text() for file in code_files()]
    own = {name for text in texts for pattern in (OWN, BUCKET) for name in pattern.findall(text)}
    compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    servers = {name for name in SERVERS if any(name in text for text in texts)}
    return own | compose | servers


def documented() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_every_setting_read_is_documented() -> None:
    assert names_in_code() - documented() == set()


def test_every_documented_setting_is_read() -> None:
    assert documented() - names_in_code() == set()


@pytest.mark.parametrize("name", sorted(documented()))
def test_a_sentence_stands_above(name: str) -> None:
    lines = EXAMPLE.splitlines()
    place = next(number for number, line in enumerate(lines) if re.match(rf"#?{name}=", line))
    above = [line for line in lines[max(place - 4, 0) : place] if line.startswith("# ")]
    assert above
