"""What was decided and why: customers by status, campaigns, offers, and promotions picked as examples."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.facts import Facts
from ml.reporting.headline import rate
from ml.reporting.page import Figure, Note, Promotion, Promotions, Section, Table
from ml.reporting.words import count, listing, money, money_range, plural, share, short_day

STATUS_TONES = {"offered": "accent", "holdout": "second"}
ARMS = {"treatment": "best choice", "exploration": "exploration", "holdout": "held out"}


def describe_decisions(facts: Facts) -> Section:
    blocks = (status_figure(facts), chance_figure(facts)) if facts.totals.offers else (status_figure(facts),)
    return Section(
        anchor="decided",
        title="What was decided",
        takeaway=decision_takeaway(facts),
        explanation=(
            "Every known customer has exactly one decision. The held-out customers are drawn once and stay out for good, "
            "so that later sales can be compared with and without offers."
        ),
        blocks=blocks + arms_note(facts),
    )


def decision_takeaway(facts: Facts) -> str:
    totals = facts.totals
    if not totals.offers:
        return f"Nobody gets an offer today: none of {plural(totals.known, 'customer')} passed every limit."
    given = facts.frames.campaigns.query("offers_given > 0")
    first = given.sort_values(["offers_given", "campaign_id"], ascending=[False, True]).iloc[0]
    return (
        f"{plural(totals.offers, 'offer')} of {plural(len(given), 'campaign')} go to {plural(totals.offered, 'customer')}; "
        f"{names.campaign(first['campaign_id']).lower()} gives {rate(first['offers_given'], totals.offers)} of them."
    )


def status_figure(facts: Facts) -> Figure:
    statuses = facts.frames.statuses
    frame = pd.DataFrame(
        {
            "label": statuses["status"].map(names.status),
            "value": statuses["customers"],
            "text": [f"{count(n)} · {rate(n, facts.totals.known)}" for n in statuses["customers"]],
            "tone": statuses["status"].map(STATUS_TONES).fillna("quiet"),
        }
    )
    return Figure(
        title="Customers by decision",
        text=f"{plural(facts.totals.known, 'customer')}, each counted once.",
        spec=charts.ranked_bars(frame),
        numbers=Table(
            ("Decision", "Customers", "Share"),
            tuple(
                (names.status(row.status), count(row.customers), rate(row.customers, facts.totals.known))
                for row in statuses.itertuples()
            ),
            "Customers by decision",
            frozenset({1, 2}),
        ),
    )


def chance_figure(facts: Facts) -> Figure:
    frame = widen(facts.frames.propensities)
    half = middle_chance(facts.frames.propensities)
    return Figure(
        title="How likely the offers are to be used",
        text=f"Half of the offers given have a predicted chance of use of {share(half / 100)} or less.",
        spec=charts.histogram(frame, "predicted chance of use", "offers"),
        numbers=Table(
            ("Chance of use", "Offers"),
            tuple((f"{row.low:.0%} to {row.high:.0%}", count(row.value)) for row in frame.itertuples()),
            "Offers given by predicted chance of use",
            frozenset({1}),
        ),
    )


def widen(fine: pd.DataFrame) -> pd.DataFrame:
    """At most twenty bins of whole percent: low, high, value, text."""
    width = max(1, -(-(int(fine["percent"].max()) + 1) // 20))
    coarse = fine.assign(low=fine["percent"] // width * width).groupby("low", as_index=False)["offers"].sum()
    low, high = coarse["low"] / 100, (coarse["low"] + width) / 100
    text = [f"{count(n)} offers: {a:.0%} to {b:.0%}" for n, a, b in zip(coarse["offers"], low, high, strict=True)]
    return pd.DataFrame({"low": low, "high": high, "value": coarse["offers"], "text": text})


def middle_chance(fine: pd.DataFrame) -> int:
    """The whole percent below or at which half of the offers lie."""
    reached = fine["offers"].cumsum() >= fine["offers"].sum() / 2
    return int(fine.loc[reached, "percent"].iloc[0]) + 1


def arms_note(facts: Facts) -> tuple[Note, ...]:
    arms = facts.frames.arms
    if arms.empty:
        return ()
    parts = [
        f"{ARMS.get(row.arm, row.arm)}: {plural(row.offers, 'offer')} for {plural(row.customers, 'customer')}"
        for row in arms.itertuples()
    ]
    return (
        Note(
            f"Assignments in the log by group: {listing(parts)}. Exploration draws an offer by lot so that every offer stays "
            "learnable; for held-out customers the log keeps what they would have got, and nothing is sent."
        ),
    )


def describe_campaigns(facts: Facts) -> Section:
    campaigns = facts.frames.campaigns
    if campaigns.empty:
        return Section(
            "campaigns", "Campaigns and money", "No campaign is running today, so there was nothing to plan."
        )
    return Section(
        anchor="campaigns",
        title="Campaigns and money",
        takeaway=campaign_takeaway(facts),
        explanation=(
            "Expected cost and margin are sums over offers of chance of use times amount. Ranges say how far chance alone moves "
            f"the sum ({share(facts.parameters.measure.confidence_rate)} of the time) if every predicted chance is right; errors of the "
            "models and of the assumed margin come on top."
        ),
        blocks=(budget_figure(facts), margin_figure(facts), offers_figure(facts), *top_offers(facts)),
    )


def campaign_takeaway(facts: Facts) -> str:
    campaigns, currency = facts.frames.campaigns, facts.currency
    spent = (campaigns["budget_used_before"] + campaigns["cost"]) / campaigns["budget"].where(campaigns["budget"] > 0)
    if spent.isna().all():
        return "No running campaign has a budget."
    first = campaigns.loc[spent.idxmax()]
    return (
        f"Today's plan takes {money(facts.totals.cost.value, currency)} of the {money(facts.totals.budget, currency)} in all budgets; "
        f"{names.campaign(first['campaign_id']).lower()} is furthest along, with {share(spent.max())} spent or planned."
    )


def budget_figure(facts: Facts) -> Figure:
    campaigns, currency = facts.frames.campaigns, facts.currency
    until = campaigns["budget_used_before"] + campaigns["cost"]
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "budget": campaigns["budget"],
            "used": campaigns["budget_used_before"],
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
            money(row.cost, currency),
            money(row.budget - row.budget_used_before - row.cost, currency),
        )
        for row in campaigns.itertuples()
    )
    head = ("Campaign", "Budget", "Used before today", "Planned today (expected)", "Left")
    return Figure(
        title="Spend against budget",
        text="Light: the budget. Grey: discounts given before today. Strong: expected cost of today's offers.",
        spec=charts.budget_bars(frame),
        numbers=Table(head, rows, "Discounts against budget", frozenset({1, 2, 3, 4})),
        note=budget_assumption(facts),
    )


def budget_assumption(facts: Facts) -> str:
    default = facts.parameters.decide.default_campaign_budget
    return f"Assumption: a campaign without a budget of its own gets {money(default, facts.currency)}."


def margin_figure(facts: Facts) -> Figure:
    campaigns, currency = facts.frames.campaigns, facts.currency
    reach = (facts.totals.margin.high - facts.totals.margin.value) / max(
        campaigns["margin_variance"].sum() ** 0.5, 1e-9
    )
    spread = campaigns["margin_variance"] ** 0.5 * reach
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "value": campaigns["margin"],
            "low": campaigns["margin"] - spread,
            "high": campaigns["margin"] + spread,
        }
    )
    ranges = [money_range(row.low, row.high, currency) for row in frame.itertuples()]
    frame["text"] = [f"{money(value, currency)} ({span})" for value, span in zip(frame["value"], ranges, strict=True)]
    rows = tuple(
        (row.label, money(row.value, currency), span) for row, span in zip(frame.itertuples(), ranges, strict=True)
    )
    return Figure(
        title="Expected margin by campaign",
        text="Margin of the baskets in which the offers are used, after the discount; the line is the range by chance.",
        spec=charts.bars_with_range(frame, f"expected margin, {currency}"),
        numbers=Table(
            ("Campaign", "Expected margin", "Range by chance"), rows, "Expected margin by campaign", frozenset({1, 2})
        ),
        note=f"Assumption: {facts.margin_assumption}.",
    )


def offers_figure(facts: Facts) -> Figure:
    campaigns = facts.frames.campaigns.sort_values(["offers_given", "campaign_id"], ascending=[False, True])
    frame = pd.DataFrame(
        {
            "label": campaigns["campaign_id"].map(names.campaign),
            "value": campaigns["offers_given"],
            "text": [f"{count(n)} · {rate(n, facts.totals.offers)}" for n in campaigns["offers_given"]],
            "tone": "accent",
        }
    )
    rows = tuple(
        (names.campaign(row.campaign_id), count(row.offers_given), count(row.customers), count(row.offers_available))
        for row in campaigns.itertuples()
    )
    return Figure(
        title="Offers given by campaign",
        text="How many offers each campaign gives today, and its share of all.",
        spec=charts.ranked_bars(frame),
        numbers=Table(
            ("Campaign", "Offers given", "Customers", "Offers in its catalogue"),
            rows,
            "Offers by campaign",
            frozenset({1, 2, 3}),
        ),
        is_wide=True,
    )


def top_offers(facts: Facts) -> tuple[Table, ...]:
    offers, currency = facts.frames.offers.head(facts.parameters.report.top_offers), facts.currency
    if offers.empty:
        return ()
    rows = tuple(
        (
            row.title or row.offer_id,
            row.campaign_id,
            count(row.offers_given),
            share(row.propensity),
            money(row.cost, currency),
            money(row.margin, currency),
        )
        for row in offers.itertuples()
    )
    head = ("Offer", "Campaign", "Given to", "Mean chance of use", "Expected cost", "Expected margin (assumed rate)")
    caption = f"The {len(rows)} offers with the highest expected margin, of {plural(len(facts.frames.offers), 'offer')} given to anybody"
    return (Table(head, rows, caption, frozenset({2, 3, 4, 5})),)


def show_promotions(facts: Facts) -> Section:
    picked = facts.frames.promotions
    title = "A few promotions, and why"
    if picked.empty:
        return Section("examples", title, "Not available because no promotion was published for this day.")
    return Section(
        anchor="examples",
        title=title,
        takeaway=(
            f"{plural(len(picked), 'promotion')} picked at random, every campaign in turn: chance of use from "
            f"{share(picked['propensity'].min())} to {share(picked['propensity'].max())}."
        ),
        explanation=f"The pick is the same whenever this day is run again. Expected margin rests on an assumption: {facts.margin_assumption}.",
        blocks=(Promotions(tuple(promotion(row, facts.currency) for row in picked.itertuples())),),
    )


def promotion(row: "pd.core.frame.Series", currency: str) -> Promotion:
    return Promotion(
        customer=row.customer_id,
        title=row.title or row.offer_id,
        figures=(
            ("Chance of use", share(row.propensity)),
            ("Expected margin", money(row.margin, currency)),
            ("Expected cost", money(row.cost, currency)),
            ("Campaign", row.campaign_id),
            ("Sent", f"{row.channel}, {short_day(row.send_at)} {row.send_at:%H:%M} UTC"),
            ("Usable until", short_day(row.valid_until)),
        ),
        reasons=tuple(reason.strip() for reason in (row.reasons or "").split(";") if reason.strip())
        or ("no reason recorded",),
    )
