"""What the report reads: small frames of one day, already counted by the warehouse.

Not from the published file: drift, the log of held-out assignments and the counts of the inputs are not published.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from warehouse import tables

QUERIES = Path(__file__).with_name("queries")
STAGING_PREFIX = "stg_shop__"
NO_INPUTS = "select '' as table_name, 0 as rows where false"


@dataclass(frozen=True)
class Frames:
    """One frame per file in queries/, named like it."""

    statuses: pd.DataFrame
    arms: pd.DataFrame
    campaigns: pd.DataFrame
    offers: pd.DataFrame
    propensities: pd.DataFrame
    promotions: pd.DataFrame
    frontier: pd.DataFrame
    pull_forward: pd.DataFrame
    models: pd.DataFrame
    selection: pd.DataFrame
    explanations: pd.DataFrame
    outcomes: pd.DataFrame
    recommendations: pd.DataFrame
    results: pd.DataFrame
    effects: pd.DataFrame
    programme: pd.DataFrame
    policies: pd.DataFrame
    monitoring: pd.DataFrame
    stages_of_life: pd.DataFrame
    gates: pd.DataFrame
    drift: pd.DataFrame
    stages: pd.DataFrame
    runs: pd.DataFrame
    inputs: pd.DataFrame


def read_frames(day: date, examples: int) -> Frames:
    """Everything the report shows about a day; `examples` is the number of promotions picked as examples."""
    names = [field.name for field in fields(Frames) if field.name != "inputs"]
    return Frames(**{name: read_frame(name, day, examples) for name in names}, inputs=count_inputs())


def has_marts() -> bool:
    """Whether the marts that the report reads were ever built."""
    found = tables.read("select table_name from information_schema.tables where table_schema = 'marts'")
    return set(found.column("table_name").to_pylist()) >= {"offers", "user_promotions"}


def read_frame(name: str, day: date, examples: int) -> pd.DataFrame:
    sql = (QUERIES / f"{name}.sql").read_text()
    values = {"day": day, "examples": examples}
    return tables.read(sql, {key: value for key, value in values.items() if f"${key}" in sql}).to_pandas()


def count_inputs() -> pd.DataFrame:
    """Rows known of every input table: table_name, rows."""
    names = tables.read((QUERIES / "inputs.sql").read_text()).column("table_name").to_pylist()
    counts = [f"select '{name}' as table_name, count(*) as rows from staging.{name}" for name in names]
    frame = tables.read(" union all ".join(counts) or NO_INPUTS).to_pandas()
    return frame.assign(table_name=frame["table_name"].str.removeprefix(STAGING_PREFIX)).sort_values("table_name")


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as tuples with a name for each column."""
    return iter(frame.itertuples(index=False))
