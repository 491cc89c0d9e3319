"""A rule of rules.py turned into a Great Expectations expectation on what a query measures."""

from dataclasses import dataclass
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.rules import Rule, by_code

SHOWN = 3  # worst measures named in a result


class ExpectMeasuresWithinLimits(gxe.UnexpectedRowsExpectation):
    """Each row of the query says `what` was measured and its `value`, the worst first; none may leave the limits.

    A row without a value fails, and so does no row at all unless there may be nothing to measure.
    """

    code: str
    may_be_empty: bool = False
    metric_dependencies = ("unexpected_rows_query.table",)
    success_keys = ("unexpected_rows_query", "code", "may_be_empty")

    def _validate(  # type: ignore[override]  # the other arguments only choose how much is returned
        self, metrics: dict[str, Any], **_: Any
    ) -> dict[str, Any]:
        measures = metrics["unexpected_rows_query.table"]
        rule = by_code(self.code)
        success = all(rule.holds(measure["value"]) for measure in measures) if measures else self.may_be_empty
        return {"success": success, "result": {"measures": measures}}


@dataclass(frozen=True)
class Check:
    """One rule and how it is looked at; without an expectation `note` says why there is nothing to look at."""

    rule: Rule
    expectation: ExpectMeasuresWithinLimits | None
    note: str = ""
    is_precondition: bool = False  # when it does not hold the others cannot be looked at


def skip(code: str, why: str) -> Check:
    return Check(by_code(code), None, why)


def measure(code: str, measures: str, when_empty: str = "") -> Check:
    """Limits on a query with the columns `what` and `value`; `when_empty` says why there may be nothing to measure."""
    rule = by_code(code)
    literal = measures.replace("{", "{{").replace("}", "}}")
    query = f"""
        select what::varchar as what, value::double as value
        from ({literal})
        where exists (from {{batch}})
        order by {excess(rule)} desc nulls first, what
        limit {SHOWN}
    """
    expectation = ExpectMeasuresWithinLimits(
        unexpected_rows_query=query,
        code=code,
        may_be_empty=bool(when_empty),
        severity=FailureSeverity(rule.severity),
    )
    return Check(rule, expectation, when_empty)


def excess(rule: Rule) -> str:
    """SQL for how far a value is beyond the nearer limit; negative within the limits, NULL without a value."""
    below = [] if rule.at_least is None else [f"{rule.at_least} - value"]
    above = [] if rule.at_most is None else [f"value - {rule.at_most}"]
    return f"greatest({', '.join(below + above)})"


def count(code: str, rows: str) -> Check:
    """Limit on the number of rows of a query."""
    return measure(code, f"select '' as what, count(*) as value from ({rows})")


def share(code: str, rows: str, breach: str) -> Check:
    """Limit on the share of rows on which a condition does not turn out false; no rows are no breach."""
    broken = f"coalesce(avg((({breach}) is not false)::integer), 0)"
    return measure(code, f"select '' as what, {broken} as value from ({rows})")
