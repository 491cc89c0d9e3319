"""What the campaigns spend and are expected to bring: budgets, margins, offers."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts
from ml.reporting.page import Figure, Section, Table
from ml.reporting.words import count, money, money_range, plural, rate, share

MOST_COLOURS = 4
OTHERS = "Other campaigns"


def describe_campaigns(facts: Facts) -> Section:
    title = "Campaigns and money"
    if facts.frames.campaigns.empty:
        return Section("campaigns", title, "No campaign is running today, so there was nothing to plan.")
    figures = (offers_figure(facts), budget_figure(facts), margin_figure(facts))
    return Section(
        anchor="campaigns",
        title=title,
        takeaway=campaign_takeaway(facts),
        explanation=(
            "Expected cost and margin add up chance of use times amount over all offers. A range “by chance” says how "
            f"far luck alone moves the sum ({share(facts.parameters.measure.confidence_rate)} of the time) if every "
            "predicted chance is right; errors of the models and of the assumed margin come on top. On one day a "
            f"campaign may spend at most {facts.parameters.decide.pacing_rate:g} times an even share of what remains, "
            "so its money for a day can be gone long before its budget is."
        ),
        blocks=(*figures, *trade_figure(facts)),
    )


def campaign_takeaway(facts: Facts) -> str:
    campaigns, currency = facts.frames.campaigns, facts.currency
    budgets = campaigns["budget"].where(campaigns["budget"] > 0)
    spent = (campaigns["budget_used_before"] + campaigns["committed"] + campaigns["cost"]) / budgets
    if spent.isna().all():
        return "No running campaign has a budget."
    first = next(rows_of(campaigns.assign(spent=spent).nlargest(1, "spent")))
    return (
        f"Today's offers are expected to cost {money(facts.totals.cost.value, currency)} of the "
        f"{money(facts.totals.budget, currency)} in all budgets; {names.campaign(first.campaign_id).lower()} is "
        f"furthest along, with {share(first.spent)} of its budget spent or planned."
    )


def offers_figure(facts: Facts) -> Figure:
    campaigns = facts.frames.campaigns.sort_values(["offers_given", "campaign_id"], ascending=[False, True])
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "value": campaigns["offers_given"],
            "text": [f"{count(number)} · {rate(number, facts.totals.offers)}" for number in campaigns["offers_given"]],
            "tone": "accent",
        }
    )
    rows = tuple(
        (names.campaign(row.campaign_id), count(row.offers_given), count(row.customers), count(row.offers_available))
        for row in rows_of(campaigns)
    )
    head = ("Campaign", "Offers given", "Customers", "Offers in its catalogue")
    return Figure(
        title="Offers given",
        text="How many offers each campaign gives today, and its share of all.",
        spec=charts.ranked_bars(frame),
        numbers=Table(head, rows, "Offers by campaign", frozenset({1, 2, 3})),
    )


def budget_figure(facts: Facts) -> Figure:
    campaigns, currency = facts.frames.campaigns, facts.currency
    kept = campaigns["budget_used_before"] + campaigns["committed"]
    until = kept + campaigns["cost"]
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "budget": campaigns["budget"],
            "used": campaigns["budget_used_before"],
            "committed_until": kept,
            "planned_until": until,
            "text": [
                f"{rate(spent, budget)} of {money(budget, currency)}"
                for spent, budget in zip(until, campaigns["budget"], strict=True)
            ],
        }
    )
    rows = tuple(
        (
            names.campaign(row.campaign_id),
            money(row.budget, currency),
            money(row.budget_used_before, currency),
            money(row.committed, currency),
            money(row.cost, currency),
            money(row.budget_remaining, currency),
        )
        for row in rows_of(campaigns)
    )
    head = ("Campaign", "Budget", "Used before today", "Kept for earlier offers", "Expected cost today", "Left")
    earlier = " Purple: kept for offers of earlier days." if campaigns["committed"].sum() >= 0.01 else ""
    default = facts.parameters.decide.default_campaign_budget
    return Figure(
        title="Spend against budget",
        text=f"Pale: the budget. Grey: discounts known before today.{earlier} Orange: expected cost of today's offers.",
        spec=charts.budget_bars(frame),
        numbers=Table(head, rows, "Discounts against budget", frozenset({1, 2, 3, 4, 5})),
        note=f"a campaign without a budget of its own gets {money(default, currency)}.",
        is_assumption=True,
    )


def margin_figure(facts: Facts) -> Figure:
    campaigns, currency, totals = facts.frames.campaigns, facts.currency, facts.totals
    reach = (totals.margin.high - totals.margin.value) / max(campaigns["margin_variance"].sum() ** 0.5, 1e-9)
    spread = campaigns["margin_variance"] ** 0.5 * reach
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "value": campaigns["margin"],
            "low": campaigns["margin"] - spread,
            "high": campaigns["margin"] + spread,
        }
    )
    ranges = [money_range(row.low, row.high, currency) for row in rows_of(frame)]
    frame["text"] = [
        f"{money(row.value, currency)} ± {money(row.high - row.value, currency)}" for row in rows_of(frame)
    ]
    rows = tuple(
        (row.label, money(row.value, currency), span) for row, span in zip(rows_of(frame), ranges, strict=True)
    )
    head = ("Campaign", "Expected margin (assumed rate)", "Range by chance")
    return Figure(
        title="Expected margin",
        text="Margin of what is bought with the offers, after the discount; the line and ± are the range by chance.",
        spec=charts.bars_with_range(frame),
        numbers=Table(head, rows, "Expected margin by campaign", frozenset({1, 2})),
        note=f"{facts.margin_assumption}.",
        is_assumption=True,
    )


def trade_figure(facts: Facts) -> tuple[Figure, ...]:
    offers, currency = facts.frames.offers, facts.currency
    if offers.empty:
        return ()
    largest = offers.groupby("campaign_id")["offers_given"].sum().sort_values(ascending=False, kind="stable").index
    own = list(largest if len(largest) <= MOST_COLOURS else largest[: MOST_COLOURS - 1])
    frame = offers.assign(
        value=offers["offers_given"],
        part=[names.campaign(code) if code in own else OTHERS for code in offers["campaign_id"]],
        text=[
            f"{row.title or row.offer_id}: {money(row.margin, currency)} of margin for {money(row.cost, currency)} "
            f"of discounts, given to {count(row.offers_given)}"
            for row in rows_of(offers)
        ],
    )
    top = offers.head(facts.parameters.report.top_offers)
    caption = f"The {plural(len(top), 'offer')} with the highest expected margin, of {count(len(offers))} given"
    parts = [names.campaign(code) for code in own] + [OTHERS] * (len(own) < len(largest))
    return (
        Figure(
            title="What each offer is expected to bring, and to cost",
            text=(
                "One bubble is one offer, the larger the more customers get it: further up it brings more margin, "
                "further right it costs more. Both axes are stretched near zero; point at a bubble to read it."
            ),
            spec=charts.trade(
                frame[["cost", "margin", "value", "part", "text"]],
                parts,
                f"expected cost, {currency}",
                f"expected margin, {currency}",
            ),
            numbers=offer_table(top, currency, caption),
            note=f"{facts.margin_assumption}.",
            is_assumption=True,
            is_wide=True,
        ),
    )


def offer_table(offers: pd.DataFrame, currency: str, caption: str) -> Table:
    rows = tuple(
        (
            row.title or row.offer_id,
            row.campaign_id,
            count(row.offers_given),
            share(row.propensity),
            money(row.cost, currency),
            money(row.margin, currency),
        )
        for row in rows_of(offers)
    )
    head = ("Offer", "Campaign", "Given to", "Mean chance of use", "Expected cost", "Expected margin (assumed rate)")
    return Table(head, rows, caption, frozenset({2, 3, 4, 5}))
