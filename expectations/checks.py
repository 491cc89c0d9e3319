"""A rule of rules.py turned into a Great Expectations expectation over the rows of a query."""

from dataclasses import dataclass
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.rules import Rule, by_code

SHOWN = 3  # worst measures named in a result


class ExpectMeasuresToBeBetween(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """Each row of the query says `what` was measured and its `value`, the worst first; none may leave the limits.

    A row without a value fails, and so does no row at all unless `when_empty` says why there is nothing to measure.
    """

    at_least: float | None = None
    at_most: float | None = None
    when_empty: str | None = None
    success_keys = ("unexpected_rows_query", "at_least", "at_most", "when_empty")

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        success = all(self.holds(row["value"]) for row in rows) if rows else self.when_empty is not None
        value = rows[0]["value"] if rows else None
        return {"success": success, "result": {"observed_value": value, "details": {"measures": rows}}}

    def holds(self, value: float | None) -> bool:
        low, high = self.at_least, self.at_most
        return value is not None and (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True)
class Check:
    """One rule on the rows of one query; without an expectation `note` says why there is nothing to look at."""

    rule: Rule
    rows: str
    expectation: Expectation | None
    note: str = ""


def skip(code: str, why: str) -> Check:
    return Check(by_code(code), "", None, why)


def measure(code: str, measures: str, when_empty: str | None = None) -> Check:
    """Limits on a query with the columns `what` and `value`."""
    rule = by_code(code)
    expectation = ExpectMeasuresToBeBetween(
        unexpected_rows_query=f"select what, value from {{batch}} order by {excess(rule)} desc nulls first, what limit {SHOWN}",
        at_least=rule.at_least,
        at_most=rule.at_most,
        when_empty=when_empty,
        severity=rule.severity,
        meta={"code": code},
    )
    rows = f"select what::varchar as what, value::double as value from ({measures})"
    return Check(rule, rows, expectation, when_empty or "")


def excess(rule: Rule) -> str:
    """SQL for how far a value is beyond the nearer limit; negative within the limits, NULL without a value."""
    below = [] if rule.at_least is None else [f"{rule.at_least} - value"]
    above = [] if rule.at_most is None else [f"value - {rule.at_most}"]
    return f"greatest({', '.join(below + above)})"


def count(code: str, rows: str) -> Check:
    """Limit on the number of rows of a query."""
    return measure(code, f"select '' as what, count(*) as value from ({rows})")


def share_missing(code: str, rows: str, column: str) -> Check:
    """Limit on the share of rows in which a column is NULL."""
    rule = by_code(code)
    expectation = gxe.ExpectColumnValuesToNotBeNull(
        column=column, mostly=1 - (rule.at_most or 0), severity=rule.severity, meta={"code": code}
    )
    return Check(rule, rows, expectation)


def share_outside(code: str, rows: str, column: str, low: float, high: float, strict_low: bool = False) -> Check:
    """Limit on the share of values outside a range."""
    rule = by_code(code)
    expectation = gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=low,
        max_value=high,
        strict_min=strict_low,
        mostly=1 - (rule.at_most or 0),
        severity=rule.severity,
        meta={"code": code},
    )
    return Check(rule, rows, expectation)


def mean(code: str, rows: str, column: str) -> Check:
    """Limits on the mean of a column."""
    rule = by_code(code)
    expectation = gxe.ExpectColumnMeanToBeBetween(
        column=column, min_value=rule.at_least, max_value=rule.at_most, severity=rule.severity, meta={"code": code}
    )
    return Check(rule, rows, expectation)


def median(code: str, rows: str, column: str) -> Check:
    """Limits on the median of a column."""
    rule = by_code(code)
    expectation = gxe.ExpectColumnMedianToBeBetween(
        column=column, min_value=rule.at_least, max_value=rule.at_most, severity=rule.severity, meta={"code": code}
    )
    return Check(rule, rows, expectation)
