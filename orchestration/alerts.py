"""Who hears of a failed task or a late run: the log, and a chat webhook where PROMOLIFT_ALERT_WEBHOOK names one."""

import json
import logging
import os
import urllib.request
from typing import Any

from airflow.sdk import BaseNotifier, Context

TIMEOUT_SECONDS = 10
log = logging.getLogger(__name__)


class FailureNotifier(BaseNotifier):
    """Tell which stage of which day failed, why, and where its log is."""

    def notify(self, context: Context) -> None:
        announce(describe_failure(context))


def describe_failure(context: Context) -> str:
    task = context["ti"]
    reason = str(context.get("exception") or "no reason given").rstrip(".")
    return f"{task.dag_id} failed at {task.task_id} in run {task.run_id}: {reason}. Log: {task.log_url}"


def report_deadline(minutes: int, **context: Any) -> None:
    """Called by Airflow when a run is not done in time."""
    run = context.get("dag_run")
    name = getattr(run, "run_id", None) or (run or {}).get("dag_run_id", "unknown")
    announce(f"Run {name} is not done {minutes} minutes after it was queued.")


def announce(message: str) -> None:
    log.error("ALERT: %s", message)
    webhook = os.environ.get("PROMOLIFT_ALERT_WEBHOOK")
    if webhook:
        post(webhook, message)


def post(webhook: str, message: str) -> None:
    """Send `{"text": …}`, the form that the common chat services accept."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(webhook, json.dumps({"text": message}).encode(), headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        pass
