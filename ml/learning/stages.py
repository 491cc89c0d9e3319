"""What stage modules of the newer families share: recipes of the parameters, terms of their contest, written rows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.learning import contest, registry
from ml.learning.contest import Contest, Losses, Outcome
from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.model import Catalogue
from warehouse import runs, tables


def recipes_of(catalogue: Catalogue, section: str) -> dict[str, Recipe]:
    """The floors and the `learners` of a section of ml/params.yml, each with its `settings`."""
    known = parameters.load()
    numbers = getattr(known, section)
    names = dict.fromkeys([*catalogue.floors, *numbers.learners])
    return {name: Recipe(name, settings=numbers.settings.get(name, {}), seed=known.train.seed) for name in names}


def hold_contest(catalogue: Catalogue, day: date, losses: Losses, weights: FloatArray | None = None) -> Outcome:
    """Who serves by losses per unit (n) of each candidate; whoever served before the day has to be beaten."""
    numbers = parameters.load().train
    held = registry.champion_for(catalogue.family, date.fromordinal(day.toordinal() - 1))
    return contest.decide(
        Contest(
            losses,
            [name for name in catalogue.floors if name in losses],
            incumbent=held.candidate if held else None,
            win_rate=numbers.win_rate,
            replicates=numbers.bootstrap_replicates,
            confidence=numbers.confidence_rate,
            seed=numbers.seed,
            weights=weights,
        )
    )


def tell_contest(catalogue: Catalogue, outcome: Outcome) -> None:
    for one in outcome.standings.values():
        print(f"  {one.name}: {one.value:.4g} ({one.low:.4g} to {one.high:.4g})", flush=True)
    print(f"  {catalogue.family}: {outcome.reason}", flush=True)


def write_day(
    table: str,
    day: date,
    rows: pd.DataFrame,
    constants: Mapping[str, Any] | None = None,
    keys: dict[str, str] | None = None,
) -> int:
    """Replace the day of a declared table, or its part of `keys`; day, run_id and `constants` are filled in."""
    filled = rows.assign(day=day, run_id=runs.run_id(day), **(constants or {}))
    columns = tables.TABLES[table].columns
    arrays = [pa.array(filled[name], kind_of(kind), from_pandas=True) for name, kind in columns.items()]
    return tables.replace_day(table, day, pa.table(arrays, list(columns)), keys)


def no_rows(table: str, day: date, family: str, reason: str) -> int:
    """Say why a family has nothing and leave its day empty."""
    print(f"{family}: not available: {reason}", flush=True)
    return write_day(table, day, pd.DataFrame(columns=list(tables.TABLES[table].columns)))


def kind_of(kind: str) -> pa.DataType:
    kinds = {
        "varchar": pa.string(),
        "date": pa.date32(),
        "double": pa.float64(),
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "boolean": pa.bool_(),
    }
    return kinds[kind]


def has_table(name: str) -> bool:
    """Whether the warehouse holds a table: a layer that was never built holds none."""
    schema, table = name.split(".")
    sql = "select count(*) from information_schema.tables where table_schema = $schema and table_name = $table"
    return bool(tables.read(sql, {"schema": schema, "table": table})[0][0].as_py())
