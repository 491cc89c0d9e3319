"""Running campaigns against their plan, where each campaign is in its life, and what to look at."""

from typing import Any

from ml.reporting import names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Block, Mark, Note, Section, Table
from ml.reporting.words import count, decimals, money, plural

TITLE = "Campaigns while they run"
LIFE = (
    "A campaign is planned (python -m ml plan: what a budget, discount or audience would earn), executed (offers are "
    "given today), monitored (here, while its offers can be used) and evaluated (followed up, then final)."
)


def describe_monitoring(facts: Facts) -> Section:
    frame = facts.frames.monitoring
    life = life_table(facts)
    if frame.empty:
        return Section("monitoring", TITLE, "Nothing that was sent before this day can be watched.", life, LIFE)
    alerts = frame[frame["is_alert"].astype(bool)]
    campaigns = int(frame["campaign_id"].nunique())
    told = f"{plural(len(alerts), 'alert')}" if len(alerts) else "none is out of its plan by more than chance"
    return Section(
        anchor="monitoring",
        title=TITLE,
        takeaway=f"{plural(campaigns, 'campaign')} watched: {told}.",
        explanation=(
            f"{LIFE} Planned is what should have come until today; the range is what chance alone leaves it "
            f"({facts.parameters.measure.confidence_rate:.0%}). An alert is outside both that range and its "
            "rule's share of the plan (measure.alerts)."
        ),
        blocks=(*notes(facts), indicator_table(facts), *life),
    )


def notes(facts: Facts) -> tuple[Note, ...]:
    frame = facts.frames.monitoring
    return tuple(
        Note(f"{row.message} {number(row, row.actual, facts)} instead of {number(row, row.planned, facts)}.",
             f"{names.campaign(row.campaign_id)}: {row.indicator}")
        for row in rows_of(frame[frame["is_alert"].astype(bool)])
    )  # fmt: skip


def indicator_table(facts: Facts) -> Table:
    rows = tuple(
        (
            names.campaign(row.campaign_id),
            f"{row.indicator} ({row.unit})",
            number(row, row.planned, facts),
            f"{number(row, row.low, facts)} to {number(row, row.high, facts)}",
            number(row, row.actual, facts),
            Mark("alert", "warn") if row.is_alert else Mark("as planned", "quiet"),
        )
        for row in rows_of(facts.frames.monitoring)
    )
    head = ("Campaign", "Indicator", "Planned until today", "Range by chance", "Actual", "")
    return Table(
        head, rows, "Reach, uses, spend and effect of running campaigns against their plan", frozenset({2, 3, 4})
    )


def number(row: Any, value: float, facts: Facts) -> str:
    if row.unit.startswith("currency"):
        return money(value, facts.currency)
    return count(value) if row.unit in ("offers", "redemptions") else decimals(value, 2)


def life_table(facts: Facts) -> tuple[Block, ...]:
    life = facts.frames.stages_of_life
    if life.empty:
        return ()
    rows = tuple((row.stage, count(row.campaigns), shorten(row.names)) for row in rows_of(life))
    return (
        Table(("Stage", "Campaigns", "Which, newest first"), rows, "Where campaigns are in their life", frozenset({1})),
    )


def shorten(listed: str) -> str:
    """
    >>> shorten(", ".join("abcdefgh"))
    'a, b, c, d, e, f and 2 more'
    """
    listed_names = listed.split(", ")
    return listed if len(listed_names) <= 6 else f"{', '.join(listed_names[:6])} and {len(listed_names) - 6} more"
