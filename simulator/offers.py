"""The shop's catalogue of promotions: the same kinds every week, on other goods and to other depths."""

from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from simulator.calendar import date_of, monday_of, week_number
from simulator.catalogue import Catalogue, FloatArray
from simulator.chance import stream
from simulator.names import category_name

AUDIENCES = ("all", "new", "active", "lapsed")
# When a basket may use the offer.
LINE, BASKET, TWO_LINES, EVERY_CATEGORY = range(4)
CAMPAIGNS = {
    "A": ("Everyday offers", "sales"),
    "W": ("Welcome", "acquisition"),
    "M": ("Members", "loyalty"),
    "B": ("Come back", "win-back"),
    "P": ("Partner week", "partner"),
    "F": ("Flash sale", "clearance"),
}  # name, objective; their shares of the week's budget stand in offers.campaign_shares
CODES_PER_WEEK = 100
FEWEST_ISSUES = 5
Terms = tuple[int, int]  # currency off, basket needed


@dataclass(frozen=True)
class Offer:
    """One promotion; `scope` holds categories, empty for the whole shop. Days are numbers, both inclusive."""

    offer_id: str
    campaign_id: str
    kind: str
    title: str
    discount_type: str
    value: float
    rule: int
    scope: tuple[int, ...]
    min_basket: float
    audience: str
    first_day: int
    last_day: int
    channel: str | None
    issue_limit: int | None
    funded: float
    partner: str | None

    def mask(self, categories: int) -> NDArray[np.bool_]:
        if not self.scope:
            return np.ones(categories, dtype=bool)
        return np.isin(np.arange(categories), self.scope)


@dataclass(frozen=True)
class Plan:
    """What is drawn anew each week: goods and depths."""

    week: int
    categories: tuple[int, ...]
    percent: tuple[int, ...]
    threshold: tuple[Terms, ...]
    flash_percent: int


@lru_cache(maxsize=64)
def draw_plan(
    seed: int,
    week: int,
    categories: int,
    percents: tuple[int, ...],
    thresholds: tuple[Terms, ...],
    flash: tuple[int, ...],
) -> Plan:
    chance = stream(seed, "offers", week + 10)
    drawn = tuple(int(one) for one in chance.permutation(np.resize(np.arange(categories), max(categories, 9)))[:9])
    percent = tuple(int(one) for one in chance.choice(percents, 3, replace=False))
    threshold = tuple(thresholds[one] for one in sorted(chance.permutation(len(thresholds))[:2]))
    return Plan(week, drawn, percent, threshold, int(chance.choice(flash)))


def offers_of_week(
    known: SimpleNamespace, catalogue: Catalogue, customers: int, seed: int, week: int
) -> tuple[Offer, ...]:
    """Every offer whose first day lies in a week, in the order of their ids."""
    of = known.offers
    thresholds = tuple((off, basket) for off, basket in of.thresholds)
    plan = draw_plan(seed, week, catalogue.categories, tuple(of.percents), thresholds, tuple(of.flash_percents))
    monday = monday_of(known, week)
    drafts = [*everyday(of, plan), *special(of, plan, customers)]
    return tuple(
        Offer(
            offer_id=f"w{week:03}-{campaign}{number:02}",
            campaign_id=f"w{week:03}-{campaign}",
            first_day=monday + draft.pop("starts", 0),
            last_day=monday + draft.pop("ends", of.week_days - 1),
            **(DEFAULTS | draft),
        )
        for number, (campaign, draft) in enumerate(drafts, 1)
    )


DEFAULTS = {"scope": (), "min_basket": 0.0, "audience": "all", "channel": None, "issue_limit": None, "funded": 1.0}
DEFAULTS |= {"partner": None}


def percent_off(kind: str, percent: int, category: int, **more: object) -> dict:
    title = f"{percent} % off {category_name(category)}"
    return {
        "kind": kind,
        "title": title,
        "discount_type": "percent",
        "value": float(percent),
        "rule": LINE,
        "scope": (category,),
    } | more


def amount_off(kind: str, amount: int, over: int, **more: object) -> dict:
    title = f"{amount} off a basket over {over}"
    return {
        "kind": kind,
        "title": title,
        "discount_type": "amount",
        "value": float(amount),
        "rule": BASKET,
        "min_basket": float(over),
    } | more


def everyday(of: SimpleNamespace, plan: Plan) -> list[tuple[str, dict]]:
    """Offers for everybody."""
    reduced, free, pair = plan.categories[:3], plan.categories[3], plan.categories[4:6]
    two = f"{of.multibuy_percent} % off two {category_name(free)}"
    gift, basket = of.gift
    return [
        *(("A", percent_off("percent_off", *one)) for one in zip(plan.percent, reduced, strict=True)),
        ("A", amount_off("amount_off", *of.amount_off)),
        *(("A", amount_off("spend_threshold", *terms)) for terms in plan.threshold),
        ("A", percent_off("buy_x_get_y", of.multibuy_percent, free, rule=TWO_LINES, title=two)),
        ("A", {
            "kind": "bundle", "discount_type": "percent", "value": float(of.bundle_percent),
            "rule": EVERY_CATEGORY, "scope": pair,
            "title": f"{of.bundle_percent} % off {category_name(pair[0])} with {category_name(pair[1])}",
        }),
        ("A", {
            "kind": "gift", "discount_type": "gift", "value": float(gift), "rule": BASKET, "min_basket": float(basket),
            "title": f"A gift with a basket over {basket}",
        }),
        ("A", {
            "kind": "points", "discount_type": "points", "value": float(of.points), "rule": LINE,
            "title": f"{of.points} extra points on an order",
        }),
        ("A", {
            "kind": "coupon", "discount_type": "amount", "value": float(of.coupon),
            "rule": LINE, "scope": (plan.categories[6],),
            "title": f"{of.coupon} off {category_name(plan.categories[6])}",
        }),
    ]  # fmt: skip


def special(of: SimpleNamespace, plan: Plan, customers: int) -> list[tuple[str, dict]]:
    """Offers for some: by age of the relation, by who pays, and by the hour."""
    partner, flash = plan.categories[7], plan.categories[8]
    maker, limit = f"Maker of {category_name(partner)}", max(int(customers * of.flash_rate), FEWEST_ISSUES)
    return [
        ("W", amount_off("new_customer", *of.welcome, audience="new")),
        ("M", {
            "kind": "member_tier", "discount_type": "percent", "value": float(of.member_percent),
            "rule": LINE, "audience": "active",
            "title": f"{of.member_percent} % off everything for members",
        }),
        ("B", amount_off("win_back", *of.win_back, audience="lapsed")),
        ("P", percent_off("partner", of.partner_percent, partner, funded=of.partner_funded, partner=maker)),
        ("F", percent_off("flash_sale", plan.flash_percent, flash, ends=of.flash_days - 1, issue_limit=limit)),
    ]  # fmt: skip


def offer_of_code(known: SimpleNamespace, catalogue: Catalogue, customers: int, seed: int, code: int) -> Offer:
    """The offer behind week × 100 + place, the number by which customers' states refer to it."""
    week, place = divmod(int(code), CODES_PER_WEEK)
    return offers_of_week(known, catalogue, customers, seed, week)[place]


def code_of(offer_id: str) -> int:
    """
    >>> code_of("w012-A03")
    1202
    """
    return CODES_PER_WEEK * int(offer_id[1:4]) + int(offer_id[6:]) - 1


def active_offers(
    known: SimpleNamespace, catalogue: Catalogue, customers: int, seed: int, day: int
) -> tuple[Offer, ...]:
    """Offers that can be used on a day."""
    of_week = offers_of_week(known, catalogue, customers, seed, week_number(known, day))
    return tuple(offer for offer in of_week if offer.first_day <= day <= offer.last_day)


def budgets_of_week(known: SimpleNamespace, registered: int) -> dict[str, float]:
    """Budget of each campaign of a week, in currency, for so many registered customers."""
    of = known.offers
    total, step = of.budget * registered, of.budget_step
    shares = zip(CAMPAIGNS, of.campaign_shares, strict=True)
    return {name: max(step * round(total * share / step), step) for name, share in shares}


def campaign_rows(known: SimpleNamespace, registered: int, week: int) -> list[dict]:
    """A week's campaigns as the contract knows them."""
    monday, budgets = monday_of(known, week), budgets_of_week(known, registered)
    return [
        {
            "campaign_id": f"w{week:03}-{letter}",
            "name": f"{name}, week of {date_of(known, monday)}",
            "campaign_type": name,
            "objective": objective,
            "start_date": date_of(known, monday),
            "end_date": date_of(known, monday + known.offers.week_days - 1),
            "budget": budgets[letter],
        }
        for letter, (name, objective) in CAMPAIGNS.items()
    ]


def saving(offer: Offer, known: SimpleNamespace) -> tuple[float, float]:
    """What an order that uses the offer takes off in currency, as the customer sees it and as it costs the shop.

    Zero for percent offers, which depend on the basket.
    """
    if offer.discount_type == "points":
        cost = offer.value / known.offers.points_per_currency
        return known.response.points_perceived * cost, cost
    if offer.discount_type == "gift":
        return known.response.gift_perceived * offer.value, offer.value
    return (offer.value, offer.value) if offer.discount_type == "amount" else (0.0, 0.0)


def take_off_basket(offer: Offer, amount_in_scope: FloatArray) -> FloatArray:
    """Discount on baskets that qualify, given what they hold in scope (currency)."""
    if offer.discount_type == "percent":
        return np.round(amount_in_scope * offer.value / 100, 2)
    return (
        np.minimum(offer.value, amount_in_scope) if offer.discount_type == "amount" else np.zeros_like(amount_in_scope)
    )
