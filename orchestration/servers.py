"""Airflow's own processes, started together and ended together with everything they have started."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from orchestration.environment import Home
from warehouse.errors import NotAvailable, WarehouseLocked

END_AFTER_SECONDS = 8
MARKER = "migrated-to"
# The API server reads the logs from the same disk; the log servers would listen on every address.
NO_LOG_SERVER = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}


@dataclass
class Server:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def airflow_command(*words: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *words]


@contextmanager
def exclusive(home: Home) -> Iterator[int]:
    """One Airflow per data folder; the lock is inherited, so it lasts as long as any of its processes does."""
    with home.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseLocked(
                f"Airflow already runs on {home.folder.parent} ({describe_holders(home)}): "
                "end that run or UI first, or wait until it is done"
            ) from error
        yield lock.fileno()


def describe_holders(home: Home) -> str:
    holders = [process for process in psutil.process_iter() if holds(process, home.lock)]
    return ", ".join(f"pid {process.pid}" for process in holders[:3]) or "pid unknown"


def holds(process: psutil.Process, file: Path) -> bool:
    try:
        return any(opened.path == str(file) for opened in process.open_files())
    except psutil.Error:
        return False


def migrate(home: Home, environment: dict[str, str]) -> None:
    """Create or update Airflow's database; instant when this version has already done so."""
    marker, wanted = home.folder / MARKER, version("apache-airflow-core")
    if home.database.exists() and marker.exists() and marker.read_text() == wanted:
        return
    log = home.logs / "migrate.log"
    with log.open("wb") as output:
        words = airflow_command("db", "migrate")
        done = subprocess.run(words, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise NotAvailable(f"Airflow could not prepare its database, see {log}")
    marker.write_text(wanted)


@contextmanager
def running(names: Sequence[str], home: Home, environment: dict[str, str], lock: int) -> Iterator[list[Server]]:
    servers = [start(name, home, environment, lock) for name in names]
    try:
        yield servers
    finally:
        end_all(servers)


def start(name: str, home: Home, environment: dict[str, str], lock: int) -> Server:
    log = home.logs / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            airflow_command(name, *NO_LOG_SERVER.get(name, [])),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock],
        )
    return Server(name, process, log)


def check_alive(servers: list[Server]) -> None:
    for server in servers:
        if server.process.poll() is not None:
            raise NotAvailable(
                f"Airflow's {server.name} ended with exit code {server.process.returncode}, see {server.log}"
            )


def end_all(servers: list[Server]) -> None:
    """End the servers, their workers and the stages those run; nothing is left holding the warehouse."""
    processes = [process for server in servers for process in family(server.process.pid)]
    for process in processes:
        signal_quietly(process, "terminate")
    _, alive = psutil.wait_procs(processes, timeout=END_AFTER_SECONDS)
    for process in alive:
        signal_quietly(process, "kill")
    psutil.wait_procs(alive, timeout=END_AFTER_SECONDS)


def family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return []


def signal_quietly(process: psutil.Process, action: str) -> None:
    with suppress(psutil.NoSuchProcess):
        getattr(process, action)()
