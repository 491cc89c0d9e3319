"""What was assumed, what is missing, and what the numbers are not."""

from ml.reporting import names
from ml.reporting.facts import Facts
from ml.reporting.page import Note, Section, Table
from ml.reporting.words import count, listing, money, share


def describe_caveats(facts: Facts) -> Section:
    empty = list(facts.frames.inputs.loc[facts.frames.inputs["rows"] == 0, "table_name"])
    assumptions = assumption_table(facts)
    return Section(
        anchor="caveats",
        title="Assumptions and gaps",
        takeaway=gap_takeaway(facts, empty),
        explanation=(
            "What was assumed because the shop's data do not say it, what is missing, and what the numbers on this "
            "page are not."
        ),
        blocks=(assumptions, *gap_notes(facts, empty)),
    )


def gap_takeaway(facts: Facts, empty: list[str]) -> str:
    known = len(facts.frames.inputs)
    missing = (
        f"{count(len(empty))} of {count(known)} kinds of input are not delivered by this source"
        if empty
        else "every kind of input is delivered"
    )
    assumed = share(facts.parameters.shop.default_margin_rate)
    use = " the use of offers is assumed as long as none was logged," if facts.is_use_assumed else ""
    return f"A margin of {assumed} is assumed wherever product cost is unknown,{use} and {missing}."


def assumption_table(facts: Facts) -> Table:
    rows = tuple((name, value, reason) for name, value, reason in assumptions(facts))
    return Table(("Assumption", "Value", "Why"), rows, "What was assumed (set in ml/params.yml)")


def assumptions(facts: Facts) -> list[tuple[str, str, str]]:
    shop, decide, reasons = facts.parameters.shop, facts.parameters.decide, facts.reasons
    overrides = ", ".join(f"{name} {share(rate)}" for name, rate in sorted(shop.department_margin_rates.items()))
    return [
        (
            "Margin where cost is unknown",
            f"{share(shop.default_margin_rate)} of net sales",
            reasons["shop.default_margin_rate"],
        ),
        ("Margin by department", overrides or "no overrides", reasons["shop.department_margin_rates"]),
        (
            "Share of a discount the shop pays",
            share(shop.default_shop_funded_rate),
            reasons["shop.default_shop_funded_rate"],
        ),
        (
            "Budget of a campaign without one",
            money(decide.default_campaign_budget, facts.currency),
            reasons["decide.default_campaign_budget"],
        ),
        (
            "Consent where none is delivered",
            "given" if decide.consent_when_unknown else "not given",
            reasons["decide.consent_when_unknown"],
        ),
        *([assumed_use(facts)] if facts.is_use_assumed else []),
    ]


def assumed_use(facts: Facts) -> tuple[str, str, str]:
    rate = share(facts.parameters.decide.assumed_redemption_rate)
    return (
        "Use of an offer where none was ever logged",
        f"{rate} of the customers who buy in its scope while it can be used",
        facts.reasons["decide.assumed_redemption_rate"],
    )


NO_EFFECTS = Note(
    "Expected uplift (what an offer changes) and expected incremental margin are empty: nobody drew lots over who is "
    "shown offers, so nothing causal was estimated. Offers were chosen by the expected margin of the response, some of "
    "which would have come anyway.",
    "Expected uplift is not known",
)
OBSERVED_USE = Note(
    "Models of coupon use learned from offers that somebody chose to send, not from a draw by lot. They tell who uses "
    "offers, not whom an offer moves.",
    "Observational",
)


def gap_notes(facts: Facts, empty: list[str]) -> tuple[Note, ...]:
    notes = (*effect_notes(facts), unknown_response(facts) if facts.is_use_assumed else OBSERVED_USE)
    if not empty:
        return notes
    missing = listing([names.column(name) for name in empty])
    text = f"This source delivers no rows of: {missing}. Features that need them are empty, and no number was made up."
    return (*notes, Note(text, "Not available"))


def effect_notes(facts: Facts) -> tuple[Note, ...]:
    """What an offer changes: unknown where nobody drew lots; else what the estimate rests on."""
    if facts.totals.extra_margin is None:
        return (NO_EFFECTS,)
    text = (
        "What an offer changes was learned from offers that chance showed to some and withheld from others. An effect "
        "is the average of customers alike, never one customer's own. So much of it is taken to come only "
        f"earlier: {facts.pulled_forward}."
    )
    return (Note(text, "Randomised"),)


def unknown_response(facts: Facts) -> Note:
    """What a shop cannot know before it has sent anything, and how it comes to know it."""
    decide = facts.parameters.decide
    return Note(
        "Until offers have been sent the shop cannot know which customers respond to them, how large a discount has to "
        "be, and whether anything bought with an offer is extra. Offers go to those who are likely to buy in their "
        f"scope anyway. From the first day {share(decide.holdout_rate)} of the customers are held out and "
        f"{share(decide.exploration_rate)} of the others get offers drawn by lot; once exposures and redemptions are "
        "delivered, training learns from them and the assumption is no longer used.",
        "Not known yet",
    )
