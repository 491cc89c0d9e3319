"""What the containers of docker-compose.yml run besides Airflow: check secrets, prepare databases, ask for health."""

import argparse
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import closing

from warehouse.errors import BadInput, NotAvailable, exit_with_message

SECRETS = (
    "POSTGRES_PASSWORD",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__API__SECRET_KEY",
    "PROMOLIFT_PII_KEY",
    "PROMOLIFT_HOLDOUT_KEY",
)
MIN_LENGTH = 16
WELL_KNOWN = re.compile(r"change.?me|example|password|secret|airflow|promolift|admin|postgres|default|^(.)\1*$", re.I)
# What needs no escaping in the address of a database.
PLAIN = re.compile(r"[A-Za-z0-9_=-]+")
TIMEOUT_SECONDS = 8


def check_secrets(environment: Mapping[str, str]) -> None:
    """BadInput when a secret is missing, short, well known or used twice."""
    faults = [f"{name} {fault}" for name in SECRETS if (fault := find_fault(environment.get(name, "")))]
    if not faults and len({environment[name] for name in SECRETS}) < len(SECRETS):
        faults = ["two secrets are the same"]
    if faults:
        raise BadInput(f"the stack does not start: {'; '.join(faults)}. See .env.example")


def find_fault(secret: str) -> str | None:
    """What is wrong with a secret.

    >>> find_fault("change-me-to-something-long")
    'is a well-known word'
    """
    if not secret:
        return "is missing"
    if WELL_KNOWN.search(secret):
        return "is a well-known word"
    if len(secret) < MIN_LENGTH:
        return f"is shorter than {MIN_LENGTH} characters"
    if not PLAIN.fullmatch(secret):
        return "holds other characters than letters, digits, _, - and ="
    return None


def prepare(environment: Mapping[str, str]) -> None:
    """Airflow's tables, its writer pool and administrator, and a database for MLflow."""
    check_secrets(environment)
    create_database(environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"], "mlflow")
    airflow("db", "migrate")
    airflow("pools", "set", "writer", "1", "One writer at a time: DuckDB allows no second one.")
    person = ("--username", "admin", "--firstname", "Admin", "--lastname", "Admin", "--email", "admin@localhost")
    airflow("users", "create", "--role", "Admin", *person, "--password", environment["AIRFLOW_ADMIN_PASSWORD"])


def create_database(address: str, name: str) -> None:
    import psycopg2

    with closing(psycopg2.connect(address.replace("postgresql+psycopg2", "postgresql"))) as connection:
        connection.autocommit = True  # a database cannot be created inside a transaction
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(f'create database "{name}"')


def airflow(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "airflow", *words], check=True)


def ask(address: str) -> None:
    """Succeeds when the server at the address answers that all is well."""
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS):
            pass
    except OSError as error:
        raise NotAvailable(f"no healthy answer from {address}: {error}") from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m orchestration.production", description=__doc__)
    parser.add_argument("command", choices=["check", "prepare", "ask"])
    parser.add_argument("address", nargs="?")
    chosen = parser.parse_args()
    if chosen.command == "check":
        check_secrets(os.environ)
    elif chosen.command == "prepare":
        prepare(os.environ)
    else:
        ask(chosen.address)


if __name__ == "__main__":
    exit_with_message(main)
