"""The examples of the how-to pages do what the pages say."""

import doctest
from pathlib import Path

import pytest

from docs import generate

HOW_TO = generate.ROOT / "docs" / "how-to"
WITH_EXAMPLES = sorted(file for file in HOW_TO.glob("*.md") if ">>> " in file.read_text())


@pytest.mark.parametrize("file", WITH_EXAMPLES, ids=lambda file: file.name)
def test_examples_of_the_page(file: Path) -> None:
    found = doctest.testfile(str(file), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
