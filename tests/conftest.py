"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from tests.tiny_world import world
from tests.tiny_world.world import TinyWorld


@pytest.fixture(scope="session")
def landed_tiny_world(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    """Landed once; not to be changed: ask for `tiny_world`."""
    return world.build(tmp_path_factory.mktemp("tiny_world"))


@pytest.fixture
def tiny_world(landed_tiny_world: TinyWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyWorld]:
    """A copy of the landed tiny world for one test, with the environment set to it."""
    with world.entered(world.copy(landed_tiny_world, tmp_path_factory.mktemp("world"))) as own:
        yield own


@pytest.fixture(scope="module")
def tiny_world_of_module(landed_tiny_world: TinyWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyWorld]:
    """A copy of the landed tiny world for a whole module, with the environment set to it while the module runs."""
    with world.entered(world.copy(landed_tiny_world, tmp_path_factory.mktemp("world_of_module"))) as own:
        yield own
