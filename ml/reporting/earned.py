"""What the whole programme is known to have earned."""

from typing import Any

from ml.reporting.data import rows_of
from ml.reporting.effects import show_programme
from ml.reporting.facts import Facts
from ml.reporting.page import Section
from ml.reporting.policies import show_policies
from ml.reporting.words import count, is_known, money, money_range, share

TITLE = "What all of it earned"


def describe_earned(facts: Facts) -> Section:
    programme = facts.frames.programme
    whole = programme[(programme["period"] == "since start") & (programme["quantity"] == "earned")]
    if whole.empty:
        return Section(
            "earned",
            TITLE,
            "Not available: nothing that was decided before this day was sent, or too few customers are held out.",
            show_policies(facts),
        )
    return Section(
        anchor="earned",
        title=TITLE,
        takeaway=earned_takeaway(next(rows_of(whole)), facts),
        explanation=(
            f"A lot that never changes holds {share(facts.parameters.decide.holdout_rate)} of the customers out of "
            "everything. Everybody else counts, offered or not, so this is what deciding earned, not what offers "
            "earned on those who liked them. Refunds and all discounts are taken off; what was only brought forward "
            "within the period takes itself off."
        ),
        blocks=(*show_programme(facts), *show_policies(facts)),
    )


def earned_takeaway(row: Any, facts: Facts) -> str:
    known = is_known(row.total_low)
    span = f" (95% interval {money_range(row.total_low, row.total_high, facts.currency)})" if known else ""
    sure = (
        "clearly more than nothing"
        if known and row.total_low > 0
        else "clearly a loss"
        if known and row.total_high < 0
        else "not yet told from nothing by chance"
    )
    return (
        f"Since the start {money(row.total, facts.currency)} of extra margin after discounts{span} over "
        f"{count(row.customers)} customers: {sure}."
    )
