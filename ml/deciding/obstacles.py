"""Why a customer gets what they get or nothing: one sentence for every decision, with the thing that bound it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, Candidates, FloatArray, IntArray
from ml.deciding.contacts import ALL, complete_limits
from ml.deciding.screen import Screened, Terms

UNDER_REVIEW = "A reviewer has to decide about this customer first"
NO_OFFERS = "No offer runs today"
WORTH_UNKNOWN = "Nothing is known of what the offers open to this customer are worth"
HELD_OUT = "Drawn by lot into the permanent holdout, {rate} of all customers, so that effects can be proved"


@dataclass(frozen=True)
class Answers:
    """What the sentences are about: the screened pairs, the profitable candidates, what would be sent, the prices.

    `assigned` has a row per offer that would be sent (customer, offer, value, is_sent); `campaign_price` is what one
    more unit of each campaign's budget would earn.
    """

    screened: Screened
    profitable: Candidates
    assigned: pd.DataFrame
    campaign_price: FloatArray
    terms: Terms

    @cached_property
    def titles(self) -> np.ndarray:
        offers = self.screened.world.offers
        return offers["title"].where(offers["title"].notna(), offers["offer_id"]).to_numpy(dtype=object)

    def money(self, amount: float) -> str:
        return f"{amount:,.2f} {self.terms.shop.currency}"


def give_answers(answers: Answers, status: pd.Series, is_held_out: BoolArray) -> list[str]:
    """One sentence per customer on their status (words of ml.decisions), in the order of the customers."""
    words: Mapping[str, Callable[[Answers, IntArray], list[str]]] = {
        "fraud_review": lambda _, who: [UNDER_REVIEW] * len(who),
        "no_consent": refuse_contact,
        "contact_limit": count_contacts,
        "not_eligible": list_barriers,
        "no_profitable_offer": tell_losses,
        "budget_exhausted": tell_money,
        "offered": tell_offered,
        "holdout": tell_controls,
    }
    told = np.full(len(status), "", dtype=object)
    code = status.to_numpy(dtype=object)
    for name, tell in words.items():
        who = np.flatnonzero((code == name) & ~is_held_out)
        if len(who):
            told[who] = tell(answers, who)
    who = np.flatnonzero(is_held_out)
    told[who] = tell_held_out(answers, who)
    return list(told)


def tell_held_out(answers: Answers, who: IntArray) -> list[str]:
    sentence = HELD_OUT.format(rate=share(answers.terms.decide.holdout_rate))
    withheld = list_offers(answers, ~answers.assigned["is_sent"].to_numpy(dtype=bool))
    return [f"{sentence}; would get {withheld[one]} today" if one in withheld else sentence for one in who.tolist()]


def tell_controls(answers: Answers, who: IntArray) -> list[str]:
    rate = share(answers.terms.decide.campaign_control_rate)
    withheld = list_offers(answers, ~answers.assigned["is_sent"].to_numpy(dtype=bool))
    return [
        f"Would get {withheld[one]}, withheld by lot: {rate} of each campaign's customers are its control"
        for one in who.tolist()
    ]


def list_offers(answers: Answers, rows: BoolArray) -> dict[int, str]:
    """Titles of the assigned rows of each customer, joined."""
    picked = answers.assigned[rows]
    titles = answers.titles[picked["offer"].to_numpy(dtype=np.int64)].tolist()
    listed: dict[int, list[str]] = {}
    for customer, title in zip(picked["customer"].tolist(), titles, strict=True):
        listed.setdefault(customer, []).append(title)
    return {customer: " and ".join(own) for customer, own in listed.items()}


def refuse_contact(answers: Answers, who: IntArray) -> list[str]:
    screened = answers.screened
    rows = np.flatnonzero(np.isin(screened.pairs.customer, who))
    asked = pd.DataFrame({"customer": screened.pairs.customer[rows], "channel": screened.channel[rows].astype(str)})
    channels: dict[int, list[str]] = {}
    for customer, channel in asked.drop_duplicates().sort_values(["customer", "channel"]).itertuples(index=False):
        channels.setdefault(customer, []).append(channel)
    named = (", ".join(channels.get(one, ["any channel"])) for one in who.tolist())
    return [f"Did not agree to be contacted through {one}" for one in named]


def count_contacts(answers: Answers, who: IntArray) -> list[str]:
    """The limits in force: that over all channels first, then those of channels."""
    known = answers.terms.decide
    ordered = answers.screened.world.rulebook.contact_limits
    limits = complete_limits(ordered, known.contact_limit, known.contact_window_days)
    rows = zip(limits["channel"], limits["contacts"], limits["window_days"], strict=True)
    named = sorted((channel != ALL, channel, f"{most} within {days} days") for channel, most, days in rows)
    most = ", ".join(f"{words} through {channel}" if is_own else words for is_own, channel, words in named)
    return [f"Was contacted as often as the contact limits allow: {most} are allowed" for _ in who]


def list_barriers(answers: Answers, who: IntArray) -> list[str]:
    """How many of the offers each barrier keeps from a customer, the first that holds of each."""
    screened = answers.screened
    rows = np.flatnonzero(np.isin(screened.pairs.customer, who))
    if not len(rows):
        return [NO_OFFERS] * len(who)
    names = list(screened.barriers)
    first = np.select([screened.barriers[name][rows] for name in names], range(len(names)), len(names))
    place = np.searchsorted(who, screened.pairs.customer[rows])
    counts = np.zeros((len(who), len(names) + 1), dtype=np.int64)
    np.add.at(counts, (place, first), 1)
    return [word_barriers(row, names) for row in counts.tolist()]


def word_barriers(counts: list[int], names: list[str]) -> str:
    """
    >>> word_barriers([2, 0, 1, 0], ["meant for other customers", "used lately", "shown lately"])
    'None of 3 running offers is open: 2 meant for other customers, 1 shown lately'
    """
    if not sum(counts):
        return NO_OFFERS
    parts = ", ".join(f"{count} {name}" for count, name in zip(counts, names, strict=False) if count)
    return f"None of {sum(counts)} running {'offer' if sum(counts) == 1 else 'offers'} is open: {parts}"


def tell_losses(answers: Answers, who: IntArray) -> list[str]:
    """The best offer that is open to each customer, what it is expected to earn and why that is too little."""
    screened, worth = answers.screened, answers.screened.worth
    value, pairs = worth.value, screened.world.pairs
    best = best_rows(screened.pairs.customer, value, screened.is_eligible, len(screened.world.customers))[who]
    facts = {
        "title": answers.titles[screened.pairs.offer[best]],
        "value": value[best],
        "cost": worth.expected_cost[best],
        "propensity": pairs["propensity"].to_numpy(dtype=float)[best],
        "gained": np.where(np.isnan(worth.incremental_margin[best]), np.nan, pairs["effect_margin"].to_numpy()[best]),
    }
    rows = zip(best.tolist(), *(column.tolist() for column in facts.values()), strict=True)
    return [WORTH_UNKNOWN if row < 0 else word_loss(answers, *own) for row, *own in rows]


def word_loss(answers: Answers, title: str, value: float, cost: float, propensity: float, gained: float) -> str:
    terms = answers.terms.decide
    if value >= terms.min_expected_margin:
        least = share(terms.min_propensity)
        return f"The best offer, {title}, would be used by {share(propensity)}, fewer than {least}"
    earned, paid = answers.money(value), answers.money(cost)
    if np.isnan(gained):
        return f"The best offer, {title}, has an expected margin of {earned} after a cost of {paid}"
    return (
        f"The best offer, {title}, would change the margin by {earned}: {answers.money(gained)} of extra margin, part "
        f"of it only pulled forward, at a cost of {paid}"
    )


def tell_money(answers: Answers, who: IntArray) -> list[str]:
    pairs, world = answers.profitable, answers.screened.world
    best = best_rows(pairs.customer, pairs.value, np.ones(len(pairs), dtype=bool), len(world.customers))[who]
    campaigns = world.campaigns["campaign_id"].to_numpy(dtype=object)
    offer, campaign = pairs.offer[best], pairs.campaign[best]
    columns = (answers.titles[offer], campaigns[campaign], pairs.value[best], answers.campaign_price[campaign])
    return [word_money(answers, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def word_money(answers: Answers, title: str, campaign: str, value: float, price: float) -> str:
    wanted = f"The best offer, {title}, would earn {answers.money(value)}"
    paid_by = f"campaign {campaign}" if campaign else "its campaign"
    if not price > 0:
        return f"{wanted}, but the copies or the money of {paid_by} for today went to others"
    least = f"at least {answers.money(price)} for each {answers.money(1.0)} of cost"
    return f"{wanted}, but the money of {paid_by} for today went to offers that earn {least}"


def tell_offered(answers: Answers, who: IntArray) -> list[str]:
    sent = answers.assigned[answers.assigned["is_sent"].to_numpy(dtype=bool)]
    by_customer = sent.groupby("customer")["value"].agg(["size", "sum"])
    rows = by_customer.reindex(who)
    return [
        f"Gets {count} {'offer' if count == 1 else 'offers'}, expected to earn {answers.money(value)}"
        for count, value in zip(rows["size"].astype(int), rows["sum"], strict=True)
    ]


def best_rows(customer: IntArray, value: FloatArray, holds: BoolArray, customers: int) -> IntArray:
    """The row of most value of each customer among those that hold and are known; -1 where there is none.

    >>> best_rows(np.array([0, 0, 2]), np.array([1.0, 3.0, np.nan]), np.array([True, True, True]), 3).tolist()
    [1, -1, -1]
    """
    rows = np.flatnonzero(holds & ~np.isnan(value))
    ordered = rows[np.lexsort((rows, -value[rows], customer[rows]))]
    owners, first = np.unique(customer[ordered], return_index=True)
    best = np.full(customers, -1, dtype=np.int64)
    best[owners] = ordered[first]
    return best


def share(rate: float) -> str:
    """
    >>> share(0.05), share(0.0049)
    ('5 %', '0.49 %')
    """
    return f"{100 * rate:.3g} %"
