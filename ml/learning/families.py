"""What is learned: each family is one question about a customer, told by a table of features and a table of labels."""

from dataclasses import dataclass

OBSERVATIONAL = (
    "Observational: learned from what customers did, not from an experiment; "
    "a score is a response, not the effect of an offer."
)
EXPOSED_ONLY = (
    f"{OBSERVATIONAL} Learned from exposed customers as of the day of exposure; "
    "a score for somebody unlike those ever exposed is an extrapolation."
)
OFFERS_ASSUMED_SEEN = (
    f"{EXPOSED_ONLY} Where the source records the campaign a customer was mailed but not the offers inside, "
    "every offer of it counts as seen."
)
OFFER_EFFECT = "offer_effect"  # learned from lots, not from labels of what happened: see ml/effects.py
NO_REDEMPTIONS = "no redemptions of offers shown were delivered, or no time to use one has run out"


@dataclass(frozen=True)
class Family:
    """`rising` and `falling` name features whose effect has a known sign, `excluded` what must not be learned from."""

    name: str
    features: str
    labels: str
    outcome: str
    horizon: str
    subject: str | None = None
    joins_customers: bool = True
    keeps_outcomes: bool = False
    metric: str = "auc"
    rule: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()
    falling: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    caveat: str = OBSERVATIONAL
    nothing_to_learn: str = "nothing that it asks about has been delivered"

    @property
    def keys(self) -> tuple[str, ...]:
        return ("day", "customer_id", *([self.subject] if self.subject else []))

    def signs(self) -> dict[str, int]:
        """1 where the probability can only rise with the feature, -1 where it can only fall."""
        return dict.fromkeys(self.rising, 1) | dict.fromkeys(self.falling, -1)


# A campaign's or offer's own contacts are always zero on the day of exposure and not on the day of scoring; of its
# dates the days left mean the same on both.
OWN_CONTACTS = (
    "is_exposed",
    "exposure_count",
    "days_since_last_exposure",
    "redemption_count",
    "days_since_last_redemption",
    "duration_days",
)
RESPONSIVE = (
    "customer_redemptions_last_90_days", "customer_redemptions_last_365_days",
    "customer_campaigns_redeemed_last_365_days",
)  # fmt: skip

FAMILIES = (
    Family(
        name="redemption_campaign",
        features="features.customer_campaigns",
        labels="features.campaign_redemption_labels",
        outcome="has_redeemed",
        horizon="redemption_horizon_days",
        subject="campaign_id",
        rule=("customer_coupon_lines_last_365_days", "matched_offers_last_90_days"),
        rising=(
            *RESPONSIVE, "offer_count", "matched_offers_last_90_days", "matched_offers_last_365_days",
            "scope_orders_last_90_days", "same_type_campaigns_redeemed_last_365_days",
            "kindred_redemptions_last_365_days",
        ),
        excluded=OWN_CONTACTS,
        caveat=EXPOSED_ONLY,
        nothing_to_learn=NO_REDEMPTIONS,
    ),
    Family(
        name="redemption_offer",
        features="features.customer_offers",
        labels="features.offer_redemption_labels",
        outcome="has_redeemed",
        horizon="redemption_horizon_days",
        subject="offer_id",
        keeps_outcomes=True,
        rule=("customer_coupon_lines_last_365_days", "scope_orders_last_365_days"),
        rising=(
            *RESPONSIVE, "scope_orders_last_28_days", "scope_orders_last_90_days", "scope_orders_last_365_days",
            "kindred_redemptions_last_365_days", "category_orders_last_90_days",
        ),
        falling=("days_since_last_scope_order",),
        excluded=OWN_CONTACTS,
        caveat=OFFERS_ASSUMED_SEEN,
        nothing_to_learn=NO_REDEMPTIONS,
    ),
    Family(
        name="purchase",
        features="features.customers",
        labels="features.purchase_labels",
        outcome="has_purchased",
        horizon="purchase_horizon_days",
        joins_customers=False,
        rule=("days_since_last_order", "orders_last_28_days"),
        rising=("orders_last_28_days", "orders_last_90_days"),
        falling=("days_since_last_order",),
    ),
    Family(
        name="category_purchase",
        features="features.customer_categories",
        labels="features.category_labels",
        outcome="has_purchased",
        horizon="category_horizon_days",
        subject="category",
        rule=("orders_last_90_days", "days_since_last_order"),
        rising=("orders_last_28_days", "orders_last_90_days", "orders_last_365_days", "buyer_rate_last_28_days"),
        falling=("days_since_last_order",),
    ),
)  # fmt: skip


def by_name(name: str) -> Family:
    return next(family for family in FAMILIES if family.name == name)
