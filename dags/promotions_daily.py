"""
# promotions_daily

Every morning: take in what was delivered until yesterday, decide which promotion each customer gets today, prove that
the decisions may be used, and publish them. One run is one day; re-running a day replaces it and gives the same tables.

## What is normal

- `ingest` waits (up for reschedule) while another run is under way: runs go one at a time, in the order of days.
- A task that finds the warehouse locked tries again every 30 seconds, five times.
- `train` ends in seconds when there is a champion as of the day. Without one it trains, which takes minutes.
- `approve` does nothing unless `decide.approval_spend_limit` is set and planned spend exceeds it; then it waits
  for somebody to answer under *Required actions*.

## When to worry

- A `validate_…` task failed: a gate stopped the run. The published tables are untouched. The task's log names rule,
  limit and observed value; see `docs/how-to/read-a-failed-gate.md`.
- `ingest` failed with *BadInput*: a delivery is missing, broken or changed after it was landed.
- Any *StorageFailed*: the disk is full or read-only. Free space, then clear the failed task.
- The deadline alert fired: the run is late. Look for a task that keeps retrying on the lock; its log names the holder.
"""

from airflow.sdk import DAG, chain

from orchestration.approval import ApproveSpend
from orchestration.policy import LANDING, MODELS, PUBLISHED, dag_settings, read_schedule
from orchestration.stages import StageOperator

schedule = read_schedule()

with DAG(
    "promotions_daily",
    doc_md=__doc__,
    description="Today's promotions for every customer: decided, checked, published.",
    tags=["daily"],
    **dag_settings(schedule, schedule.daily),
):
    ingest = StageOperator(task_id="ingest", commands=[("warehouse", "ingest")], opens_run=True, outlets=[LANDING])
    validate_raw = StageOperator(task_id="validate_raw", commands=[("expectations", "raw")])
    stage = StageOperator(task_id="stage", commands=[("warehouse", "transform", "staging")], inlets=[LANDING])
    features = StageOperator(task_id="features", commands=[("warehouse", "transform", "features")])
    validate_features = StageOperator(task_id="validate_features", commands=[("expectations", "features")])
    train = StageOperator(task_id="train", commands=[("ml", "train", "--if-missing")])
    score = StageOperator(task_id="score", commands=[("ml", "score")], inlets=[MODELS])
    validate_scores = StageOperator(task_id="validate_scores", commands=[("expectations", "scores")])
    decide = StageOperator(task_id="decide", commands=[("ml", "decide")])
    validate_decisions = StageOperator(task_id="validate_decisions", commands=[("expectations", "decisions")])
    measure = StageOperator(task_id="measure", commands=[("ml", "measure")])
    approve = ApproveSpend(task_id="approve")
    publish = StageOperator(
        task_id="publish",
        commands=[("warehouse", "transform", "marts"), ("warehouse", "publish")],
        outlets=[PUBLISHED],
    )
    report = StageOperator(task_id="report", commands=[("ml", "report")], inlets=[PUBLISHED])

    chain(ingest, validate_raw, stage, features, validate_features, train, score, validate_scores)
    chain(validate_scores, decide, validate_decisions, measure, approve, publish, report)
