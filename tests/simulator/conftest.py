"""Simulated shops that several test files read."""

import pytest

from simulator.build import Place
from simulator.dirt import Rates
from tests.simulator import small_build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Sixty days of a small shop with dirt; not to be changed."""
    return small_build.write(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same shop without dirt; not to be changed."""
    return small_build.write(tmp_path_factory.mktemp("clean"), rates=Rates.none())
