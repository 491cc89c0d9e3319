"""Parquet copies of the published tables: a folder per version, and a link that names the current one."""

import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb

from warehouse import landing, settings


def write(connection: duckdb.DuckDBPyConnection, tables: list[str], day: date) -> Path:
    """The published tables as Parquet in a folder of their own, named by what they hold."""
    versions = settings.load().published.parent / "versions"
    unfinished = versions / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        for table in tables:
            write_table(connection, table, unfinished / f"{table}.parquet")
        finished = versions / f"{day}-{fingerprint(connection, tables)}"
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    shutil.rmtree(finished, ignore_errors=True)
    unfinished.rename(finished)
    landing.sync(versions)
    return finished


def write_table(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    rows = f"from published.main.{table} order by all"
    connection.execute(f"copy ({rows}) to '{settings.quoted(file)}' (format parquet, compression zstd)")
    landing.sync(file)


def fingerprint(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> str:
    digest = sha256()
    for table in tables:
        total = connection.execute(
            f"select count(*), sum(hash(t)::hugeint) from published.main.{table} as t"
        ).fetchall()
        digest.update(f"{table} {total}".encode())
    return digest.hexdigest()[:8]


def point_to(folder: Path) -> None:
    """Let the link `parquet` name the new folder in one step; the one before stays for readers that have it open."""
    link = settings.load().published.parent / "parquet"
    before = link.resolve()
    fresh = link.with_suffix(".unfinished")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.relative_to(link.parent), target_is_directory=True)
    fresh.replace(link)
    for old in folder.parent.iterdir():
        if old not in (folder, before):
            shutil.rmtree(old)
