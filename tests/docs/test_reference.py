"""The generated reference says what the files it is made from say."""

import re
from pathlib import Path

import pytest

from docs import generate

DOCS = generate.ROOT / "docs"


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_not_stale(name: str) -> None:
    assert (generate.REFERENCE / name).read_text() == generate.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("file", [*DOCS.rglob("*.md"), generate.ROOT / "README.md"], ids=lambda file: file.name)
def test_every_relative_link_leads_to_a_file(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", file.read_text())
    missing = [link for link in links if not (file.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("file", [*DOCS.rglob("*.md"), generate.ROOT / "README.md"], ids=lambda file: file.name)
def test_every_path_named_in_code_quotes_exists(file: Path) -> None:
    tops = "sources|warehouse|dbt_project|expectations|ml|dags|benchmarks|docs|tests|orchestration|simulator"
    paths = re.findall(rf"`((?:{tops})/[\w./-]+)`", file.read_text())
    missing = [path for path in paths if not (generate.ROOT / path).exists()]
    assert not missing
