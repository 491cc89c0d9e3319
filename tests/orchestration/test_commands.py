"""What a person may ask for, and what is said when it cannot be."""

import json
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration import environment, policy, servers
from orchestration.__main__ import read_day, read_port
from orchestration.replay import schedule_limits
from warehouse import settings, sources
from warehouse.errors import BadInput, WarehouseLocked
from warehouse.sources import Source


@pytest.fixture
def replayed() -> Source:
    return sources.load("complete_journey")


@pytest.fixture
def running_shop(replayed: Source) -> Source:
    return replace(replayed, name="my_shop", default_day=None, last_day=None, is_replay=False)


def test_day_is_read_or_the_sources_own(replayed: Source, running_shop: Source) -> None:
    assert read_day("2017-11-28", replayed) == date(2017, 11, 28)
    assert read_day("", replayed) == date(2017, 11, 27)
    assert read_day(None, running_shop) == datetime.now(UTC).date()


@pytest.mark.parametrize("text", ["27.11.2017", "2017-11-31", "20171127", "yesterday"])
def test_no_day_is_one_sentence(text: str, replayed: Source) -> None:
    with pytest.raises(BadInput, match=rf"DAY .*{text}"):
        read_day(text, replayed)


@pytest.mark.parametrize("text", ["80", "70000", "web", ""])
def test_port_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="PORT must be"):
        read_port(text)


def test_port_in_use_is_noticed() -> None:
    with socket.socket() as taken:
        taken.bind((environment.HOST, 0))
        taken.listen()
        assert not environment.is_free(taken.getsockname()[1])
    assert environment.is_free(environment.free_port())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> environment.Home:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path / "data"))
    return environment.prepare_home(settings.load())


def test_keys_are_private_and_made_once(home: environment.Home) -> None:
    keys = json.loads(home.keys.read_text())
    for file in (home.keys, home.passwords):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    environment.prepare_home(settings.load())
    assert json.loads(home.keys.read_text()) == keys
    assert len(set(keys.values())) == 3


def test_airflow_listens_on_loopback_only(home: environment.Home) -> None:
    own = environment.airflow_environment(home, 8081)
    assert own["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert own["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert own["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{home.database}"


def test_another_airflows_settings_stay_out(home: environment.Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail")
    monkeypatch.setenv("AIRFLOW_CONFIG", "/elsewhere/airflow.cfg")
    own = environment.airflow_environment(home, 8081)
    assert own["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert {"AIRFLOW__SMTP__SMTP_HOST", "AIRFLOW_CONFIG"}.isdisjoint(own)


def test_second_airflow_is_refused_and_the_first_one_named(home: environment.Home) -> None:
    with servers.exclusive(home), pytest.raises(WarehouseLocked, match=r"already runs on .* \(pid \d+"):
        servers.exclusive(home).__enter__()


def test_replayed_source_is_never_asked_for_today(
    replayed: Source, running_shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in schedule_limits(replayed).items():
        monkeypatch.setenv(name, value)
    schedule = policy.read_schedule()
    assert schedule.until is not None
    assert schedule.until < datetime(2018, 1, 2, tzinfo=UTC)
    assert policy.dag_settings(schedule, schedule.daily)["end_date"] == schedule.until
    assert schedule_limits(running_shop) == {}


@pytest.mark.parametrize("command", ["run", "ui"])
def test_unknown_source_names_the_known_ones(command: str) -> None:
    words = [sys.executable, "-m", "orchestration", command]
    environment = dict(os.environ) | {"PROMOLIFT_SOURCE": "nowhere"}
    done = subprocess.run(words, cwd=settings.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == BadInput.exit_code
    said = " ".join(done.stderr.split())
    assert said.startswith("BadInput: there is no source 'nowhere'")
    assert "complete_journey" in said
    assert "Traceback" not in said


def test_schedule_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLIFT_SCHEDULE", "none")
    schedule = policy.read_schedule()
    assert policy.dag_settings(schedule, schedule.daily)["schedule"] is None
    assert policy.dag_settings(schedule, schedule.weekly)["schedule"] is None
