"""docker-compose.yml, read by a real compose implementation."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.production import SECRETS, check_secrets, find_fault
from warehouse.errors import BadInput
from warehouse.settings import ROOT

FILE = ROOT / "docker-compose.yml"
# In .env a secret has a shorter name than the setting of Airflow it becomes.
IN_ENV = {
    "AIRFLOW__CORE__FERNET_KEY": "AIRFLOW_FERNET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET": "AIRFLOW_JWT_SECRET",
    "AIRFLOW__API__SECRET_KEY": "AIRFLOW_SECRET_KEY",
}
ONE_SHOT = {"check", "prepare"}


def good_secrets() -> dict[str, str]:
    return {name: f"{number:x}9f86d081884c7d659a2feaa0c55ad01" for number, name in enumerate(SECRETS, start=1)}


def good_settings() -> dict[str, str]:
    return {IN_ENV.get(name, name): value for name, value in good_secrets().items()} | {"PROMOLIFT_SOURCE": "my_shop"}


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """The command of an installed compose implementation."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    if plugin == 0:
        return ["docker", "compose"]
    pytest.skip("no compose implementation is installed (Debian: apt-get install docker-compose)")


def read_stack(compose: list[str], folder: Path, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    file = folder / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    words = [*compose, "--file", str(FILE), "--env-file", str(file), "config"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def stack(compose: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = read_stack(compose, tmp_path_factory.mktemp("stack"), good_settings())
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


@pytest.mark.parametrize("name", good_settings())
def test_stack_is_refused_without(name: str, compose: list[str], tmp_path: Path) -> None:
    done = read_stack(compose, tmp_path, good_settings() | {name: ""})
    assert done.returncode != 0
    assert f"{name} is missing, see .env.example" in done.stderr


def test_stack_is_refused_with_the_example_as_it_is(compose: list[str], tmp_path: Path) -> None:
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    done = read_stack(compose, tmp_path, dict(line.split("=", 1) for line in lines))
    assert done.returncode != 0
    assert "is missing, see .env.example" in done.stderr


def test_services_are_the_ones_the_docs_name(stack: dict[str, Any]) -> None:
    airflow = {"api-server", "scheduler", "dag-processor", "triggerer"}
    assert set(stack["services"]) == airflow | ONE_SHOT | {"postgres", "mlflow"}


def test_only_loopback_is_published(stack: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in stack["services"].items() if "ports" in service}
    assert list(ports) == ["api-server"]
    assert all(re.match(r"127\.0\.0\.1:", port) for port in map(address_of, ports["api-server"]))


def address_of(port: str | dict[str, Any]) -> str:
    """Older implementations give text, newer ones a mapping."""
    return port if isinstance(port, str) else f"{port.get('host_ip', '0.0.0.0')}:{port.get('published')}"


def test_every_image_is_pinned(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        assert re.search(r":\d+\.\d+", service["image"]), name
        assert not service["image"].endswith(":latest"), name
    base = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert base
    assert all(re.search(r":\d+\.\d+\.\d+", image) for image in base)


def test_nothing_runs_as_root_or_may_write_its_own_files(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        assert service["user"].split(":")[0] not in {"", "0", "root"}, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
    assert re.search(r"^USER promolift$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_what_keeps_running_is_watched(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        assert ("healthcheck" in service) == (name not in ONE_SHOT), name


def test_everything_waits_for_the_secrets_to_be_checked(stack: dict[str, Any]) -> None:
    for name in set(stack["services"]) - {"check"}:
        assert "check" in upstream(stack["services"], name), name


def upstream(services: dict[str, Any], name: str) -> set[str]:
    direct = set(services[name].get("depends_on", {}))
    return direct.union(*(upstream(services, other) for other in direct))


def test_log_in_is_fab_and_state_is_on_volumes(stack: dict[str, Any]) -> None:
    server = stack["services"]["api-server"]
    assert server["environment"]["AIRFLOW__CORE__AUTH_MANAGER"].endswith(".FabAuthManager")
    assert set(stack["volumes"]) == {"artifacts", "data", "logs", "postgres"}
    assert "/data" in json.dumps(stack["services"]["scheduler"]["volumes"])


@pytest.mark.parametrize("name", ["scheduler", "dag-processor", "triggerer", "api-server"])
def test_files_of_the_shop_reach_the_containers_and_stay_unchanged(
    name: str, compose: list[str], tmp_path: Path
) -> None:
    own = {"PROMOLIFT_SOURCES": "/inbox/sources", "PROMOLIFT_PARAMS": "/inbox/params.yml"}
    done = read_stack(compose, tmp_path, good_settings() | own | {"PROMOLIFT_INBOX": "/srv/shop"})
    service = yaml.safe_load(done.stdout)["services"][name]
    assert own.items() <= service["environment"].items()
    assert service["environment"]["PROMOLIFT_INBOX"] == "/inbox"
    assert ("/srv/shop", "/inbox", True) in [mount_of(volume) for volume in service["volumes"]]


def mount_of(volume: str | dict[str, Any]) -> tuple[str, str, bool]:
    """Source, target and whether it is read-only; older implementations give text, newer ones a mapping."""
    if isinstance(volume, str):
        source, target, mode = volume.split(":")
        return source, target, mode == "ro"
    return volume.get("source", ""), volume["target"], bool(volume.get("read_only", False))


def test_no_secret_is_in_a_file_of_the_repository() -> None:
    example = (ROOT / ".env.example").read_text()
    for name in good_settings():
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} must be there and empty"


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ("", "missing"),
        ("change-me-to-something-long", "well-known"),
        ("airflow", "well-known"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "well-known"),
        ("4c3b2a190f", "shorter"),
        ("9f86d081884c7d65/@9a2feaa0", "other characters"),
    ],
)
def test_weak_secret_is_refused(secret: str, fault: str) -> None:
    assert fault in (find_fault(secret) or "")


def test_check_names_the_weak_secret_and_not_its_value() -> None:
    with pytest.raises(BadInput, match=r"does not start: PROMOLIFT_PII_KEY is shorter") as refused:
        check_secrets(good_secrets() | {"PROMOLIFT_PII_KEY": "4c3b2a190f"})
    assert "4c3b2a190f" not in str(refused.value)


def test_check_refuses_one_secret_used_twice() -> None:
    with pytest.raises(BadInput, match="two secrets are the same"):
        check_secrets(dict.fromkeys(SECRETS, "9f86d081884c7d659a2feaa0c55ad01"))


def test_check_accepts_good_secrets() -> None:
    check_secrets(good_secrets())
