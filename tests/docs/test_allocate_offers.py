"""The how-to's examples are run as they stand."""

import doctest

from docs import generate

PAGE = generate.ROOT / "docs" / "how-to" / "allocate-offers.md"


def test_every_example_gives_what_the_page_says() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.attempted > 10
    assert outcome.failed == 0
