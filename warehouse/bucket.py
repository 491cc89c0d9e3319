"""Files in a bucket: read through DuckDB's httpfs, with keys from the usual variables of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import duckdb

from warehouse import extensions
from warehouse.errors import BadInput, NotAvailable, StorageFailed
from warehouse.network import is_local

SCHEME = "s3://"
VARIABLES = {"key_id": "AWS_ACCESS_KEY_ID", "secret": "AWS_SECRET_ACCESS_KEY", "session_token": "AWS_SESSION_TOKEN"}


@dataclass(frozen=True)
class Listed:
    """What a listing tells of a file. DuckDB's does not give the ETag."""

    size: int
    modified: datetime


def open_bucket(connection: duckdb.DuckDBPyConnection, address: str) -> None:
    """Make `s3://bucket/prefix` readable on this connection; the keys stay in its memory."""
    extensions.load(connection, "httpfs")
    connection.execute("set allow_persistent_secrets = false")
    options = ", ".join(
        f"{name} '{value.replace(chr(39), chr(39) * 2)}'" for name, value in secret_options(address, os.environ).items()
    )
    try:
        connection.execute(f"create or replace temporary secret shop_files (type s3, {options})")
    except duckdb.Error:
        raise BadInput(f"the settings {', '.join(VARIABLES.values())} or AWS_REGION cannot be used") from None


def secret_options(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    """
    >>> secret_options("s3://shop/in", {"AWS_ENDPOINT_URL": "https://objects.example.com", "AWS_ACCESS_KEY_ID": "me"})
    {'scope': 's3://shop', 'region': 'us-east-1', 'key_id': 'me',
     'endpoint': 'objects.example.com', 'url_style': 'path', 'use_ssl': 'true'}
    """
    options = {"scope": SCHEME + bucket_of(address), "region": environment.get("AWS_REGION") or "us-east-1"}
    options |= {name: environment[variable] for name, variable in VARIABLES.items() if environment.get(variable)}
    endpoint = environment.get("AWS_ENDPOINT_URL")
    return options | (endpoint_options(endpoint) if endpoint else {})


def bucket_of(address: str) -> str:
    bucket = address.removeprefix(SCHEME).split("/")[0]
    if not bucket:
        raise BadInput(f"{address} names no bucket; write s3://bucket/folder")
    return bucket


def endpoint_options(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput("AWS_ENDPOINT_URL is no address such as https://objects.example.com")
    if parts.scheme == "http" and not is_local(parts.hostname):
        raise BadInput("AWS_ENDPOINT_URL would send keys and data unencrypted; write https://")
    host = parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
    return {"endpoint": host, "url_style": "path", "use_ssl": str(parts.scheme == "https").lower()}


def list_files(connection: duckdb.DuckDBPyConnection, address: str) -> dict[str, Listed]:
    """Every file below the address by its name there, from the listing alone."""
    sql = "select filename, size, last_modified from read_blob($pattern) order by filename"
    try:
        rows = connection.execute(sql, {"pattern": f"{address}/**"}).fetchall()
    except duckdb.HTTPException as error:
        raise explain(error, address) from None
    except duckdb.IOException:
        raise StorageFailed(f"{address} cannot be read: the server does not answer") from None
    if not rows:
        raise NotAvailable(f"there are no files in {address}")
    return {name.removeprefix(f"{address}/"): Listed(size, modified) for name, size, modified in rows}


def explain(error: duckdb.HTTPException, address: str) -> NotAvailable | StorageFailed:
    """The sentence for an answer that is no listing; nothing of the message itself is repeated."""
    status = getattr(error, "status_code", 0)
    if status in (400, 401, 403):
        return NotAvailable(f"{address} cannot be read with these keys (AWS_ACCESS_KEY_ID, AWS_REGION): HTTP {status}")
    if status == 404:
        return NotAvailable(f"there is no bucket for {address}")
    return StorageFailed(f"{address} cannot be read: HTTP {status}")
