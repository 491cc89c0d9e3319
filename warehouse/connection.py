"""The one place that opens databases: one writer, many readers, every connection with limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse import settings
from warehouse.declared import create_missing
from warehouse.errors import NotAvailable
from warehouse.faults import explain_database

SCHEMAS = ("landing", "quarantine", "staging", "features", "ml", "gates", "marts")


def limits(installation: settings.Settings) -> dict[str, Any]:
    return {
        "memory_limit": installation.memory_limit,
        "threads": installation.threads,
        "temp_directory": str(installation.warehouse.parent / "spill"),
        "max_temp_directory_size": installation.temp_limit,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def open_database(file: Path | str, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open with limits; a lock or a broken file becomes one clear sentence."""
    try:
        connection = duckdb.connect(str(file), read_only=read_only, config=limits(settings.load()))
    except duckdb.Error as error:
        raise explain_database(error) or error from error
    connection.execute("set TimeZone = 'UTC'")
    return connection


@contextmanager
def reading() -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the warehouse."""
    file = settings.load().warehouse
    if not file.exists():
        raise NotAvailable(f"there is no warehouse at {file} yet; run `python -m warehouse ingest` first")
    with open_database(file, read_only=True) as connection:
        yield connection


@contextmanager
def writing() -> Iterator[duckdb.DuckDBPyConnection]:
    """The one read-write connection; every schema and every table that Python writes exists in it."""
    file = settings.load().warehouse
    file.parent.mkdir(parents=True, exist_ok=True)
    with open_database(file, read_only=False) as connection:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        create_missing(connection)
        yield connection


@contextmanager
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection without a warehouse, for work on files alone."""
    with open_database(":memory:", read_only=False) as connection:
        yield connection


@contextmanager
def locked_down(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for SQL nobody checked: no files, no network, no change of settings."""
    if not file.exists():
        raise NotAvailable(f"there is no database at {file} yet; a run publishes it")
    with open_database(file, read_only=True) as connection:
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
