"""What campaigns are known to have brought so far."""

from collections import Counter

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.effects import show_effects
from ml.reporting.facts import Facts
from ml.reporting.page import Block, Figure, Note, Section, Table
from ml.reporting.words import count, money, plural, share, share_range


def describe_results(facts: Facts) -> Section:
    results = facts.frames.results
    title = "What campaigns have brought so far"
    if results.empty:
        return Section("results", title, "Not available because no campaign has a known result before this day.")
    blocks: tuple[Block, ...] = (*show_effects(facts), rate_figure(results, facts), *caveats(results))
    return Section(
        anchor="results",
        title=title,
        takeaway=result_takeaway(results),
        explanation=(
            "Only what was known before this day counts, so running campaigns are still growing. Where a lot decided "
            "who is shown a campaign, what customers bought is compared with those from whom it was withheld, adjusted "
            "for what they bought before; of many intervals of 95% one in twenty misses by chance. Shares of customers "
            "who used a coupon are observational: they say how customers responded, not what the coupons changed."
        ),
        blocks=blocks,
    )


def result_takeaway(results: pd.DataFrame) -> str:
    exposed, redeeming = results["exposed_customers"].sum(), results["redeeming_customers"].sum()
    drawn = results[results["lift"].notna() & results["is_observational"].eq(False)]
    clear = int((drawn["earned_low"] > 0).sum()), int((drawn["earned_high"] < 0).sum())
    effect = (
        f"for {plural(len(drawn), 'campaign')} chance drew who was shown it: {clear[0]} clearly earned more than they "
        f"cost, {clear[1]} clearly less"
        if len(drawn)
        else "what the coupons changed could not be measured for any of them"
    )
    used = share(redeeming / exposed if exposed else 0)
    return f"Over {plural(len(results), 'campaign')}, {used} of the customers reached used a coupon; {effect}."


def rate_figure(results: pd.DataFrame, facts: Facts) -> Figure:
    spans = [share_range(row.redemption_rate_low, row.redemption_rate_high) for row in rows_of(results)]
    frame = pd.DataFrame(
        {
            "reached": results["exposed_customers"],
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
            f"{share(row.redemption_rate)} ({span})",
            count(row.redemption_count),
            money(row.discount_cost, facts.currency),
        )
        for row, span in zip(rows_of(results), spans, strict=True)
    )
    shown = frame.sort_values("reached", ascending=False, kind="stable").head(facts.parameters.report.result_rows)
    shown = shown.sort_index()
    head = ("Campaign", "Reached", "Used a coupon", "Share (95% interval)", "Coupons used", "Discounts given")
    return Figure(
        title="Customers who used a coupon, by campaign",
        text=f"Share of the customers reached who used at least one coupon, with 95% interval{left_out(shown, frame)}.",
        spec=charts.points_with_range(shown, "share of customers reached", "%"),
        numbers=Table(head, rows, "Coupon use and discounts by campaign", frozenset({1, 2, 3, 4, 5})),
        is_wide=True,
    )


def left_out(shown: pd.DataFrame, frame: pd.DataFrame) -> str:
    return f"; the {len(shown)} campaigns that reached most customers" if len(shown) < len(frame) else ""


def caveats(results: pd.DataFrame) -> tuple[Note, ...]:
    """One note per method with every sentence said once, and how often where not for all campaigns."""
    said = results[["method", "caveat"]].dropna()
    return tuple(
        Note(" ".join(once(list(caveat))), names.plain(str(method)))
        for method, caveat in said.groupby("method", sort=False)["caveat"]
    )


def once(caveats: list[str]) -> list[str]:
    """
    >>> once(["Not drawn. Face value.", "Not drawn."])
    ['Not drawn.', 'Face value (1 of 2 campaigns).']
    """
    sentences = Counter(sentence.rstrip(".") for caveat in caveats for sentence in caveat.split(". "))
    number = len(caveats)
    return [
        f"{text}." if times == number else f"{text} ({times} of {number} campaigns)."
        for text, times in sentences.items()
    ]
