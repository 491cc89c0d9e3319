"""Airflow's public REST API, as much of it as one run needs."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Any
from urllib.parse import quote, urlencode

from orchestration.environment import HOST, USER, Home, read_password
from warehouse.errors import NotAvailable

TIMEOUT_SECONDS = 30
# Loopback is never behind the machine's proxy.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Client:
    """Speaks to the API server of this installation; asks for a new token when the old one has run out."""

    home: Home
    port: int
    token: str = field(default="", repr=False)

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"http://{HOST}:{self.port}{path}", content, headers, method=method)
        with direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return self.request(method, f"/api/v2{path}", body)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise NotAvailable(f"Airflow refused {method} {path}: {error.code} {error.read().decode()}") from error
            self.log_in()
            return self.request(method, f"/api/v2{path}", body)

    def log_in(self) -> None:
        login = {"username": USER, "password": read_password(self.home)}
        self.token = self.request("POST", "/auth/token", login)["access_token"]

    def is_up(self) -> bool:
        try:
            self.request("GET", "/api/v2/version")
        except OSError:
            return False
        return True

    def set_pool(self, name: str, slots: int) -> None:
        names = [pool["name"] for pool in self.call("GET", "/pools?limit=100")["pools"]]
        if name not in names:
            description = "One writer at a time: DuckDB allows no second one."
            self.call("POST", "/pools", {"name": name, "slots": slots, "description": description})

    def is_parsed(self, dag_id: str, since: datetime) -> bool:
        known = self.call("GET", f"/dags?{urlencode({'dag_id_pattern': dag_id, 'exclude_stale': 'false'})}")["dags"]
        return any(datetime.fromisoformat(dag["last_parsed_time"]) >= since for dag in known)

    def import_errors(self) -> list[str]:
        return [error["stack_trace"] for error in self.call("GET", "/importErrors")["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def runs(self, dag_id: str, **conditions: Any) -> list[dict[str, Any]]:
        return list(self.call("GET", f"/dags/{dag_id}/dagRuns?{urlencode(conditions)}")["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"{run_path(dag_id, run_id)}/taskInstances")["task_instances"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self.call("GET", run_path(dag_id, run_id))["state"])

    def end_run(self, dag_id: str, run_id: str) -> None:
        self.call("PATCH", run_path(dag_id, run_id), {"state": "failed"})

    def start_run(self, dag_id: str, day: date) -> str:
        """Run a day; the run it already had is removed, so that a day stays one run.

        Airflow 3.3.2 cannot clear a run that failed before its deadline: it fails on the deadline's stored interval.
        """
        earlier = self.find_run(dag_id, day)
        if earlier:
            self.call("DELETE", run_path(dag_id, earlier))
        run = {"logical_date": f"{day}T06:00:00Z", "conf": {"day": day.isoformat()}}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", run)["dag_run_id"])

    def find_run(self, dag_id: str, day: date) -> str | None:
        first, last = (datetime.combine(day, moment, UTC).isoformat() for moment in (time_of_day.min, time_of_day.max))
        for run in self.runs(dag_id, logical_date_gte=first, logical_date_lte=last):
            if (run["conf"] or {}).get("day") in (None, day.isoformat()):
                return str(run["dag_run_id"])
        return None

    def error_of(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        """The sentence a failed stage left behind."""
        entries = self.call("GET", f"{run_path(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries")["xcom_entries"]
        if "error" not in [entry["key"] for entry in entries]:
            return None
        path = f"{run_path(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/error"
        return str(self.call("GET", path)["value"])


def run_path(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def wait_until(is_done: Any, seconds: float, otherwise: str) -> None:
    """Look five times a second until it is so; NotAvailable with a sentence when it never is."""
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            raise NotAvailable(otherwise)
        time.sleep(0.2)
