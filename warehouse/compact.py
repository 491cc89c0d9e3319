"""Rewrite the warehouse's file when most of it is free: DuckDB reuses blocks but never gives them back."""

import duckdb

from warehouse import faults, landing, settings
from warehouse.connection import writing

FREE_SHARE = 0.5  # above it a rewrite costs less than it frees
SMALLEST_BLOCKS = 400  # 100 MB at DuckDB's 256 KiB: below it nobody notices


def compact(smallest_blocks: int = SMALLEST_BLOCKS) -> bool:
    """Rewrite the file if more than half of its blocks are free; whether it was needed."""
    with writing() as connection, faults.explained():
        connection.execute("checkpoint")
        needed = is_mostly_free(connection, smallest_blocks)
        if needed:
            rewrite(connection)
    return needed


def is_mostly_free(connection: duckdb.DuckDBPyConnection, smallest_blocks: int) -> bool:
    total, free = count_blocks(connection)
    return total >= smallest_blocks and free > FREE_SHARE * total


def count_blocks(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Blocks of the file, and how many of them hold nothing."""
    total, free = connection.execute(
        "select total_blocks, free_blocks from pragma_database_size() where database_name = current_database()"
    ).fetchall()[0]
    return int(total), int(free)


def rewrite(connection: duckdb.DuckDBPyConnection) -> None:
    """The new file takes the old one's place while the old one is still held, so no writer can slip in between."""
    file = settings.load().warehouse
    fresh = file.with_suffix(".unfinished")
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    name = connection.execute("select current_database()").fetchall()[0][0]
    connection.execute(f"attach '{settings.quoted(fresh)}' as fresh")
    connection.execute(f"copy from database {name} to fresh")
    connection.execute("checkpoint fresh")
    connection.execute("detach fresh")
    landing.sync(fresh)
    fresh.replace(file)
    landing.sync(file.parent)
