"""Servers that sources read from, one of each for the whole session."""

from collections.abc import Iterator

import pytest

from tests.sources import postgres_server
from tests.sources.postgres_server import Server


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server
