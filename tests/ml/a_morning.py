"""A shop's morning small enough to decide by hand: the frames that deciding reads, with one change at a time."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from ml.decide import Decided, decide_promotions
from ml.deciding.chance import Lottery
from ml.deciding.screen import Terms
from ml.deciding.world import World

DAY = date(2017, 11, 27)
RUN = "tiny-2017-11-27"
NO_CONTACTS = pd.DataFrame(
    {"customer_id": pd.Series(dtype=object), "offer_id": pd.Series(dtype=object), "contact_date": [], "is_sent": []}
)
NO_CONSENTS = pd.DataFrame({"customer_id": [], "channel": [], "is_granted": []})
SHOP = {
    "currency": "USD",
    "default_margin_rate": 0.25,
    "point_value": 0.01,
    "new_customer_days": 60,
    "lapsed_after_days": 56,
    "gold_tier_amount": 2300,
    "silver_tier_amount": 1100,
    "default_shop_funded_rate": 1.0,
}
DECIDE = {
    "holdout_rate": 0.0,
    "exploration_rate": 0.0,
    "campaign_control_rate": 0.0,
    "idle_exploration_rate": 0.0,
    "exploration_floor": 0.0,
    "offers_per_customer": 2,
    "offers_per_scope": 1,
    "contact_limit": 2,
    "contact_window_days": 7,
    "consent_when_unknown": True,
    "reoffer_after_days": 14,
    "min_expected_margin": 0.01,
    "min_return_on_spend": None,
    "pull_forward_rate": 0.2,
    "message_cost": 0.01,
    "min_propensity": 0.01,
    "pacing_rate": 1.0,
    "budget_risk_rate": 0.5,
    "amount_winsor_rate": 0.0,
    "exploration_candidates": 10,
    "exploration_temperature": 0.5,
    "response_min_messages": 1,
    "min_stacked_rate": 0.5,
    "default_channel": "app",
    "default_send_hour": 17,
    "earliest_send_hour": 9,
    "latest_send_hour": 20,
}


def customers(*ids: str, **changes: Any) -> pd.DataFrame:
    """Long-standing customers who bought three days ago."""
    facts = {
        "tenure_days": 300.0,
        "days_since_last_order": 3.0,
        "net_amount_last_365_days": 1500.0,
        "orders_last_90_days": 12,
        "redemptions_last_90_days": 0,
        "preferred_channel": "store",
        "preferred_hour": 23.0,
        "region": "north",
        "is_under_review": False,
    }
    return pd.DataFrame({"customer_id": list(ids), **(facts | changes)})


def offers(*ids: str, **changes: Any) -> pd.DataFrame:
    """Coupons of 1.00 on twelve products, each with a scope of its own, all of the campaign C."""
    facts = {
        "campaign_id": "C",
        "offer_type": "coupon",
        "title": "1.00 off",
        "discount_type": "amount",
        "discount_value": 1.0,
        "min_basket": None,
        "max_discount": None,
        "valid_from": pd.Timestamp("2017-11-20"),
        "valid_until": pd.Timestamp("2017-11-27"),
        "channel": "mail",
        "audience": None,
        "issue_limit": None,
        "per_customer_limit": None,
        "shop_funded_rate": None,
        "scope_size": 12,
        "margin_rate": 0.25,
        "overstock_rate": 0.0,
        "scope_category": list(ids),
    }
    return pd.DataFrame({"offer_id": list(ids), **(facts | changes)})


def pairs(people: pd.DataFrame, coupons: pd.DataFrame, propensity: float = 0.1, amount: float = 8.0) -> pd.DataFrame:
    """Everybody with every offer: worth 0.1 × (8 × 0.25 − 1) = 0.10 at a cost of 0.1 × 1 = 0.10."""
    both = people[["customer_id"]].merge(coupons[["offer_id"]], how="cross")
    return both.assign(
        propensity=propensity,
        is_assumed=False,
        mean_scope_amount=amount,
        scope_orders_last_90_days=4,
        scope_products_bought_last_365_days=3,
        scope_orders_last_365_days=9,
        days_since_last_scope_order=5.0,
        category_orders_last_365_days=9,
        kindred_exposure_count=0,
        kindred_redemption_count=0,
        effect_orders=float("nan"),
        effect_margin=float("nan"),
        effect_cost=float("nan"),
    )


def campaigns(budget: float = 100.0, used: float = 0.0, committed: float = 0.0, campaign: str = "C") -> pd.DataFrame:
    """A campaign that ends today, so that all that remains may be spent."""
    money = {"budget": [budget], "used": [used], "committed": [committed], "committed_variance": [0.0]}
    return pd.DataFrame({"campaign_id": [campaign], "end_date": [pd.Timestamp(DAY)], **money})


def morning(people: pd.DataFrame | None = None, coupons: pd.DataFrame | None = None, **changes: Any) -> World:
    """The morning of DAY for two customers and two offers unless told otherwise."""
    people = customers("1", "2") if people is None else people
    coupons = offers("A", "B") if coupons is None else coupons
    world = World(
        day=DAY,
        run_id=RUN,
        time_zone="America/New_York",
        model_versions="{}",
        customers=people,
        offers=coupons,
        campaigns=campaigns(),
        pairs=pairs(people, coupons),
        contacts=NO_CONTACTS,
        uses=NO_CONTACTS,
        consents=NO_CONSENTS,
    )
    return replace(world, **changes)


def contact(customer: str, offer: str, day: str, is_sent: bool = True) -> dict[str, Any]:
    return {"customer_id": customer, "offer_id": offer, "contact_date": pd.Timestamp(day), "is_sent": is_sent}


def decided(world: World, run: str = RUN, key: bytes = b"any key", **changes: Any) -> Decided:
    terms = Terms(SimpleNamespace(**SHOP), SimpleNamespace(**(DECIDE | changes)))
    lottery = Lottery(
        key=key,
        run_id=run,
        holdout_rate=terms.decide.holdout_rate,
        exploration_rate=terms.decide.exploration_rate,
        control_rate=terms.decide.campaign_control_rate,
        idle_exploration_rate=terms.decide.idle_exploration_rate,
    )
    return decide_promotions(world, terms, lottery)


def status_of(result: Decided) -> dict[str, str]:
    return dict(zip(result.decisions["customer_id"], result.decisions["status"], strict=True))


def given(result: Decided) -> list[tuple[str, str]]:
    sent = result.assignments.query("arm not in ('holdout', 'control')")
    return list(zip(sent["customer_id"], sent["offer_id"], strict=True))
