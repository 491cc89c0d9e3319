"""A warehouse whose gates have passed and whose marts hold a day: just enough to publish."""

from datetime import date
from typing import Any

import pyarrow as pa

from expectations.rules import GATES
from warehouse import runs, tables
from warehouse.connection import writing

CUSTOMERS = 3


def fill(day: date, **failing: bool) -> None:
    """Write gate results and marts of a day; `failing={"scores": True}` lets the gate of that name fail critically."""
    rows = [gate_result(day, gate, passed=not failing.get(gate, False)) for gate in GATES.values()]
    tables.replace_day("gates.gate_results", day, pa.Table.from_pylist(rows))
    with writing() as connection:
        connection.execute(
            "create table if not exists marts.user_decisions (day date, customer_id varchar, status varchar)"
        )
        connection.execute("create table if not exists marts.models (family varchar, version varchar)")
        connection.execute("create or replace table marts.models as select 'purchase' as family, '1' as version")
        connection.execute("delete from marts.user_decisions where day = $day", {"day": day})
        for number in range(CUSTOMERS, 0, -1):
            connection.execute("insert into marts.user_decisions values ($1, $2, 'offered')", [day, f"c{number}"])


def gate_result(day: date, gate: str, passed: bool) -> dict[str, Any]:
    texts = dict.fromkeys(("code", "table_name", "rule", "observed_text", "limit_text", "reason"), "of a test")
    result = {"day": day, "gate": gate, "severity": "critical", "observed": 1.0, "is_passed": passed}
    return result | texts | {"run_id": runs.run_id(day)}
