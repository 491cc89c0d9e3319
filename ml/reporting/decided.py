"""What was decided: customers by status, chances of use, and how chance took part."""

import pandas as pd

from ml.reporting import charts, names
from ml.reporting.data import rows_of
from ml.reporting.facts import Facts, customers_with
from ml.reporting.page import Dots, Figure, Note, Part, Section, Table
from ml.reporting.words import count, listing, plural, rate, share

STATUS_TONES = {
    "offered": "accent",
    "holdout": "second",
    "no_profitable_offer": "quiet",
    "contact_limit": "third",
    "budget_exhausted": "fourth",
    "not_eligible": "fifth",
    "no_consent": "sixth",
    "fraud_review": "bad",
}
ARMS = {
    "treatment": "best choice",
    "exploration": "exploration",
    "holdout": "held out",
    "control": "withheld for a campaign's control",
}
MOST_DOTS = 260
MOST_BINS = 20
SHOWN_RATE = 0.99  # of the offers; a few high chances would squeeze all others into one bar
ESTIMATED_CHANCES = "Each chance is an estimate; “How good the predictions are” shows how far such estimates are off."
ASSUMED_CHANCES = (
    "Each chance is that of a purchase in the offer's scope, learned from purchases, times an assumed share of buyers "
    "who use an offer: no offer was logged to learn that from."
)
HANDY_NUMBERS = [digit * 10**power for power in range(8) for digit in (1, 2, 5)]


def count_people(facts: Facts) -> Dots:
    """All known customers as dots, coloured by what was decided for them."""
    known = facts.totals.known
    each = next(number for number in HANDY_NUMBERS if known / number <= MOST_DOTS)
    parts = [
        Part(
            name=names.status(row.status),
            text=f"{count(row.customers)} ({rate(row.customers, known)})",
            dots=max(1, round(row.customers / each)),
            tone=STATUS_TONES.get(row.status, "quiet"),
        )
        for row in rows_of(facts.frames.statuses)
    ]
    title = "One dot is one customer" if each == 1 else f"One dot is about {count(each)} customers"
    return Dots(title, "Every known customer by what was decided today", tuple(parts))


def describe_decisions(facts: Facts) -> Section:
    figures = (status_figure(facts), chance_figure(facts)) if facts.totals.offers else (status_figure(facts),)
    return Section(
        anchor="decided",
        title="What was decided",
        takeaway=decision_takeaway(facts),
        explanation=(
            "Every known customer has exactly one decision. The held-out customers are drawn by lot once and stay out "
            "for good, so that later sales can be compared with and without offers."
        ),
        blocks=figures + arms_note(facts),
    )


def decision_takeaway(facts: Facts) -> str:
    totals = facts.totals
    if not totals.offers:
        return f"Nobody gets an offer today: none of {plural(totals.known, 'customer')} passed every limit."
    campaigns = facts.frames.campaigns
    given = campaigns[campaigns["offers_given"] > 0]
    first = given.sort_values(["offers_given", "campaign_id"], ascending=[False, True]).iloc[0]
    return (
        f"{plural(totals.offers, 'offer')} of {plural(len(given), 'campaign')} go to "
        f"{plural(totals.offered, 'customer')}; {names.campaign(first['campaign_id']).lower()} gives "
        f"{rate(first['offers_given'], totals.offers)} of them."
    )


def status_figure(facts: Facts) -> Figure:
    statuses, known = facts.frames.statuses, facts.totals.known
    labels = statuses["status"].map(names.status)
    frame = pd.DataFrame(
        {
            "label": labels,
            "value": statuses["customers"],
            "text": [f"{count(number)} · {rate(number, known)}" for number in statuses["customers"]],
            "tone": [STATUS_TONES.get(status, "quiet") for status in statuses["status"]],
        }
    )
    rows = tuple(
        (names.status(row.status), names.status_meaning(row.status), count(row.customers), rate(row.customers, known))
        for row in rows_of(statuses)
    )
    head = ("Decision", "What it means", "Customers", "Share")
    return Figure(
        title="Customers by decision",
        text=f"{plural(known, 'customer')}, each counted once.",
        spec=charts.ranked_bars(frame),
        numbers=Table(head, rows, "Customers by decision", frozenset({2, 3})),
    )


def chance_figure(facts: Facts) -> Figure:
    frame = widen(facts.frames.propensities)
    shown = frame[frame["value"].cumsum() - frame["value"] < SHOWN_RATE * frame["value"].sum()]
    tail = int(frame["value"].sum() - shown["value"].sum())
    half = middle_chance(facts.frames.propensities)
    rows = tuple((f"{row.low:.0%} to {row.high:.0%}", count(row.value)) for row in rows_of(frame))
    return Figure(
        title="How likely the offers are to be used",
        text=f"Half of the offers have a predicted chance of use below {share(half / 100, 0)}{beyond(shown, tail)}.",
        spec=charts.histogram(shown, "predicted chance of use", "offers given"),
        numbers=Table(("Chance of use", "Offers"), rows, "Offers given by predicted chance of use", frozenset({1})),
        note=ASSUMED_CHANCES if facts.is_use_assumed else ESTIMATED_CHANCES,
        is_assumption=facts.is_use_assumed,
    )


def beyond(shown: pd.DataFrame, tail: int) -> str:
    """What the picture leaves out so that the rest can be seen."""
    return f"; {plural(tail, 'offer')} above {share(shown['high'].max(), 0)} are in the numbers only" if tail else ""


def widen(fine: pd.DataFrame) -> pd.DataFrame:
    """Bins of whole percent, at most twenty for all but the highest few: low, high, value, text."""
    usual = fine.loc[fine["offers"].cumsum() >= SHOWN_RATE * fine["offers"].sum(), "percent"].iloc[0]
    width = max(1, -(-(int(usual) + 1) // MOST_BINS))
    coarse = fine.assign(low=fine["percent"] // width * width).groupby("low", as_index=False)["offers"].sum()
    low, high = coarse["low"] / 100, (coarse["low"] + width) / 100
    text = [f"{plural(n, 'offer')}: {a:.0%} to {b:.0%}" for n, a, b in zip(coarse["offers"], low, high, strict=True)]
    return pd.DataFrame({"low": low, "high": high, "value": coarse["offers"], "text": text})


def middle_chance(fine: pd.DataFrame) -> int:
    """The whole percent below which half of the offers lie."""
    reached = fine["offers"].cumsum() >= fine["offers"].sum() / 2
    return int(fine.loc[reached, "percent"].iloc[0]) + 1


def arms_note(facts: Facts) -> tuple[Note, ...]:
    arms = facts.frames.arms
    if arms.empty:
        return ()
    parts = [
        f"{ARMS.get(row.arm, row.arm)}: {plural(row.offers, 'offer')} for {plural(row.customers, 'customer')}"
        for row in rows_of(arms)
    ]
    silent = customers_with(facts.frames.statuses, "holdout")
    return (
        Note(
            f"Every assignment is logged with its probability ({listing(parts)}). Exploration draws an offer by lot so "
            f"that every offer stays learnable. For {plural(silent, 'held-out customer')} the log keeps what they "
            "would have got; nothing of it is sent. A campaign's control does without that campaign's offers alone."
        ),
    )
