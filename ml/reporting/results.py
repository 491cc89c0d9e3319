"""What campaigns are known to have brought so far."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.facts import Facts
from ml.reporting.page import Block, Figure, Note, Section, Table
from ml.reporting.words import count, decimals, is_known, money, plural, share, share_range


def describe_results(facts: Facts) -> Section:
    results = facts.frames.results
    title = "What campaigns have brought so far"
    if results.empty:
        return Section("results", title, "Not available because no campaign has a known result before this day.")
    blocks: tuple[Block, ...] = (rate_figure(results), result_table(results, facts.currency), *caveats(results))
    return Section(
        anchor="results",
        title=title,
        takeaway=result_takeaway(results),
        explanation="Share of exposed customers who used at least one coupon, among results known before this day.",
        blocks=blocks,
    )


def result_takeaway(results: pd.DataFrame) -> str:
    exposed, redeeming = results["exposed_customers"].sum(), results["redeeming_customers"].sum()
    measured = int(results["lift"].notna().sum())
    effect = (
        f"for {count(measured)} of them an effect could be measured"
        if measured
        else "what they changed could not be measured for any"
    )
    return f"{plural(len(results), 'campaign')}: {share(redeeming / exposed if exposed else 0)} of the customers reached used a coupon; {effect}."


def rate_figure(results: pd.DataFrame) -> Figure:
    spans = [share_range(row.redemption_rate_low, row.redemption_rate_high) for row in results.itertuples()]
    frame = pd.DataFrame(
        {
            "label": results["campaign_id"].map(names.campaign),
            "value": results["redemption_rate"],
            "low": results["redemption_rate_low"],
            "high": results["redemption_rate_high"],
            "text": [f"{share(rate)} ({span})" for rate, span in zip(results["redemption_rate"], spans, strict=True)],
            "tone": "accent",
        }
    )
    rows = tuple(
        (
            names.campaign(row.campaign_id),
            count(row.exposed_customers),
            count(row.redeeming_customers),
            share(row.redemption_rate),
            span,
        )
        for row, span in zip(results.itertuples(), spans, strict=True)
    )
    return Figure(
        title="Customers who used a coupon, by campaign",
        text="Share of the customers reached, with 95% interval.",
        spec=charts.points_with_range(frame, "share of customers reached", "%"),
        numbers=Table(
            ("Campaign", "Reached", "Used a coupon", "Share", "95% interval"),
            rows,
            "Coupon use by campaign",
            frozenset({1, 2, 3, 4}),
        ),
        is_wide=True,
    )


def result_table(results: pd.DataFrame, currency: str) -> Table:
    rows = tuple(
        (
            names.campaign(row.campaign_id),
            count(row.redemption_count),
            money(row.discount_cost, currency),
            lift_text(row),
            decimals(row.return_on_spend, 2) if is_known(row.return_on_spend) else "not measured",
            row.method or "",
        )
        for row in results.itertuples()
    )
    head = ("Campaign", "Coupons used", "Discounts given", "Lift (95% interval)", "Return on spend", "How measured")
    return Table(head, rows, "Results known before this day", frozenset({1, 2}))


def lift_text(row: "pd.core.frame.Series") -> str:
    return f"{share(row.lift)} ({share_range(row.lift_low, row.lift_high)})" if is_known(row.lift) else "not measured"


def caveats(results: pd.DataFrame) -> tuple[Note, ...]:
    return tuple(Note(caveat, "Keep in mind") for caveat in dict.fromkeys(results["caveat"].dropna()) if caveat)
