"""How far the features moved since the previous run: null rate, mean and distribution (table ml.drift)."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from expectations.run import NUMBERS, Run
from ml import parameters
from warehouse import runs, tables

COMPARED = ("features.customers", "features.products")
KEYS = {"day", "customer_id", "product_id"}
AGES = ("tenure_", "days_since_")  # grow by the days between the runs: an index would only tell the calendar
ADDED_ROWS = 0.5  # to every bin: an empty one would make the index infinite, and few rows prove little
DIGITS = 6

NULL_RATES = """
    select
        column_name,
        avg(value) filter (where is_current) as current,
        avg(value) filter (where not is_current) as previous
    from (unpivot (select {is_current} as is_current, {nulls} from {table} where {days})
          on columns(* exclude (is_current)) into name column_name value value)
    group by column_name
"""
# Bins are quantiles of the previous run (Siddiqi: Credit Risk Scorecards, 2006, on the population stability index).
SHIFTS = """
    with long as (
        unpivot (select {is_current} as is_current, {numbers} from {table} where {days})
        on columns(* exclude (is_current)) into name column_name value value
    ),

    edges as (
        select column_name, list_sort(list_distinct(quantile_disc(value, {quantiles}))) as edges
        from long where not is_current group by column_name
    ),

    binned as (
        select column_name, is_current, len(list_filter(edges, lambda edge: edge < value)) as bin, count(*) as rows
        from long inner join edges using (column_name)
        group by all
    ),

    paired as (
        select
            column_name,
            bin,
            coalesce(sum(rows) filter (where is_current), 0) + {added} as current,
            coalesce(sum(rows) filter (where not is_current), 0) + {added} as previous
        from binned group by column_name, bin
    ),

    shares as (
        select
            column_name,
            bin,
            current / sum(current) over (partition by column_name) as current,
            previous / sum(previous) over (partition by column_name) as previous
        from paired
    ),

    indexes as (
        select column_name, sum((current - previous) * ln(current / previous) order by bin) as shift
        from shares group by column_name
    ),

    means as (
        select
        column_name,
        avg(value) filter (where is_current) as current,
        avg(value) filter (where not is_current) as previous
        from long group by column_name
    )

    select means.column_name, means.current, means.previous, indexes.shift
    from means left join indexes using (column_name)
"""


def measure_drift(run: Run) -> None:
    """Write the day's rows of ml.drift; none when there is no previous run to compare with."""
    rows = [row for table in COMPARED for row in compare(table, run)] if run.recent else []
    declared = tables.TABLES["ml.drift"]
    columns = {name: pa.array([row[name] for row in rows], arrow_type(kind)) for name, kind in declared.columns.items()}
    tables.replace_day("ml.drift", run.day, pa.table(columns))


def arrow_type(kind: str) -> pa.DataType:
    return {"date": pa.date32(), "double": pa.float64()}.get(kind, pa.string())


def compare(table: str, run: Run) -> list[dict[str, object]]:
    features = {name: kind for name, kind in run.columns.get(table, {}).items() if name not in KEYS}
    if not features or run.recent is None:
        return []
    words = fill_in(table, features, run.day, run.recent)
    nulls = tables.read(NULL_RATES.format(**words)).to_pylist()
    shifts = tables.read(SHIFTS.format(**words)).to_pylist()
    measured = [
        *(("null_rate", row["column_name"], row["current"], row["previous"]) for row in nulls),
        *(("mean", row["column_name"], row["current"], row["previous"]) for row in shifts),
        *(
            ("population_stability_index", row["column_name"], row["shift"], None)
            for row in shifts
            if not row["column_name"].startswith(AGES)
        ),
    ]
    origin = {"day": run.day, "table_name": table, "run_id": runs.run_id(run.day)}
    return [
        origin
        | {"column_name": name, "statistic": statistic, "current": rounded(current), "previous": rounded(previous)}
        for statistic, name, current, previous in sorted(measured, key=lambda measure: measure[:2])
    ]


def fill_in(table: str, features: Mapping[str, str], day: date, previous: date) -> dict[str, object]:
    numbers = [name for name, kind in features.items() if kind.startswith((*NUMBERS, "BOOLEAN"))]
    bins = parameters.load().measure.drift_bins
    return {
        "table": table,
        "is_current": f"day = date '{day}'",
        "days": f"day in (date '{day}', date '{previous}')",
        "nulls": ", ".join(f'("{name}" is null)::integer as "{name}"' for name in features),
        "numbers": ", ".join(f'"{name}"::double as "{name}"' for name in numbers),
        "quantiles": [edge / bins for edge in range(1, bins)],
        "added": ADDED_ROWS,
    }


def rounded(value: float | None) -> float | None:
    """Sums of floating numbers differ in their last digits from run to run."""
    return None if value is None else float(f"{value:.{DIGITS}g}")
