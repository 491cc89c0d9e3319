"""What a source reads is made reachable on one connection before its SQL runs: formats, a bucket, a database."""

import duckdb

from warehouse import bucket, database, extensions, landing, settings
from warehouse.bucket import Listed
from warehouse.connection import in_memory
from warehouse.enforcement import literal
from warehouse.sources import Source


def prepare(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    for name in source.extensions:
        extensions.load(connection, name)
    if source.is_remote:
        bucket.open_bucket(connection, source.address)
        bucket.list_files(connection, source.address)  # what is wrong is told before any SQL meets it
    if source.database:
        database.attach(connection, source.database)


def enclose(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """From here on nothing but a source's own files and those ingest itself writes is read: a path in the SQL of a
    source leads nowhere else. Where a bucket or a database is read, that needs more, and the wall is not there."""
    if source.folder is None or source.database:
        return
    installation = settings.load()
    own = (installation.landing, installation.quarantine, landing.incoming(), installation.warehouse.parent)
    folders = {str(path) for folder in (source.folder, source.mapping, *own) for path in (folder, folder.resolve())}
    listed = ", ".join(literal(folder) for folder in sorted(folders))
    connection.execute(f"set allowed_directories = [{listed}]")
    connection.execute("set enable_external_access = false")


def remote_files(source: Source) -> dict[str, Listed]:
    """What lies in the source's bucket; nothing where its files are local or it has none."""
    if not source.is_remote:
        return {}
    with in_memory() as connection:
        bucket.open_bucket(connection, source.address)
        return bucket.list_files(connection, source.address)
