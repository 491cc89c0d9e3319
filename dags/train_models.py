"""
# train_models

Every week: learn again from everything known until yesterday. A new version becomes champion only if it beats the
simple floor and the champion on a time split; otherwise the champion stays and the model card says why.

## What is normal

- `ingest` waits (up for reschedule) while a daily run is under way, and lands nothing when the daily run already did.
- `train` takes minutes and often keeps the champion: that is a result, not a failure.

## When to worry

- `validate_raw` or `validate_features` failed: a delivery broke the contract, or what was computed from it is out of
  its limits. Nothing was trained; the champions stay.
- `train` failed: the daily runs go on with the champions they have. Read the task's log, mend, clear the task.
- No new champion for a quarter while the report shows calibration drifting: look at the model cards.
"""

from airflow.sdk import DAG, chain

from orchestration.policy import LANDING, MODELS, dag_settings, read_schedule
from orchestration.stages import StageOperator

schedule = read_schedule()

with DAG(
    "train_models",
    doc_md=__doc__,
    description="Champions and challengers, learned again from everything known.",
    tags=["weekly"],
    **dag_settings(schedule, schedule.weekly),
):
    chain(
        StageOperator(task_id="ingest", commands=[("warehouse", "ingest")], opens_run=True, outlets=[LANDING]),
        StageOperator(task_id="validate_raw", commands=[("expectations", "raw")]),
        StageOperator(task_id="stage", commands=[("warehouse", "transform", "staging")], inlets=[LANDING]),
        StageOperator(task_id="features", commands=[("warehouse", "transform", "features")]),
        StageOperator(task_id="validate_features", commands=[("expectations", "features")]),
        StageOperator(task_id="train", commands=[("ml", "train")], outlets=[MODELS]),
    )
