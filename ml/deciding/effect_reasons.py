"""Why an offer earns more with this customer than without it: what the model of effects says, and what held it back."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ml.deciding.contributions import Explained, Reason, find_reasons
from ml.deciding.feature_words import NOT_KNOWN, say, words_of

MOST_REASONS = 3
SMALLEST = 0.005  # currency; less would be told as 0.00
SAME_FOR_ALL = "The model expects about the same of every customer"
NO_OTHER = "No other offer open to this customer would earn anything"


def explain_effects(explained: Explained, currency: str, unit: str = "") -> list[list[str]]:
    """For each of m pairs the sentences on what makes its effect (or whatever `unit` is of), the strongest first."""
    typical, unit = explained.typical, unit or currency
    values = explained.features.to_dict("records")
    reasons = find_reasons(explained, MOST_REASONS)
    told = (
        [describe_reason(reason, row, typical, currency, unit) for reason in found if reason.amount >= SMALLEST]
        for found, row in zip(reasons, values, strict=True)
    )
    return [sentences or [SAME_FOR_ALL] for sentences in told]


def describe_reason(
    reason: Reason, values: Mapping[Any, Any], typical: Mapping[str, Any], currency: str, unit: str
) -> str:
    """
    >>> reason = Reason("orders_last_90_days", ("orders_last_90_days", "orders_last_28_days"), 0.42)
    >>> describe_reason(reason, {"orders_last_90_days": 12.0}, {"orders_last_90_days": 6.0}, "USD", "USD")
    'Orders in the last 90 days: 12, usually 6: adds about 0.42 USD'
    """
    words = words_of(reason.feature)
    own, usual = (say(of.get(reason.feature), words.unit, currency) for of in (values, typical))
    against = "" if usual == NOT_KNOWN else ", as usual" if own == usual else f", usually {usual}"
    return f"{words.title}: {own}{against}: adds about {reason.amount:,.2f} {unit}"


def describe_value(fact: Mapping[str, Any], currency: str) -> str:
    """What the offer is expected to earn beyond doing nothing, and how sure that is.

    >>> fact = {"value": 0.52, "low": 0.1, "high": 0.9, "cost": 0.11}
    >>> describe_value(fact, "USD")
    'Expected to earn 0.52 USD more than no offer after 0.11 USD of cost (0.10 to 0.90 USD for customers like this)'
    """
    earned = f"{fact['value']:,.2f} {currency}"
    known = pd.notna(fact["low"]) and pd.notna(fact["high"])
    span = f" ({fact['low']:,.2f} to {fact['high']:,.2f} {currency} for customers like this)" if known else ""
    verb = "earn" if fact["value"] >= 0 else "change the margin by"
    return f"Expected to {verb} {earned} more than no offer after {fact['cost']:,.2f} {currency} of cost{span}"


def describe_limits(fact: Mapping[str, Any], currency: str) -> Iterator[str]:
    """What bound the choice: the campaign's money at its price, the last contact allowed, the next best offer.

    >>> fact = {"price": 1.8, "campaign_id": "15", "is_last_contact": False, "next_title": "Soup", "ahead": 0.2}
    >>> for sentence in describe_limits(fact, "USD"): print(sentence)
    The money of campaign 15 for today is used up: 1.00 USD more would earn about 1.80 USD
    The next best offer, Soup, would earn 0.20 USD less
    """
    if pd.notna(fact["price"]) and fact["price"] >= SMALLEST:
        paid_by = f"campaign {fact['campaign_id']}" if fact["campaign_id"] else "offers without a campaign"
        more = f"1.00 {currency} more would earn about {fact['price']:,.2f} {currency}"
        yield f"The money of {paid_by} for today is used up: {more}"
    if fact["is_last_contact"]:
        yield "Takes the last message the contact limit allows"
    yield describe_next(fact, currency)


def describe_next(fact: Mapping[str, Any], currency: str) -> str:
    if pd.isna(fact["ahead"]):
        return NO_OTHER
    if fact["ahead"] < -SMALLEST:
        more = f"{-fact['ahead']:,.2f} {currency} more"
        return f"The offer {fact['next_title']} would earn {more}, but limits or lots gave it no place"
    if fact["ahead"] < SMALLEST:
        return f"The next best offer, {fact['next_title']}, would earn as much"
    return f"The next best offer, {fact['next_title']}, would earn {fact['ahead']:,.2f} {currency} less"
