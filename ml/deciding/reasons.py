"""Why a customer gets an offer, in sentences a campaign manager would sign. Each says only what the data show."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

ASSUMED = "How likely it is used is assumed, because no offer was logged to learn it from"
EXPLORATION = "Drawn by lot among the offers that suit the customer, to learn how they work"


def give_reasons(customers: pd.DataFrame, offers: pd.DataFrame, facts: pd.DataFrame, currency: str) -> list[str]:
    """Sentences joined by semicolons, one text for each row of three frames of the same length."""
    rows = zip(*(frame.to_dict("records") for frame in (customers, offers, facts)), strict=True)
    return ["; ".join(list_reasons(customer, offer, fact, currency)) for customer, offer, fact in rows]


def list_reasons(customer: dict[str, Any], offer: dict[str, Any], fact: dict[str, Any], currency: str) -> Iterator[str]:
    if fact["arm"] == "exploration":
        yield EXPLORATION
    yield describe_purchases(fact, size_of(offer))
    if not positive(fact["scope_orders_last_365_days"]) and positive(fact["kindred_redemption_count"]):
        yield describe_kindred(fact)
    if customer["redemptions_last_90_days"] > 0:
        yield f"Used {plural(customer['redemptions_last_90_days'], 'offer')} in the last 90 days"
    yield describe_money(fact, size_of(offer), currency)
    if positive(fact.get("step_basket")):
        yield f"Needs a basket of {fact['step_basket']:,.2f} {currency}, the step of the offer that suits this customer"
    if fact["is_assumed"]:
        yield ASSUMED


def size_of(offer: dict[str, Any]) -> int:
    return 0 if pd.isna(offer["scope_size"]) else int(offer["scope_size"])


def describe_purchases(fact: dict[str, Any], scope_size: int) -> str:
    """
    >>> fact = {"scope_products_bought_last_365_days": 6, "scope_orders_last_90_days": 9,
    ...     "scope_orders_last_365_days": 20, "days_since_last_scope_order": 5}
    >>> describe_purchases(fact, 12)
    'Bought 6 of the 12 products in scope in the last year, 9 times in the last 90 days, most recently 5 days ago'
    >>> describe_purchases(fact, 0)
    'Shopped 9 times in the last 90 days, most recently 5 days ago'
    >>> describe_purchases({"scope_orders_last_365_days": 0, "category_orders_last_365_days": 2}, 12)
    'Has not bought any of the 12 products in scope in the last year, but others of their category twice'
    """
    if not positive(fact["scope_orders_last_365_days"]):
        others = fact["category_orders_last_365_days"]
        nearby = f", but others of {'its' if scope_size == 1 else 'their'} category {times(others)}"
        return f"Has not bought {in_scope(scope_size)} in the last year{nearby if positive(others) else ''}"
    return f"{count_purchases(fact, scope_size)}, most recently {ago(fact['days_since_last_scope_order'])}"


def count_purchases(fact: dict[str, Any], scope_size: int) -> str:
    recent, all_year = fact["scope_orders_last_90_days"], fact["scope_orders_last_365_days"]
    often = f"{times(recent)} in the last 90 days" if positive(recent) else f"{times(all_year)} in the last year"
    if not scope_size:
        return f"Shopped {often}"
    if scope_size == 1:
        return f"Bought the product in scope {often}"
    bought = f"Bought {int(fact['scope_products_bought_last_365_days']):,} of the {scope_size:,} products in scope"
    return f"{bought} in the last year, {often}" if positive(recent) else f"{bought} {often}"


def in_scope(scope_size: int) -> str:
    if not scope_size:
        return "anything"
    return "the product in scope" if scope_size == 1 else f"any of the {scope_size:,} products in scope"


def describe_kindred(fact: dict[str, Any]) -> str:
    """
    >>> describe_kindred({"kindred_exposure_count": 1076, "kindred_redemption_count": 9})
    'Of 1,076 similar offers given before 9 were used'
    """
    used = int(fact["kindred_redemption_count"])
    verb = "was" if used == 1 else "were"
    return f"Of {int(fact['kindred_exposure_count']):,} similar offers given before {used:,} {verb} used"


def describe_money(fact: dict[str, Any], scope_size: int, currency: str) -> str:
    """What the basket part in scope usually comes to, the customer's own where there is one, and what the offer takes.

    An unusual amount is cut to the usual range, and one below the offer's minimum raised to it, before it is valued.

    >>> describe_money({"mean_scope_amount": 8.2, "amount": 8.0, "face_value": 1.0}, 12, "USD")
    'Spends about 8.20 USD on them when buying (counted as 8.00 USD), the offer takes off 1.00 USD'
    >>> describe_money({"mean_scope_amount": 310.0, "amount": 310.0, "face_value": 15.0}, 0, "GBP")
    'Spends about 310.00 GBP an order, the offer takes off 15.00 GBP'
    """
    counted, face_value = (f"{fact[part]:,.2f} {currency}" for part in ("amount", "face_value"))
    on_what = "on them when buying" if scope_size else "an order"
    if pd.isna(fact["mean_scope_amount"]):
        return f"Other customers spend about {counted} {on_what}, the offer takes off {face_value}"
    own = f"{fact['mean_scope_amount']:,.2f} {currency}"
    as_counted = "" if own == counted else f" (counted as {counted})"
    return f"Spends about {own} {on_what}{as_counted}, the offer takes off {face_value}"


def positive(count: float | None) -> bool:
    return bool(pd.notna(count) and count > 0)


def plural(count: float, noun: str) -> str:
    """
    >>> plural(1, "offer"), plural(2.0, "offer")
    ('1 offer', '2 offers')
    """
    return f"{int(count):,} {noun}{'' if count == 1 else 's'}"


def times(count: float) -> str:
    return {1: "once", 2: "twice"}.get(int(count), f"{int(count):,} times")


def ago(days: float) -> str:
    """
    >>> ago(1), ago(5)
    ('yesterday', '5 days ago')
    """
    return "yesterday" if days == 1 else f"{int(days)} days ago"
