"""The tiny world as tests use it.

Fixtures of tests/conftest.py, for any test below tests/:

    def test_something(tiny_world):            # a landing of its own, in a data folder of its own, environment set
        tiny_world.day                         # the run's day, 2024-05-01; everything delivered before it has landed
        tables.read("select ... from landing.orders")
        transform.run_dbt("staging", tiny_world.day)

`tiny_world_of_module` is the same for a whole module: for tests that only read what one expensive fixture has built.
`tests.tiny_world.people` knows the customers' kinds: `people.customers_of("with_offer")`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.tiny_world import generate, people
from warehouse import ingest, landing
from warehouse.connection import writing

SOURCES = Path(__file__).with_name("sources")


@dataclass(frozen=True)
class TinyWorld:
    files: Path  # the CSV files of the shop
    data: Path  # the data folder
    expected_quarantine: dict[tuple[str, str], int]  # rows by table and reason, over all days of the files
    day: date = people.DAY
    last_day: date = people.LAST_DAY


def environment(files: Path, data: Path) -> dict[str, str]:
    return {
        "PROMOLIFT_DATA": str(data),
        "PROMOLIFT_SOURCES": str(SOURCES),
        "PROMOLIFT_SOURCE": "tiny_world",
        "PROMOLIFT_PII_KEY": people.PII_KEY,
        "PROMOLIFT_MEMORY_LIMIT": "1GB",
        "TINY_WORLD": str(files),
    }


@contextmanager
def entered(world: TinyWorld) -> Iterator[TinyWorld]:
    """The environment of a world, undone afterwards."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in environment(world.files, world.data).items():
            monkeypatch.setenv(name, value)
        yield world


def build(folder: Path) -> TinyWorld:
    """Write the files and land everything before the run's day."""
    world = TinyWorld(folder / "files", folder / "data", generate.write(folder / "files"))
    with entered(world):
        ingest.run(world.day)
    return world


def copy(world: TinyWorld, folder: Path) -> TinyWorld:
    """A world of one's own: files and landing may be changed."""
    shutil.copytree(world.files, folder / "files")
    shutil.copytree(world.data, folder / "data")
    own = TinyWorld(folder / "files", folder / "data", world.expected_quarantine)
    with entered(own), writing() as connection:
        landing.create_views(connection)
    return own
