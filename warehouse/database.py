"""A shop's own database, attached read-only as the catalog `shop` for the SQL of a source."""

import os
from dataclasses import dataclass

import duckdb

from warehouse import extensions
from warehouse.errors import BadInput, NotAvailable, PromoliftError, StorageFailed
from warehouse.network import is_local

CATALOG = "shop"
ENCRYPTED = ("require", "verify-ca", "verify-full")
DEFAULTS = {"application_name": "promolift", "connect_timeout": "10", "options": "-c default_transaction_read_only=on"}
REASONS = {
    "password authentication failed": "user or password is wrong",
    "no password supplied": "it asks for a password",
    "certificate": "its certificate does not prove who it is (sslrootcert)",
    "no pg_hba.conf entry": "the server does not let this user in from here",
    "role": "the user is unknown there",
    "does not exist": "there is no database of that name",
    "permission denied": "the user may not connect to that database",
    "ssl": "no encrypted connection could be made",
}
UNREACHABLE = {
    "could not translate host name": "the host's name is unknown",
    "connection refused": "nothing listens there",
    "timeout": "it does not answer",
    "no such file": "nothing listens there",
    "too many connections": "it takes no more connections",
    "starting up": "it is starting up",
    "shutting down": "it is shutting down",
}


@dataclass(frozen=True)
class Database:
    kind: str
    environment: str  # the variable that holds the connection string


def attach(connection: duckdb.DuckDBPyConnection, database: Database) -> None:
    """Attach the database for reading; what is wrong is said without the connection string."""
    address = hand_over_password(read_address(database))
    extensions.load(connection, "postgres_scanner")
    # One query per table: scans by pages would each wade through the index on the day once more.
    connection.execute("set pg_use_ctid_scan = false")
    try:
        connection.execute(f"attach '{address.replace(chr(39), chr(39) * 2)}' as {CATALOG} (type postgres, read_only)")
    except duckdb.Error as error:
        raise explain(str(error), database) from None  # DuckDB's own words repeat the connection string


def read_address(database: Database) -> dict[str, str]:
    """The parts of the connection string, encrypted wherever it leaves the machine."""
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    value = os.environ.get(database.environment)
    if not value:
        raise NotAvailable(f"the database that {database.environment} names cannot be read; it is not set")
    try:
        parts: dict[str, str] = DEFAULTS | parse_dsn(value)
    except ProgrammingError:
        raise BadInput(
            f"{database.environment} is no connection string such as postgresql://reader@db.example.com/shop"
        ) from None
    hosts = (parts.get("hostaddr") or parts.get("host") or "localhost").split(",")
    if not all(map(is_local, hosts)):
        parts.setdefault("sslmode", "require")
        if parts["sslmode"] not in ENCRYPTED:
            raise BadInput(
                f"{database.environment} would send data unencrypted; sslmode has to be one of {', '.join(ENCRYPTED)}"
            )
    return parts


def hand_over_password(parts: dict[str, str]) -> str:
    """The connection string without its password: the client library finds that in its own variable.

    DuckDB repeats the string it was given in errors and in the list of its databases.
    """
    from psycopg2.extensions import make_dsn

    password = parts.pop("password", None)
    if password is not None:
        os.environ["PGPASSWORD"] = password
    return str(make_dsn(**parts))


def explain(message: str, database: Database) -> PromoliftError:
    """The sentence for a connection that failed; nothing of the message itself is repeated."""
    lowered = message.lower().rpartition('": ')[2]  # behind the connection string
    for reasons, kind in ((UNREACHABLE, StorageFailed), (REASONS, NotAvailable)):
        for sign, reason in reasons.items():
            if sign in lowered:
                return kind(f"the database that {database.environment} names cannot be read: {reason}")
    return NotAvailable(f"the database that {database.environment} names cannot be read")
