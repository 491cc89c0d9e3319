"""What a gate has to know about its run before it looks at the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from expectations.rules import CRITICAL, PREVIOUS_RUN_DAYS
from warehouse import runs, settings, tables

PASSED_DAYS = f"""
    select day from gates.gate_results
    where gate = $gate and day < $day
    group by day
    having bool_and(is_passed or severity != '{CRITICAL}')
    order by day desc limit 1
"""
COLUMNS = """
    select schema_name || '.' || table_name as name, column_name, data_type
    from duckdb_columns()
    where not internal
    order by name, column_index
"""


@dataclass(frozen=True)
class Run:
    day: date
    sources: frozenset[str]  # contract tables that the source can fill
    previous: date | None  # day of the last run before this one that passed this gate
    columns: Mapping[str, Mapping[str, str]]  # types by column by table of the warehouse

    @property
    def is_day(self) -> str:
        return f"day = date '{self.day}'"

    @property
    def recent(self) -> date | None:
        """The previous run if it is recent enough to be a yardstick."""
        too_old = self.previous is None or self.previous < self.day - timedelta(days=PREVIOUS_RUN_DAYS)
        return None if too_old else self.previous


def find_run(gate: str, day: date) -> Run:
    return Run(day, find_sources(), find_previous(gate, day), find_columns())


def find_sources() -> frozenset[str]:
    installation = settings.load()
    return frozenset(file.stem for file in (installation.sources / installation.source).glob("*.sql"))


def find_previous(gate: str, day: date) -> date | None:
    found = tables.read(PASSED_DAYS, {"gate": gate, "day": day}).to_pylist()
    return found[0]["day"] if found else None


def find_columns() -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    for row in tables.read(COLUMNS).to_pylist():
        columns.setdefault(row["name"], {})[row["column_name"]] = row["data_type"]
    return columns
