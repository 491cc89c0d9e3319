"""Servers that sources read from, one of each for the whole session."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.sources import postgres_server
from tests.sources.postgres_server import Server


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """The address of a server that speaks S3, on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
