"""Features in the words of a campaign manager: what each one counts, in which unit, over which days.

A feature that nobody named falls back to its own name, read as a person would.
"""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

# Of the shop as a whole (features.customers); the same names after `customer_` where they stand beside an offer's.
CUSTOMER = {
    "tenure_days": "days as a customer",
    "days_since_last_order": "days since the last order",
    "days_since_last_exposure": "days since an offer was last shown",
    "days_since_last_redemption": "days since an offer was last used",
    "orders": "orders",
    "net_amount": "spend",
    "units": "pieces bought",
    "orders_trend": "change of orders (-1 stopped to 1 began)",
    "net_amount_trend": "change of spend (-1 stopped to 1 began)",
    "mean_basket_amount": "usual order",
    "mean_basket_lines": "lines of the usual order",
    "mean_gap_days": "days between orders",
    "gap_regularity": "irregularity of orders (0 is clockwork)",
    "discount_depth_rate": "discount on what was bought",
    "discount_share_rate": "share bought at a discount",
    "coupon_share_rate": "share bought with a coupon",
    "coupon_lines": "lines bought with a coupon",
    "display_share_rate": "share bought from displays",
    "mailer_share_rate": "share bought from the mailer",
    "private_brand_rate": "share spent on the shop's own label",
    "brand_loyalty_rate": "loyalty to favourite brands",
    "category_count": "categories bought",
    "category_diversity": "variety of categories",
    "top_category_rate": "share of the favourite category",
    "exposures": "offers shown",
    "redemptions": "offers used",
    "redemption_rate": "share of shown offers that were used",
    "exposed_weeks": "weeks that began with an offer",
    "orders_per_exposed_week": "orders in a week with an offer",
    "orders_per_other_week": "orders in a week without one",
    "campaigns_exposed": "campaigns shown",
    "campaigns_redeemed": "campaigns used",
    "views": "pages viewed",
    "searches": "searches",
    "dwell_seconds": "seconds spent on pages",
    "carts": "visits with something in the cart",
    "abandoned_carts": "carts left without an order",
    "returns": "returns",
    "refund_rate": "share paid back for returns",
    "children_count": "children",
}
# Of one customer and one offer (features.customer_offers).
OFFER = {
    "offer_type": "kind of offer",
    "discount_type": "kind of discount",
    "face_value": "what the offer takes off",
    "depth_rate": "depth of the discount",
    "shop_funded_rate": "share the shop pays",
    "min_basket": "basket the offer needs",
    "min_basket_ratio": "basket it needs against the customer's usual order",
    "saving_rate": "saving on the customer's usual order",
    "days_left": "days left to use it",
    "expected_use_rate": "chance that the customer uses the offer",
    "scope_product_count": "products in scope",
    "scope_category_count": "categories in scope",
    "scope_buyer_count": "customers who buy in the scope",
    "shop_mean_scope_amount": "what customers spend in the scope",
    "kindred_exposure_count": "similar offers shown to anybody",
    "kindred_redemption_count": "similar offers used by anybody",
    "kindred_redemption_rate": "share of similar offers that are used",
    "kindred_redemptions": "similar offers the customer used",
    "scope_orders": "orders with products in scope",
    "scope_net_amount": "spend in the scope",
    "scope_units": "pieces bought in the scope",
    "scope_coupon_orders": "orders with a coupon in the scope",
    "scope_products_bought": "products of the scope bought",
    "days_since_last_scope_order": "days since the scope was last bought",
    "mean_scope_amount": "usual spend in the scope",
    "scope_wallet_rate": "share of the customer's spend in the scope",
    "category_orders": "orders in the offer's category",
    "category_net_amount": "spend in the offer's category",
    "days_since_last_category_order": "days since the offer's category was last bought",
}
NAMED = CUSTOMER | OFFER
WINDOW = re.compile(r"_last_(\d+)_days$")
MONEY = re.compile(r"(amount|face_value|min_basket|spend|price|revenue|margin|cost|budget)(_last_\d+_days)?$")
SHARE = re.compile(r"(_rate|_share)(_last_\d+_days)?$")
NOT_KNOWN = "not known"
FEW = 10  # below it a decimal is worth telling


@dataclass(frozen=True)
class Words:
    """A feature's `phrase`, the `window` it looks at in words, and its `unit`: money, share, switch, count or word."""

    phrase: str
    window: str
    unit: str

    @property
    def title(self) -> str:
        """
        >>> words_of("customer_orders_last_90_days").title, words_of("wifi_speed_v2").title
        ('Orders in the last 90 days', 'Wifi speed v2')
        """
        text = f"{self.phrase}{self.window}"
        return text[:1].upper() + text[1:]


def words_of(feature: str) -> Words:
    """The words of a feature, known by name or made of its name."""
    own = feature.removeprefix("customer_")
    days = WINDOW.search(own)
    stem = WINDOW.sub("", own)
    phrase = NAMED.get(own) or NAMED.get(stem) or plain(stem)
    window = f" in the last {int(days[1]):,} days" if days else ""
    return Words(phrase, window, unit_of(own))


def stem_of(feature: str) -> str:
    """What a feature counts, whatever days it looks at.

    >>> stem_of("customer_orders_last_90_days") == stem_of("customer_orders_last_28_days")
    True
    """
    return WINDOW.sub("", feature)


def plain(name: str) -> str:
    """
    >>> plain("has_app"), plain("is_member_of_club")
    ('has app', 'is member of club')
    """
    return name.replace("_", " ").strip()


def unit_of(name: str) -> str:
    if name.startswith(("is_", "has_")):
        return "switch"
    if SHARE.search(name):
        return "share"
    return "money" if MONEY.search(name) else "count"


def say(value: Any, unit: str, currency: str) -> str:
    """A value in its unit.

    >>> say(0.25, "share", "USD"), say(12.0, "count", "USD"), say(0.5, "money", "USD"), say(None, "count", "USD")
    ('25 %', '12', '0.50 USD', 'not known')
    >>> say(1.0, "switch", "USD"), say("app", "count", "USD"), say(3.333, "count", "USD")
    ('yes', 'app', '3.3')
    """
    if pd.isna(value):
        return NOT_KNOWN
    if isinstance(value, str):
        return value
    if unit == "switch":
        return "yes" if value else "no"
    if unit == "share":
        return f"{value:.0%}".replace("%", " %") if abs(value) >= 0.01 else f"{100 * value:.2g} %"
    if unit == "money":
        return f"{value:,.2f} {currency}"
    return f"{value:,.1f}" if abs(value) < FEW and value % 1 else f"{value:,.0f}"
