"""Who hears of a failure: the log always, a chat where one is named."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from orchestration.alerts import FailureNotifier, report_deadline
from tests.orchestration.contexts import Task, context
from warehouse.errors import GateFailed

WORDS = "promotions_daily failed at score in run scheduled__2017-11-27: R3 did not hold"


@pytest.fixture(autouse=True)
def no_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOLIFT_ALERT_WEBHOOK", raising=False)


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A chat service on loopback; what it was told."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("PROMOLIFT_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
    yield told
    server.shutdown()
    server.server_close()


def test_failure_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    FailureNotifier().notify(context(Task(), exception=GateFailed("R3 did not hold.")))
    assert f"ALERT: {WORDS}. Log: http://127.0.0.1:8080/log" in caplog.text


def test_failure_goes_to_the_chat_too(chat: list[str]) -> None:
    FailureNotifier().notify(context(Task(), exception=GateFailed("R3 did not hold.")))
    assert chat == [f"{WORDS}. Log: http://127.0.0.1:8080/log"]


def test_late_run_is_named(caplog: pytest.LogCaptureFixture) -> None:
    report_deadline(120, dag_run={"dag_run_id": "scheduled__2017-11-27"})
    assert "ALERT: Run scheduled__2017-11-27 is not done 120 minutes after it was queued." in caplog.text
