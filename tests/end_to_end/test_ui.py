"""`make ui`: the same DAGs, un-paused, on loopback, gone with Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psutil
import pytest

from orchestration.commands import DAGS
from orchestration.environment import HOST, Home, free_port
from orchestration.rest import Client
from orchestration.servers import family
from warehouse import settings

pytestmark = pytest.mark.integration

MOST_SECONDS = 240
END_SECONDS = 30


@pytest.fixture
def ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """The process, its port, and what it printed when it was ready."""
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PROMOLIFT_SOURCE", "complete_journey")
    port = free_port()
    words = [sys.executable, "-m", "orchestration", "ui", "--port", str(port)]
    process = subprocess.Popen(
        words,
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    patience = Timer(MOST_SECONDS, process.terminate)
    patience.start()
    try:
        yield process, port, read_until_ready(process)
    finally:
        patience.cancel()
        process.terminate()
        process.communicate(timeout=END_SECONDS)


def hear_ctrl_c() -> None:
    """As from a terminal: what a shell starts in the background, these tests too, is deaf to Ctrl-C from birth."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def read_until_ready(process: subprocess.Popen[str]) -> str:
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    raise AssertionError(f"the UI did not start: {said}")


def listening(processes: list[psutil.Process]) -> set[str]:
    sockets = [socket for process in processes for socket in process.net_connections("inet")]
    return {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}


def test_ui_works_on_loopback_and_ends_with_everything_it_started(
    ui: tuple[subprocess.Popen[str], int, str], tmp_path: Path
) -> None:
    process, port, said = ui
    client = Client(Home(tmp_path / "data" / "airflow"), port)
    assert f"http://{HOST}:{port}" in said
    assert re.search(r"Log in as +admin with \S{12,}", said)
    health = client.call("GET", "/monitor/health")
    assert {health[part]["status"] for part in ("scheduler", "triggerer", "dag_processor")} == {"healthy"}
    dags = {dag["dag_id"]: dag["is_paused"] for dag in client.call("GET", "/dags")["dags"]}
    assert dags == dict.fromkeys(DAGS, False)
    time.sleep(5)  # a scheduler that wanted to start a run would have
    assert [client.runs(dag_id) for dag_id in DAGS] == [[], []], "a replayed year is asked for no day by itself"
    started = family(process.pid)
    assert len(started) > 4
    assert listening(started) == {HOST}
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(END_SECONDS) == 1
    _, alive = psutil.wait_procs(started, timeout=END_SECONDS)
    assert alive == []
