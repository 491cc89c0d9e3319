"""Personal data never enters the warehouse: a keyed hash (HMAC-SHA256) stands for it where it must stay comparable."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from warehouse import settings

BLOCK = 64
HEX_DIGITS = 20  # 80 bits: among a billion values two share a pseudonym once in two million shops


def key() -> bytes:
    """The key from PROMOLIFT_PII_KEY, else one made for this data folder and readable by its owner alone."""
    given = os.environ.get("PROMOLIFT_PII_KEY")
    return given.encode() if given else own_key(settings.load().data / "pii.key")


def own_key(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
        fresh.replace(file)
    return file.read_bytes()


def key_name(secret: bytes) -> str:
    """A name by which a key is recognised without telling it."""
    return hmac.new(secret, b"promolift pii key", hashlib.sha256).hexdigest()[:12]


def pads(secret: bytes) -> dict[str, bytes]:
    """Inner and outer pad of HMAC (RFC 2104), as parameters of the SQL below."""
    block = (hashlib.sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    return {"pii_inner": bytes(byte ^ 0x36 for byte in block), "pii_outer": bytes(byte ^ 0x5C for byte in block)}


def hash_sql(column: str) -> str:
    """SQL that gives the pseudonym of a column's value, NULL where it is NULL or empty."""
    value = f"encode(nullif({column}::varchar, ''))"
    return f"left(sha256($pii_outer || unhex(sha256($pii_inner || {value}))), {HEX_DIGITS})"


def pseudonym(value: str, secret: bytes) -> str:
    """What stands for a value everywhere behind ingest: the first 80 bits of its HMAC-SHA256 in hex.

    >>> pseudonym("a@b.c", b"key")
    '39ae49c50426b2bd0854'
    """
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:HEX_DIGITS]
