"""Faults of files, disks and locks, said in one sentence."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import BadInput, NotAvailable, PromoliftError, StorageFailed, WarehouseLocked
from warehouse.personal import without_personal

HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
OWN = re.compile(r"executing the UDF: (?P<name>BadInput|NotAvailable): (?P<sentence>.+)")  # of a function SQL calls
OUTSIDE = re.compile(r'Cannot access file "(?P<file>[^"]+)" - file system operations are disabled')
FULL = ("no space left", "max_temp_directory_size", "disk quota exceeded", "file too large")
UNWRITABLE = ("read-only file system", "permission denied", "not a directory", "is a directory")
BROKEN = (
    "csv parser",
    "no magic bytes",
    "parquet",
    "not a valid duckdb database",
    "checksum",
    "corrupt",
    "thrift",
    "too small",
    "malformed json",
)
DISK_ERRORS = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "the disk takes no larger file",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.ENOTDIR: "the path leads through a file",
    errno.EISDIR: "a folder stands where a file belongs",
    errno.EIO: "the disk reports an error",
}


def command_of(pid: str) -> str:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace").strip()


def explain_lock(message: str) -> WarehouseLocked:
    holder = HOLDER.search(message)
    if holder is None:
        return WarehouseLocked("another process holds the warehouse; try again when it has ended")
    command = command_of(holder["pid"]) or holder["program"]
    return WarehouseLocked(f"process {holder['pid']} holds the warehouse ({command}); try again when it has ended")


def first_line(error: Exception) -> str:
    """What an error says first; DuckDB's of a conversion repeat the value."""
    return without_personal(str(error).strip().splitlines()[0].rstrip("."))


def explain_own(message: str) -> PromoliftError | None:
    """The sentence of a function that SQL called, or of the wall around what a source may read."""
    if outside := OUTSIDE.search(message):
        return BadInput(
            f"{outside['file']} lies outside of the folders this source may read: its files and its mapping"
        )
    own = OWN.search(message)
    return {"BadInput": BadInput, "NotAvailable": NotAvailable}[own["name"]](own["sentence"]) if own else None


def explain_database(error: duckdb.Error) -> PromoliftError | None:
    """The sentence for a DuckDB error a person can mend; None for a mistake in our own SQL."""
    message = str(error)
    lowered = message.lower()
    if own := explain_own(message):
        return own
    if "could not set lock" in lowered or "conflicting lock" in lowered:
        return explain_lock(message)
    if isinstance(error, duckdb.OutOfMemoryException) and "temp_directory" not in lowered:
        return StorageFailed(f"the memory limit is too small ({first_line(error)}); raise PROMOLIFT_MEMORY_LIMIT")
    if any(sign in lowered for sign in FULL):
        return StorageFailed(f"the disk is full: {first_line(error)}")
    if any(sign in lowered for sign in UNWRITABLE):
        return StorageFailed(f"the disk cannot be written: {first_line(error)}")
    if "no files found" in lowered:
        return NotAvailable(f"a file is not there: {first_line(error)}")
    if isinstance(error, duckdb.HTTPException):
        return StorageFailed(f"a file in a bucket cannot be read: {first_line(error)}")
    if "to postgres at" in lowered:
        return StorageFailed("the shop's database cannot be reached any more; try again when it answers")
    if isinstance(error, duckdb.IOException | duckdb.InvalidInputException | duckdb.SerializationException):
        broken = any(sign in lowered for sign in BROKEN)
        return (BadInput if broken else StorageFailed)(f"a file cannot be read: {first_line(error)}")
    return None


def explain(error: Exception) -> PromoliftError | None:
    """The sentence for any fault a person can mend, None for a bug."""
    if isinstance(error, PromoliftError):
        return error
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return StorageFailed(f"DuckDB itself broke down ({first_line(error)}); what had landed is as it was")
    if isinstance(error, duckdb.Error):
        return explain_database(error)
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        return StorageFailed(f"{DISK_ERRORS[error.errno]}: {error.filename or first_line(error)}")
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Turn a fault a person can mend into its sentence; a bug stays what it is."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        sentence = explain(error)
        if sentence is None:
            raise
        raise sentence from error


@contextmanager
def asked() -> Iterator[None]:
    """SQL a person typed: its mistakes are the person's to mend."""
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.PermissionException) as error:
        raise BadInput(f"the query cannot be answered: {' '.join(str(error).split())}") from error
