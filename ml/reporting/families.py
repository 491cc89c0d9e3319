"""The families of models in plain words."""

from dataclasses import dataclass

from ml.reporting import names


@dataclass(frozen=True)
class Wording:
    """A family of models; `window` names the label parameter with the days it looks ahead."""

    title: str
    question: str
    event: str
    window: str


FAMILIES = {
    "redemption_campaign": Wording(
        "Coupon use, per campaign",
        "Will this customer use any coupon of this campaign?",
        "coupon users",
        "redemption_horizon_days",
    ),
    "redemption_offer": Wording(
        "Coupon use, per offer", "Will this customer use this very offer?", "offers used", "redemption_horizon_days"
    ),
    "purchase": Wording("Next purchase", "Will this customer buy anything?", "buyers", "purchase_horizon_days"),
    "category_purchase": Wording(
        "Purchase per category",
        "Will this customer buy from this category?",
        "category purchases",
        "category_horizon_days",
    ),
    "recommendation": Wording(
        "Products to recommend", "Which products will this customer buy?", "products bought", "category_horizon_days"
    ),
    "offer_effect": Wording(
        "What an offer changes", "How much margin does showing this offer bring that would not have come?", "", ""
    ),
    "customer_value": Wording("Customer value", "How often will this customer buy, and for how much?", "", ""),
    "churn": Wording("Staying away", "Will this customer stay away, and when will the next order come?", "", ""),
    "life_cycle": Wording("Stage of life", "Will this customer be new, active or lapsed in some weeks?", "", ""),
    "channel_response": Wording(
        "Answers to messages", "Where and when does this customer answer messages best?", "", ""
    ),
    "segments": Wording("Segments", "Which customers are alike?", "", ""),
    "demand": Wording("Demand by week", "How many units of each product will be asked for each week?", "", ""),
    "demand_daily": Wording("Demand by day", "How many units of each product will be asked for each day?", "", ""),
    "price_elasticity": Wording("Price elasticity", "How do units sold answer to the price?", "", ""),
    "bundles": Wording("Bundles", "Which products are bought together more often than by chance?", "", ""),
    "stock": Wording("Stock", "Which way of ordering costs least, with what is held and what is missed?", "", ""),
    "abuse": Wording("Abuse of offers", "Whose use of offers should a person look at?", "", ""),
}


def wording(family: str) -> Wording:
    return FAMILIES.get(family, Wording(names.plain(family), "", "responses", ""))


def in_order(families: set[str]) -> list[str]:
    """The families named above first, in that order, then any other."""
    return [*(family for family in FAMILIES if family in families), *sorted(families - set(FAMILIES))]
