"""The page of a plan: what other terms would earn on a day, and a curve over budgets."""

from datetime import date
from typing import Any

import pandas as pd

from ml.parameters import Section as Parameters
from ml.planning.change import Change
from ml.planning.curve import BY_CHANCE
from ml.reporting import charts
from ml.reporting.data import rows_of
from ml.reporting.page import Dots, Figure, Note, Part, Report, Section, Table, Tile
from ml.reporting.words import count, decimals, money, money_range, share, short_day

DRY_RUN = "A dry run: nothing was decided, sent or published, and no table was changed."
WHAT_IT_IS = (
    "The day's own allocation is run again with the changed terms and with the scores and effects of that day. Value "
    "is expected extra margin after discounts, as far as effects were estimated; holdout and controls are taken off."
)
CAREFUL = (
    "A changed discount is valued with care: less takes at least its share of the effect with it, more brings no "
    "more than before and may be used as much more often as deeper: it never looks better than it surely is."
)
AUDIENCE = "Who was not scored for an offer on that day cannot be planned for: a wider audience counts those who were."
OBSERVATIONAL = (
    "No effects were estimated for this day (observational): values are margins of the response, part of which would "
    "have come without any offer, and the range is that of chance alone."
)


def tell_plan(day: date, change: Change, points: pd.DataFrame, parameters: Parameters) -> Report:
    """The page of a plan from its curve (ml/planning/curve.py); stage 'plan' of a campaign's life."""
    asked = next(rows_of(points[points["is_asked"]]))
    currency = str(parameters.shop.currency)
    return Report(
        title=f"Plan for {short_day(day)}",
        subtitle=f"{change.in_words}. {DRY_RUN}",
        summary=(tell_value(asked, currency), tell_next_unit(asked, currency)),
        people=reach_dots(asked),
        tiles=(
            Tile(
                "Value",
                money(asked.value, currency),
                f"{money_range(asked.low, asked.high, currency)}: {asked.interval}",
            ),
            Tile("Expected cost", money(asked.cost, currency), f"of a budget of {money(asked.budget, currency)}"),
            Tile("Customers reached", count(asked.customers), f"{count(asked.offers)} offers"),
            Tile("One more unit of budget", money(asked.shadow_price, currency), "value it would bring (shadow price)"),
            Tile("All campaigns", money(asked.earned_by_all, currency), "value of all that compete for the customers"),
        ),
        sections=(curve_section(points, currency), caveat_section(change, points)),
        provenance=(("Stage of the campaign's life", "plan (then execute, monitor, evaluate)"), ("Day", str(day))),
    )


def tell_value(asked: Any, currency: str) -> str:
    row = asked._asdict()
    return (
        f"Expected to bring {money(row['value'], currency)} ({money_range(row['low'], row['high'], currency)}) for "
        f"{money(row['cost'], currency)} of discounts, to {count(row['customers'])} customers."
    )


def tell_next_unit(asked: Any, currency: str) -> str:
    price = asked._asdict()["shadow_price"]
    more = "worth it" if price > 0 else "not worth it: there is nobody left who would be worth an offer"
    return f"One more {currency} of budget would bring {money(price, currency)} more: {more}."


def reach_dots(asked: Any) -> Dots:
    row = asked._asdict()
    parts = (Part("Reached", f"{count(row['customers'])} customers", min(int(row["customers"]), 1000), "accent"),)
    return Dots("Customers reached", f"{count(row['customers'])} customers with {count(row['offers'])} offers", parts)


def curve_section(points: pd.DataFrame, currency: str) -> Section:
    frame = pd.DataFrame(
        {
            "label": [
                f"Budget {money(row.budget, currency)}{' (asked)' if row.is_asked else ''}" for row in rows_of(points)
            ],
            "value": points["value"],
            "low": points["low"],
            "high": points["high"],
            "text": [
                f"{money(row.value, currency)} ({money_range(row.low, row.high, currency)})" for row in rows_of(points)
            ],
            "tone": points["is_asked"].map({True: "accent", False: "quiet"}),
        }
    )
    figure = Figure(
        title="Value by budget",
        text=f"Expected extra margin after discounts at each budget, with range, in {currency}.",
        spec=charts.points_with_range(frame, f"value, {currency}", ",.0f"),
        numbers=curve_table(points, currency),
        is_wide=True,
    )
    return Section("curve", "What other budgets would bring", WHAT_IT_IS, (figure,))


def curve_table(points: pd.DataFrame, currency: str) -> Table:
    rows = tuple(
        (
            money(row.budget, currency),
            f"{money(row.value, currency)} ({money_range(row.low, row.high, currency)})",
            money(row.cost, currency),
            count(row.customers),
            decimals(row.shadow_price, 2),
            money(row.earned_by_all, currency),
            share(row.gap_rate, 2),
        )
        for row in rows_of(points)
    )
    head = (
        "Budget",
        "Value (range)",
        "Expected cost",
        "Customers",
        "Value of one more unit",
        "All campaigns",
        "Gap to best",
    )
    return Table(head, rows, "Value, cost and reach by budget", frozenset(range(7)))


def caveat_section(change: Change, points: pd.DataFrame) -> Section:
    is_response = points["interval"].eq(BY_CHANCE).all()
    said = [
        (is_response, "Observational", OBSERVATIONAL),
        (change.discount is not None, "Discount", CAREFUL),
        (change.audience is not None, "Audience", AUDIENCE),
        (True, "Range", "What others do meanwhile, and customers' fatigue after the day, are in no number here."),
    ]
    notes = tuple(Note(text, label) for holds, label, text in said if holds)
    return Section("caveats", "What to keep in mind", DRY_RUN, notes)
