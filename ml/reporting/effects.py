"""What was changed, in figures: by everything together, by campaigns, and by kinds of offers."""

from typing import Any

import numpy as np
import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Block, Figure, Folded, Table
from ml.reporting.words import count, is_known, money, short_day

OBSERVATIONAL = "observational"
PARTS = {
    "incremental_margin_in_scope": "In scope",
    "incremental_margin_of_substitutes": "Other goods of the category (cannibalisation below zero)",
    "incremental_margin_elsewhere": "Other goods (halo above zero)",
    "cost": "Discounts",
    "brought_forward": "Days after (only brought forward: below zero)",
    "earned_after_all": "Left after all",
}


def show_effects(facts: Facts) -> tuple[Block, ...]:
    return (*show_campaigns(facts), *show_kinds(facts), *show_undrawn(facts))


def show_programme(facts: Facts) -> tuple[Figure, ...]:
    """What all decisions earned against the held-out customers: since the start and week by week."""
    programme = facts.frames.programme
    earned = programme[programme["quantity"] == "earned"].sort_values("first_day", kind="stable")
    if earned.empty:
        return ()
    whole = earned[earned["period"] == "since start"]
    ordered = pd.concat([whole, earned[earned["period"] != "since start"].tail(facts.parameters.report.result_rows)])
    labels = [
        "Since the start" if row.period == "since start" else f"Week from {short_day(row.first_day)}"
        for row in rows_of(ordered)
    ]
    first = next(rows_of(whole))
    return (
        Figure(
            title="What all decisions earned",
            text=(
                f"Extra margin after discounts of the {count(first.customers)} customers who are not held out, against "
                f"the {count(first.held_out_customers)} who are, with 95% interval, in {facts.currency}."
            ),
            spec=charts.points_with_range(
                as_points(ordered, "total", labels, facts), f"total, {facts.currency}", ",.0f", 0
            ),
            numbers=effect_numbers(ordered, "total", labels, "Period", facts),
            note=first.method,
            is_wide=True,
        ),
    )


def show_campaigns(facts: Facts) -> tuple[Block, ...]:
    results = facts.frames.results
    measured = results[results["earned"].notna()]
    if measured.empty:
        return ()
    newest = measured.sort_values("campaign_id", ascending=False).head(facts.parameters.report.result_rows)
    labels = [label_campaign(row) for row in rows_of(newest)]
    return (
        Figure(
            title="What campaigns earned",
            text=(
                "Extra margin less discounts over the customers who were shown the campaign, with 95% interval, in "
                f"{facts.currency}; the newest campaigns. Below zero it cost more than it brought."
            ),
            spec=charts.points_with_range(
                as_points(newest, "earned", labels, facts), f"total, {facts.currency}", ",.0f", 0
            ),
            numbers=campaign_numbers(measured, facts),
            is_wide=True,
        ),
        Folded("Where it came from", parts_table(measured, facts)),
    )


def label_campaign(row: Any) -> str:
    weaker = f", {OBSERVATIONAL}" if row.is_observational else ""
    return f"{names.campaign(row.campaign_id)} ({row.stage}{weaker})"


def as_points(frame: pd.DataFrame, column: str, labels: list[str], facts: Facts) -> pd.DataFrame:
    low, high = frame[f"{column}_low"].astype(float), frame[f"{column}_high"].astype(float)
    clear = np.select([low > 0, high < 0], ["accent", "bad"], "quiet")
    return pd.DataFrame(
        {
            "label": labels,
            "value": frame[column].astype(float).to_numpy(),
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "text": [with_range(row, column, facts) for row in rows_of(frame)],
            "tone": clear,
        }
    )


def with_range(row: Any, column: str, facts: Facts, low: str = "_low", high: str = "_high") -> str:
    """An amount with its interval; an open end is said to be open."""
    value = getattr(row, column)
    if not is_known(value):
        return "not measured"
    ends = [getattr(row, f"{column}{end}") for end in (low, high)]
    texts = [money(end, facts.currency) if is_known(end) else "open" for end in ends]
    return f"{money(value, facts.currency)} ({texts[0]} to {texts[1]})"


def effect_numbers(frame: pd.DataFrame, column: str, labels: list[str], head: str, facts: Facts) -> Table:
    """Value and interval, and the interval for whoever looks every day."""
    known = frame.assign(value_low=frame["low"], value_high=frame["high"])
    rows = tuple(
        (label, with_range(row, column, facts), with_range(row, "value", facts), early_range(row, facts))
        for label, row in zip(labels, rows_of(known), strict=True)
    )
    heads = (head, "Total (95% interval)", "Per customer (95% interval)", "Per customer, for daily looks")
    return Table(heads, rows, f"Extra margin less discounts by {head.lower()}", frozenset({1, 2, 3}))


def early_range(row: Any, facts: Facts) -> str:
    ends = (row.sequential_low, row.sequential_high)
    return " to ".join(money(end, facts.currency) if is_known(end) else "open" for end in ends)


def campaign_numbers(results: pd.DataFrame, facts: Facts) -> Table:
    rows = tuple(
        (
            label_campaign(row),
            f"{count(row.shown_customers)} / {count(row.withheld_customers)}",
            with_range(row, "incremental_margin", facts),
            with_range(row, "cost", facts),
            with_range(row, "earned", facts),
            return_text(row),
            row.method or "",
        )
        for row in rows_of(results)
    )
    head = (
        "Campaign",
        "Shown / withheld",
        "Extra margin before discounts (assumed rate)",
        "Discounts",
        "Earned",
        "Extra margin per unit spent (assumed rate)",
        "How measured",
    )
    caption = (
        "Measured effect by campaign, totals over the customers shown, with 95% intervals; margin at assumed rates"
    )
    return Table(head, rows, f"{caption} where cost is unknown", frozenset({1, 2, 3, 4, 5}))


def return_text(row: Any) -> str:
    if not is_known(row.return_on_spend):
        return "not measured"
    low, high = (
        f"{end:.2f}" if is_known(end) else "open" for end in (row.return_on_spend_low, row.return_on_spend_high)
    )
    return f"{row.return_on_spend:.2f} ({low} to {high})"


def parts_table(results: pd.DataFrame, facts: Facts) -> Table:
    rows = tuple(
        (label_campaign(row), *(with_range(row, column, facts) for column in PARTS)) for row in rows_of(results)
    )
    caption = (
        f"Extra margin by where it came from, totals over the customers shown in {facts.currency}, with 95% intervals"
    )
    return Table(("Campaign", *PARTS.values()), rows, caption, frozenset(range(1, len(PARTS) + 1)))


def show_undrawn(facts: Facts) -> tuple[Table, ...]:
    """What weaker methods say of campaigns over which nobody drew lots."""
    results = facts.frames.results
    weaker = results[results["lift"].notna() & ~results["is_observational"].eq(False)]
    if weaker.empty:
        return ()
    rows = tuple(
        (names.campaign(row.campaign_id), with_range(row, "lift", facts), row.method or "") for row in rows_of(weaker)
    )
    head = ("Campaign", "Extra revenue per customer (95% interval)", "How measured")
    return (Table(head, rows, "Observational: nobody drew lots, so other causes are in these numbers", frozenset({1})),)


def show_kinds(facts: Facts) -> tuple[Figure, ...]:
    """What kinds of offers earned per customer shown, over all campaigns."""
    effects = facts.frames.effects
    kinds = effects[
        (effects["level"] == "offer_type") & (effects["arm"] == "all") & (effects["quantity"] == "earned")
    ].sort_values("value", ascending=False, kind="stable")
    if kinds.empty:
        return ()
    kinds = kinds.assign(value_low=kinds["low"], value_high=kinds["high"])
    labels = [f"{names.plain(row.offer_type)}, drawn by the {row.origin}" for row in rows_of(kinds)]
    unit = f"{facts.currency} per customer shown"
    return (
        Figure(
            title="What kinds of offers earned",
            text="Extra margin less discounts per customer shown, over all campaigns, with 95% interval.",
            spec=charts.points_with_range(as_points(kinds, "value", labels, facts), unit, ",.2f", 0),
            numbers=effect_numbers(kinds, "total", labels, "Kind of offer", facts),
            is_wide=True,
        ),
    )
