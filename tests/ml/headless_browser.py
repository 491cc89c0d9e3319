"""A headless Chromium driven over its debugging pipe, without a library of its own."""

import base64
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READS_COMMANDS, WRITES_ANSWERS = 3, 4  # the file descriptors Chromium fixes for --remote-debugging-pipe


def find_browser() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Page:
    """One tab; `complaints` collects errors of scripts, of the console and of refused or failed requests."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands, self.answers = commands, answers
        self.unread = b""
        self.sent = 0
        self.session = ""
        self.is_loaded = False
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.sent:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def next_message(self) -> dict[str, Any]:
        while b"\0" not in self.unread:
            received = os.read(self.answers, 1 << 20)
            if not received:
                raise RuntimeError("the browser ended early")
            self.unread += received
        text, self.unread = self.unread.split(b"\0", 1)
        message = json.loads(text)
        self.note(message.get("method", ""), message.get("params", {}))
        return message

    def note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.complaints.append(event["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Page.loadEventFired":
            self.is_loaded = True

    def open(self, file: Path, width: int, height: int = 900, scheme: str = "light") -> None:
        """Show a file at a size and in a colour scheme, and wait until its charts are drawn."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.is_loaded = False
        self.call("Page.navigate", url=file.as_uri())
        while not self.is_loaded:
            self.next_message()
        self.ask(
            "new Promise((done, fail) => { const began = Date.now(); const look = () => {"
            " if (document.documentElement.dataset.charts === 'drawn') done(true);"
            " else if (Date.now() - began > 20000) fail('charts were not drawn within 20 s');"
            " else setTimeout(look, 25); }; look(); })"
        )

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, file: Path) -> None:
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))


def start(program: str, profile: Path, commands: int, answers: int) -> int:
    """The process id of a browser that reads commands from one descriptor and writes answers to the other."""
    words = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
    ]
    # copies far from 3 and 4, so that placing one does not close the other
    commands, answers = (fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10) for descriptor in (commands, answers))
    places = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, commands, READS_COMMANDS),
        (os.POSIX_SPAWN_DUP2, answers, WRITES_ANSWERS),
    ]
    process = os.posix_spawn(program, words, os.environ, file_actions=places)
    os.close(commands)
    os.close(answers)
    return process


@contextmanager
def browsing(program: str, profile: Path) -> Iterator[Page]:
    """A browser with an empty profile and one open tab; it ends with the block."""
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    process = start(program, profile, commands_in, answers_out)
    os.close(commands_in)
    os.close(answers_out)
    page = Page(commands_out, answers_in)
    try:
        page.attach()
        yield page
    finally:
        os.close(commands_out)  # a browser whose commands end, ends
        os.close(answers_in)
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)
