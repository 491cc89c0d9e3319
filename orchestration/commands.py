"""The ways to have Airflow on one machine: for one run, until it is stopped, or for one of its own commands."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rich.console import Console

from orchestration.environment import (
    HOST,
    USER,
    Home,
    airflow_environment,
    free_port,
    is_free,
    prepare_home,
    read_password,
)
from orchestration.follow import follow_run
from orchestration.replay import schedule_limits
from orchestration.rest import Client, wait_until
from orchestration.servers import Server, airflow_command, check_alive, exclusive, migrate, running
from orchestration.summary import show_summary
from warehouse import sources
from warehouse.errors import NotAvailable
from warehouse.settings import Settings

DAILY = "promotions_daily"
DAGS = (DAILY, "train_models")
FOR_A_RUN = ("api-server", "dag-processor", "scheduler")
FOR_THE_UI = (*FOR_A_RUN, "triggerer")
POOL = "writer"
START_SECONDS = 180


@dataclass(frozen=True)
class Airflow:
    """A running Airflow: who to ask, and the processes behind it."""

    client: Client
    servers: list[Server]


@contextmanager
def airflow(installation: Settings, port: int, names: tuple[str, ...], console: Console) -> Iterator[Airflow]:
    home = prepare_home(installation)
    with exclusive(home) as lock:
        environment = airflow_environment(home, port)
        with console.status("preparing Airflow's database"):
            migrate(home, environment)
        started = datetime.now(UTC)
        with running(names, home, environment, lock) as servers:
            client = Client(home, port)
            with console.status("starting Airflow"):
                wait_for_start(Airflow(client, servers), started)
            yield Airflow(client, servers)


def wait_for_start(started: Airflow, since: datetime) -> None:
    client = started.client

    def is_up() -> bool:
        check_alive(started.servers)
        return client.is_up()

    def is_parsed() -> bool:
        check_alive(started.servers)
        return all(client.is_parsed(dag_id, since) for dag_id in DAGS) or bool(client.import_errors())

    logs = client.home.logs
    wait_until(is_up, START_SECONDS, f"Airflow's API server did not start, see {logs / 'api-server.log'}")
    wait_until(is_parsed, START_SECONDS, f"Airflow did not read the DAGs, see {logs / 'dag-processor.log'}")
    for error in client.import_errors():
        raise NotAvailable(f"a DAG cannot be imported: {error.strip().splitlines()[-1]}")
    client.set_pool(POOL, 1)


def run_day(installation: Settings, day: date, console: Console) -> None:
    """Run one day through a scheduler that lives as long as the run, then say what came out."""
    started = time.monotonic()
    # Only this run: a schedule would add today's beside it.
    os.environ["PROMOLIFT_SCHEDULE"] = "none"
    console.print(f"[bold]{DAILY}[/] for {day}, source {installation.source}", highlight=False)
    with airflow(installation, free_port(), FOR_A_RUN, console) as one:
        console.print(f"  [green]✓[/] {'Airflow is up':<20}{time.monotonic() - started:7.1f} s", highlight=False)
        end_leftovers(one.client)
        one.client.unpause(DAILY)
        follow_run(one.client, console, DAILY, one.client.start_run(DAILY, day))
    show_summary(console, installation, day)
    console.print(f"Done in {time.monotonic() - started:.0f} s.", highlight=False)


def end_leftovers(client: Client) -> None:
    """Runs that were cut off when an earlier Airflow was killed; their days can be run again."""
    for dag_id in DAGS:
        for state in ("running", "queued"):
            for run in client.runs(dag_id, state=state):
                client.end_run(dag_id, run["dag_run_id"])


def serve(installation: Settings, port: int, console: Console) -> None:
    """Keep Airflow and its UI on loopback until Ctrl-C."""
    if not is_free(port):
        raise NotAvailable(f"port {port} is in use: stop what uses it or choose another with make ui PORT=8081")
    os.environ.update(schedule_limits(sources.load(installation.source)) | os.environ)
    with airflow(installation, port, FOR_THE_UI, console) as one:
        show_login(console, one.client.home, port)
        for dag_id in DAGS:
            one.client.unpause(dag_id)
        while True:
            time.sleep(1)
            check_alive(one.servers)


def command_line(installation: Settings, words: list[str]) -> None:
    """Hand over to Airflow's own command line, on the installation that `make ui` and `make run` use."""
    home = prepare_home(installation)
    environment = airflow_environment(home, free_port())
    migrate(home, environment)
    program = airflow_command(*words)
    os.execve(program[0], program, environment)


def show_login(console: Console, home: Home, port: int) -> None:
    console.print(f"Airflow is at  [bold]http://{HOST}:{port}[/]", highlight=False)
    console.print(f"Log in as      [bold]{USER}[/] with [bold]{read_password(home)}[/]", highlight=False)
    console.print(f"Logs           {home.logs}", highlight=False)
    console.print("Ctrl-C ends it.")
