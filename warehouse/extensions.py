"""DuckDB's extensions: wheels beside DuckDB, loaded from where they are installed; nothing is downloaded."""

import importlib.util
from pathlib import Path

import duckdb

from warehouse.errors import NotAvailable
from warehouse.settings import quoted


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(f"load '{quoted(find(name))}'")


def find(name: str) -> Path:
    """The file of an extension for the DuckDB in use."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = found.submodule_search_locations if found else None
    file = Path(folders[0], "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension") if folders else None
    if file is None or not file.exists():
        package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise NotAvailable(f"DuckDB's extension {name} is not installed; run `pip install {package}`")
    return file
