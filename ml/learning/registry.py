"""Versions of models: immutable folders of native files, tracked in MLflow, listed in ml.models.

A version is named `<data cut>-<fingerprint>`. The champion of a day is the newest champion whose data cut is not after
it, so that a backfill of last week uses last week's models. Files stay beside the tracking store, so that scoring needs
no import of MLflow; where they are gone they are fetched from the server that MLFLOW_TRACKING_URI names.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse import settings, tables
from warehouse.errors import NotAvailable

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALIAS = "champion"
CARD = "card.json"
VERSION_TAG, CUT_TAG = "promolift_version", "data_cut"


@dataclass(frozen=True)
class Version:
    """A row of ml.models; parameters and card are plain JSON content."""

    family: str
    version: str
    data_cut: date
    role: str
    candidate: str
    parameters: Mapping[str, Any]
    metric: str
    metric_value: float | None
    floor_value: float | None
    validation_from: date | None
    validation_until: date | None
    train_rows: int
    card: Mapping[str, Any]


def fingerprint(*parts: bytes | str) -> str:
    """Eight hex digits over everything that makes a version.

    >>> fingerprint("parameters", b"data")
    '3988fbef'
    """
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:8]


def name_version(data_cut: date, *parts: bytes | str) -> str:
    """`<data cut>-<fingerprint of the parts>`: parameters, code and data."""
    return f"{data_cut}-{fingerprint(*parts)}"


def champion_for(family: str, day: date) -> Version | None:
    """The newest champion whose data cut is not after the day; None where there is none."""
    sql = """
        select * from ml.models where family = $family and role = 'champion' and data_cut <= $day
        order by data_cut desc, version desc limit 1
    """
    found = tables.read(sql, {"family": family, "day": day}).to_pylist()
    return from_row(found[0]) if found else None


def learned_rows(family: str, day: date) -> int:
    """Rows the champion of the day learned from; 0 where there is none."""
    champion = champion_for(family, day)
    return champion.train_rows if champion else 0


def from_row(row: Mapping[str, Any]) -> Version:
    return Version(**{**row, "parameters": json.loads(row["parameters"]), "card": json.loads(row["card"])})


def as_row(version: Version) -> dict[str, Any]:
    texts = {"parameters": as_text(version.parameters), "card": as_text(version.card)}
    return {**asdict(version), **texts}


def as_text(content: Mapping[str, Any]) -> str:
    return json.dumps(without_nan(content), sort_keys=True, allow_nan=False)


def without_nan(content: Any) -> Any:
    """JSON has no NaN: what is not a number is null.

    >>> without_nan({"auc": [float("nan"), 0.5]})
    {'auc': [None, 0.5]}
    """
    if isinstance(content, Mapping):
        return {str(key): without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(value) for value in content]
    return None if isinstance(content, float) and content != content else content


def folder_of(family: str, version: str) -> Path:
    return settings.load().models / "versions" / family / version


def files_of(family: str, version: str) -> Path:
    """The folder of a version's files, fetched from the tracking server where this machine lacks it."""
    folder = folder_of(family, version)
    if not folder.exists() and os.environ.get("MLFLOW_TRACKING_URI"):
        fetch(family, version, folder)
    if not folder.exists():
        raise NotAvailable(
            f"the files of {family} {version} are not in {folder}; restore them or train again (python -m ml train)"
        )
    return folder


def register(versions: Sequence[Version], save: Callable[[Path], None] | None = None) -> None:
    """Keep one family's versions of one data cut: files and tracking of the champion first, the rows of ml.models last.

    `save` writes the champion's native files into a folder; without a champion among the versions it is not called.
    Registering the same version again changes nothing.
    """
    champion = next((version for version in versions if version.role == "champion"), None)
    if champion and save:
        write_files(champion, save)
    track(versions, champion)
    rows = pa.Table.from_pylist([as_row(version) for version in versions], schema=row_schema())
    first = versions[0]
    tables.replace_day("ml.models", first.data_cut, rows, keys={"family": first.family})


def row_schema() -> pa.Schema:
    kinds = {"varchar": pa.string(), "date": pa.date32(), "double": pa.float64(), "bigint": pa.int64()}
    return pa.schema([(column, kinds[kind]) for column, kind in tables.TABLES["ml.models"].columns.items()])


def write_files(champion: Version, save: Callable[[Path], None]) -> None:
    """A version's folder appears whole or not at all, and is never written twice."""
    folder = folder_of(champion.family, champion.version)
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    save(unfinished)
    (unfinished / CARD).write_text(as_text(champion.card))
    unfinished.replace(folder)


def store_address() -> str:
    """The tracking server of the environment, else a file under the data folder."""
    home = settings.load().models
    home.mkdir(parents=True, exist_ok=True)
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}"


def open_store() -> "MlflowClient":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=store_address(), registry_uri=store_address())


def experiment_of(client: "MlflowClient", family: str) -> str:
    name = f"promolift {family}"
    found = client.get_experiment_by_name(name)
    if found:
        return str(found.experiment_id)
    is_embedded = not os.environ.get("MLFLOW_TRACKING_URI")
    place = (settings.load().models / "mlflow" / family).as_uri() if is_embedded else None
    return str(client.create_experiment(name, artifact_location=place))


def track(versions: Sequence[Version], champion: Version | None) -> None:
    """One run per training: every candidate's metric, and the champion's files as a registered model version."""
    client = open_store()
    first = versions[0]
    experiment = experiment_of(client, first.family)
    subject = champion or first
    known = client.search_runs([experiment], f"tags.{VERSION_TAG} = '{subject.version}'", max_results=1)
    if known and champion is None:
        return
    run_id = known[0].info.run_id if known else start_run(client, experiment, subject)
    log_candidates(client, run_id, versions)
    if champion:
        publish(client, run_id, champion)
    client.set_terminated(run_id)


def start_run(client: "MlflowClient", experiment: str, subject: Version) -> str:
    tags = {VERSION_TAG: subject.version, CUT_TAG: str(subject.data_cut), "candidate": subject.candidate}
    return str(client.create_run(experiment, tags=tags, run_name=subject.version).info.run_id)


def log_candidates(client: "MlflowClient", run_id: str, versions: Iterable[Version]) -> None:
    for version in versions:
        if version.metric_value is not None and version.metric_value == version.metric_value:
            client.log_metric(run_id, f"{version.metric}.{version.candidate}", version.metric_value)
        client.log_dict(run_id, without_nan(dict(version.card)), f"cards/{version.candidate}.json")


def publish(client: "MlflowClient", run_id: str, champion: Version) -> None:
    """Register the champion's files once; the alias points at the newest data cut."""
    from mlflow.exceptions import MlflowException

    name = model_name(champion.family)
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    registered = client.search_model_versions(f"name = '{name}'")
    if not any(known.tags.get(VERSION_TAG) == champion.version for known in registered):
        client.log_artifacts(run_id, str(folder_of(champion.family, champion.version)), "model")
        source = f"{client.get_run(run_id).info.artifact_uri}/model"
        tags = {VERSION_TAG: champion.version, CUT_TAG: str(champion.data_cut)}
        client.create_model_version(name, source, run_id=run_id, tags=tags)
    newest = max(
        client.search_model_versions(f"name = '{name}'"), key=lambda one: (one.tags[CUT_TAG], int(one.version))
    )
    client.set_registered_model_alias(name, ALIAS, newest.version)


def model_name(family: str) -> str:
    return f"promolift_{family}"


def fetch(family: str, version: str, folder: Path) -> None:
    client = open_store()
    for known in client.search_model_versions(f"name = '{model_name(family)}'"):
        if known.tags.get(VERSION_TAG) == version:
            from mlflow.artifacts import download_artifacts

            unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
            unfinished.mkdir(parents=True, exist_ok=True)
            found = Path(download_artifacts(known.source, dst_path=str(unfinished), tracking_uri=store_address()))
            found.replace(folder)
            shutil.rmtree(unfinished, ignore_errors=True)
            return
