"""What the rules of a gate saw: the checks run by Great Expectations inside DuckDB, and the result in words."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when Great Expectations is imported

import duckdb
import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.interfaces import Batch

from expectations import duckdb_dialect
from expectations.checks import Check
from expectations.rules import Rule, in_words
from warehouse import connection, settings
from warehouse.faults import explain_database

DATABASE_ERROR = re.compile(r"\(_duckdb\.(\w+)\) (.*)")
DIGITS = 6  # sums of floating numbers differ in their last digits from run to run


@dataclass(frozen=True)
class Outcome:
    rule: Rule
    observed: float | None
    observed_text: str
    is_passed: bool

    @property
    def sentence(self) -> str:
        rule = self.rule
        return f"{rule.code} on {rule.table}, {rule.what}: {self.observed_text}, allowed: {rule.limit_text}"

    def as_row(self, day: date, run_id: str) -> dict[str, Any]:
        return {
            "day": day,
            "gate": self.rule.gate,
            "code": self.rule.code,
            "table_name": self.rule.table,
            "rule": self.rule.what,
            "severity": self.rule.severity,
            "observed": self.observed,
            "observed_text": self.observed_text,
            "limit_text": self.rule.limit_text,
            "is_passed": self.is_passed,
            "reason": self.rule.reason,
            "run_id": run_id,
        }


def observe(checks: Iterable[Check]) -> list[Outcome]:
    """Look at every check; a query that DuckDB refuses is an error of ours, not a breach."""
    outcomes = []
    with open_warehouse() as warehouse:
        for check in checks:
            outcomes.append(look(check, warehouse))
            if check.is_precondition and not outcomes[-1].is_passed:
                break
    return outcomes


@contextmanager
def open_warehouse() -> Iterator[Batch]:
    """The warehouse, read-only, as the one batch of a context that leaves nothing behind.

    The batch is a single row: which rows are measured how is the query of each expectation, and runs in DuckDB.
    """
    duckdb_dialect.register()
    installation = settings.load()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    options = {"connect_args": {"read_only": True, "config": connection.limits(installation)}}
    warehouse = context.data_sources.add_sql(
        "warehouse",
        connection_string=f"duckdb+buffered:///{installation.warehouse}",
        create_temp_table=False,
        kwargs=options,  # type: ignore[call-arg]  # a field of SQLDatasource that the stub of add_sql lacks
    )
    try:
        run = warehouse.add_query_asset(name="run", query="select 1 as run")
        yield run.add_batch_definition_whole_table("run").get_batch()
    finally:
        warehouse.get_execution_engine().close()
        warehouse.get_engine().dispose()


def look(check: Check, warehouse: Batch) -> Outcome:
    if check.expectation is None:
        return Outcome(check.rule, None, check.note, True)
    result = warehouse.validate(check.expectation)
    if not result.result:
        raise explain_failure(check.rule.code, result.exception_info)
    measures, is_passed = list(result.result["measures"]), bool(result.success)
    observed = rounded(measures[0]["value"]) if measures else None
    return Outcome(check.rule, observed, describe(check, measures, is_passed), is_passed)


def explain_failure(code: str, information: dict[str, Any]) -> Exception:
    """Great Expectations keeps only the words of an error; a fault that a person can mend is told from them."""
    message = next((str(details["exception_message"]) for details in information.values()), "no reason given")
    found = DATABASE_ERROR.match(message)
    name, reason = found.groups() if found else ("Error", message)
    fault = explain_database(getattr(duckdb, name, duckdb.Error)(reason))
    return fault or RuntimeError(f"{code} could not be checked: {reason}")


def describe(check: Check, measures: list[dict[str, Any]], is_passed: bool) -> str:
    """The worst measure in words, and when the rule is broken the others beyond the limit too."""
    if not measures:
        return check.note or "nothing to look at"
    shown = measures[:1] if is_passed else [measure for measure in measures if not check.rule.holds(measure["value"])]
    return "; ".join(describe_measure(check.rule, measure) for measure in shown or measures[:1])


def describe_measure(rule: Rule, measure: dict[str, Any]) -> str:
    value = measure["value"]
    words = "unknown" if value is None else in_words(float(value), rule.unit)
    return f"{words} ({measure['what']})" if measure["what"] and value != 0 else words


def rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{float(value):.{DIGITS}g}")
