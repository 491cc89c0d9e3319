"""What a gate has to know about its run before it looks at the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from expectations.rules import CRITICAL, PREVIOUS_RUN_DAYS
from warehouse import sources, tables

# Results of earlier days, not rows, tell what an earlier run was: training leaves rows of days on which nothing ran.
PASSED_DAYS = """
    select day from gates.gate_results
    where gate = $gate and day < $day and day in (select day from {rows})
    group by day
    having bool_and(is_passed or severity != $critical)
    order by day desc limit 1
"""
JUDGED_ROWS = {
    "raw": "gates.gate_results",
    "features": "features.customers",
    "scores": "ml.scores",
    "decisions": "ml.decisions",
}
COLUMNS = """
    select schema_name || '.' || table_name as name, column_name, data_type
    from duckdb_columns()
    where not internal
    order by name, column_index
"""

FLOATS = ("DOUBLE", "FLOAT")
NUMBERS = (*FLOATS, "DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT")


@dataclass(frozen=True)
class Run:
    day: date
    sources: frozenset[str]  # contract tables that the source can fill
    previous: date | None  # day of the last run before this one that passed this gate
    columns: Mapping[str, Mapping[str, str]]  # types by column by table of the warehouse
    time_zone: str  # of the shop's calendar
    learned: frozenset[str]  # families of models with a champion known on the day

    @property
    def is_day(self) -> str:
        return f"day = date '{self.day}'"

    @property
    def recent(self) -> date | None:
        """The previous run if it is recent enough to be a yardstick."""
        too_old = self.previous is None or self.previous < self.day - timedelta(days=PREVIOUS_RUN_DAYS)
        return None if too_old else self.previous


def find_run(gate: str, day: date) -> Run:
    source = sources.load()
    tables_filled = frozenset(file.stem for file in source.mapping.glob("*.sql"))
    return Run(day, tables_filled, find_previous(gate, day), find_columns(), source.time_zone, find_learned(day))


def find_previous(gate: str, day: date) -> date | None:
    passed = PASSED_DAYS.format(rows=JUDGED_ROWS[gate])
    found = tables.read(passed, {"gate": gate, "day": day, "critical": CRITICAL}).to_pylist()
    return found[0]["day"] if found else None


def find_learned(day: date) -> frozenset[str]:
    champions = "select distinct family from ml.models where role = 'champion' and data_cut <= $day"
    return frozenset(tables.read(champions, {"day": day})["family"].to_pylist())


def find_columns() -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    for row in tables.read(COLUMNS).to_pylist():
        columns.setdefault(row["name"], {})[row["column_name"]] = row["data_type"]
    return columns
