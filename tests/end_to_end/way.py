"""What a day's run leaves behind, and the part of the way before a stage."""

import hashlib
from pathlib import Path

import pyarrow as pa

from orchestration.way import Command, commands, finish, run_way, start
from warehouse import connection, settings

__all__ = ["Command", "commands", "commands_before", "differences", "digest", "finish", "published", "run_way", "start"]
# Durations and memory are the only things that may differ between two runs of a day.
MEASURED = {"seconds", "peak_memory_mib"}


def commands_before(last: Command) -> list[tuple[str, Command]]:
    names = [command for _, command in commands()]
    return commands()[: names.index(last)]


def published() -> dict[str, pa.Table]:
    """Every published table without its durations, in a fixed order."""
    with connection.locked_down(settings.load().published) as database:
        names = [name for (name,) in database.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        return {name: database.execute(select(database, name)).to_arrow_table() for name in names}


def select(database: connection.duckdb.DuckDBPyConnection, table: str) -> str:
    columns = database.execute(f"select column_name from duckdb_columns() where table_name = '{table}'").fetchall()
    kept = ", ".join(name for (name,) in columns if name not in MEASURED)
    return f"select {kept} from {table} order by all"


def differences(left: dict[str, pa.Table], right: dict[str, pa.Table]) -> list[str]:
    """Names of tables that are not the same row for row."""
    return sorted(name for name in left.keys() | right.keys() if not same(left.get(name), right.get(name)))


def same(left: pa.Table | None, right: pa.Table | None) -> bool:
    return left is not None and right is not None and left.equals(right)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
