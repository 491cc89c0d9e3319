"""What a source reads is made reachable on one connection before its SQL runs: formats, a bucket, a database."""

import duckdb

from warehouse import bucket, database, extensions
from warehouse.bucket import Listed
from warehouse.connection import in_memory
from warehouse.sources import Source


def prepare(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    for name in source.extensions:
        extensions.load(connection, name)
    if source.is_remote:
        bucket.open_bucket(connection, source.address)
        bucket.list_files(connection, source.address)  # what is wrong is told before any SQL meets it
    if source.database:
        database.attach(connection, source.database)


def remote_files(source: Source) -> dict[str, Listed]:
    """What lies in the source's bucket; nothing where its files are local or it has none."""
    if not source.is_remote:
        return {}
    with in_memory() as connection:
        bucket.open_bucket(connection, source.address)
        return bucket.list_files(connection, source.address)
