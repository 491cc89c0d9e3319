"""What `check-source` found, for people."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from warehouse.contract import Table
from warehouse.sources import Source
from warehouse.status import show_rows

SUMMARY = ["table", "found", "days", "rows", "checked on", "good", "quarantine"]


@dataclass(frozen=True)
class Finding:
    """What was found of one table; `day` is the delivery whose rows were checked."""

    table: Table
    is_mapped: bool = True
    faults: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    rows_by_day: dict[date, int] = field(default_factory=dict)
    day: date | None = None
    good: int = 0
    quarantined: list[tuple[str, str, int]] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)

    @property
    def hindrance(self) -> str | None:
        """Why the source cannot be landed, as far as this table goes."""
        if self.faults:
            return self.faults[0]
        if not self.table.required or self.good:
            return None
        if not self.is_mapped:
            return f"{self.table.name}.sql is missing"
        return f"no row of {self.table.name} on {self.day} is good" if self.day else f"{self.table.name} has no rows"


def show(source: Source, findings: list[Finding], console: Console) -> None:
    place = source.address or "a database"
    tell(console, f"{source.name}: {source.title}\nreads {place}; a day ends at midnight of {source.time_zone}")
    show_rows(console, SUMMARY, [summary(finding) for finding in sorted(findings, key=lambda one: not one.is_mapped)])
    for finding in findings:
        lines = [line for line in details(finding) if line]
        if finding.is_mapped and lines:
            tell(console, f"\n{finding.table.name}", *(f"  {line}" for line in lines))
    lacking = [finding.table for finding in findings if not finding.is_mapped]
    if lacking:
        tell(console, "\nnot mapped, and what that means", *(f"  {table.name}: {table.without}" for table in lacking))


def tell(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(escape(line), highlight=False, soft_wrap=True)


def summary(finding: Finding) -> tuple[object, ...]:
    state = "not mapped" if not finding.is_mapped else "does not fit" if finding.faults else "mapped"
    days = sorted(finding.rows_by_day)
    span = f"{len(days):,}: {days[0]} to {days[-1]}" if days else ""
    rows = f"{sum(finding.rows_by_day.values()):,}" if finding.is_mapped else ""
    if finding.day is None:
        return finding.table.name, state, span, rows, "", "", ""
    bad = sum(count for *_, count in finding.quarantined)
    return finding.table.name, state, span, rows, finding.day, f"{finding.good:,}", f"{bad:,}"


def details(finding: Finding) -> list[str]:
    kept = {column.name: column for column in finding.table.kept}
    lines = [f"✗ {fault}" for fault in finding.faults]
    if finding.ignored:
        lines.append(f"ignored, the contract does not know them: {', '.join(finding.ignored)}")
    if finding.unread:
        lines.append(f"ignored, the SQL does not mention them: {', '.join(finding.unread)} of the files")
    if finding.day and not finding.faults:
        lines.append(
            f"{len(kept)} of {len(kept)} columns fit, {len(finding.empty)} of them without a value on {finding.day}"
        )
    lines += [f"quarantine: {count:,} × {code} ({reason})" for code, reason, count in finding.quarantined]
    if finding.empty:
        lines.append(f"without a value: {', '.join(finding.empty)}")
    lines += [f"without {name}: {kept[name].without}" for name in finding.empty if kept[name].without]
    lines += [f"e.g. {text_of(row)}" for row in finding.sample]
    return lines


def text_of(row: dict[str, object]) -> str:
    """
    >>> text_of({"order_id": "1001", "store_id": None, "channel": "web"})
    'order_id=1001 channel=web'
    """
    return " ".join(f"{name}={value}" for name, value in row.items() if value is not None)
