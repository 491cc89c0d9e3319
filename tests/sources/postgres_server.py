"""A real PostgreSQL server for one test session, in a folder of its own, on a free port of loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USER, PASSWORD = "promolift_reader", "tiger-Balm-17"


@dataclass(frozen=True)
class Server:
    port: int
    certificate: Path

    def address(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def cursor(self, database: str) -> Iterator[Any]:
        connection = psycopg2.connect(self.address(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def run(self, database: str, *statements: str) -> None:
        with self.cursor(database) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def ask(self, database: str, sql: str) -> list[tuple[Any, ...]]:
        with self.cursor(database) as cursor:
            cursor.execute(sql)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def find_programs() -> Path | None:
    """The folder of the newest server installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None


def as_other_user(folder: Path) -> list[str]:
    """The server refuses to run as root; the folder is given to somebody who may run it."""
    if os.getuid() != 0:
        return []
    names = [name for name in ("postgres", "nobody") if any(entry.pw_name == name for entry in pwd.getpwall())]
    if not names or not shutil.which("setpriv"):
        pytest.skip("PostgreSQL does not run as root, and there is no other user to run it")
    user = pwd.getpwnam(names[0])
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def write_certificate(folder: Path) -> None:
    """A certificate for loopback that only who is handed it can trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(loopback, critical=False)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (folder / "server.crt").write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "server.key").chmod(0o600)
    os.chown(folder / "server.key", folder.stat().st_uid, folder.stat().st_gid)


@contextmanager
def running() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="promolift-postgres-"))  # pytest's own folders are closed to other users
    user = as_other_user(folder)
    server = Server(free_port(), folder / "server.crt")

    def run(program: str, *words: str) -> None:
        command = [*user, str(programs / program), *words]
        subprocess.run(command, check=True, cwd=folder, capture_output=True, env={"PATH": "/usr/bin:/bin"}, timeout=60)

    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    write_certificate(folder)
    data, log = str(folder / "data"), str(folder / "log")
    options = f"-c port={server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    options += f" -c ssl=on -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key"
    options += " -c shared_preload_libraries=pg_stat_statements"
    try:
        run("initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8",
            "--locale=C", "--no-sync")  # fmt: skip
        run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield server
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
