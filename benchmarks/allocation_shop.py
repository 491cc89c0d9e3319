"""A made-up shop to allocate for: who could get which offer, what it would earn and cost, and what limits that."""

from dataclasses import dataclass, replace

import numpy as np

from ml.allocation import AT_LEAST, BoolArray, FloatArray, IntArray, Resource, Rule

CAMPAIGNS, PARTNERS, CHANNELS = 5, 3, 4
TIGHTNESS = 0.3  # share of what would be spent without limits


@dataclass(frozen=True)
class Shop:
    """n candidate pairs with their limits; `gross` is the value before the cost."""

    customer: IntArray
    offer: IntArray
    value: FloatArray
    cost: FloatArray
    offers_per_customer: int = 1
    resources: tuple[Resource, ...] = ()
    rules: tuple[Rule, ...] = ()
    is_alone: BoolArray | None = None


def make_shop(customers: int, offers: int, seed: int = 1) -> Shop:
    """Every customer could get every offer; deeper offers move more and cost more, with falling returns."""
    chance = np.random.default_rng(seed)
    depth = chance.uniform(0.05, 0.3, offers)
    size = chance.gamma(2.0, 5.0, (customers, 1)) * chance.lognormal(0.0, 0.6, (customers, offers))
    cost = size * depth * chance.uniform(0.3, 1.0, (customers, offers))
    gross = size * np.sqrt(depth) * chance.uniform(-0.1, 0.5, (customers, offers))
    return Shop(
        customer=np.repeat(np.arange(customers), offers),
        offer=np.tile(np.arange(offers), customers),
        value=(gross - cost / 2).ravel().round(4),
        cost=cost.ravel().round(4),
    )


def one_budget(shop: Shop) -> Shop:
    """One offer per customer within one budget."""
    best = best_rows(shop)
    limit = np.array([TIGHTNESS * shop.cost[best].sum()]).round(4)
    return replace(shop, resources=(Resource("budget", np.zeros_like(shop.offer), shop.cost, limit),))


def every_limit(shop: Shop) -> Shop:
    """Budgets of campaigns and partners, caps, contacts, a minimum, a floor of return, and rules for each customer."""
    campaign, partner, channel = shop.offer % CAMPAIGNS, shop.offer % PARTNERS, shop.offer % CHANNELS
    offers = int(shop.offer.max()) + 1
    best = best_rows(shop)
    given = np.bincount(shop.offer[best], minlength=offers).astype(float)
    contacts = np.floor(0.7 * np.bincount(channel[best], minlength=CHANNELS))
    new = rarest(given)
    limits = (
        Resource("budget of campaign", campaign, shop.cost, budgets(campaign[best], shop.cost[best])),
        Resource("budget of partner", partner, shop.cost, 0.9 * budgets(partner[best], shop.cost[best])),
        Resource("copies of offer", shop.offer, 1.0, np.where(np.arange(offers) % 2, np.floor(0.6 * given), np.inf)),
        Resource("contacts by", channel, 1.0, contacts),
        Resource("issue of new offer", np.where(shop.offer == new, 0, -1), 1.0, new_issue(contacts, new), AT_LEAST),
        Resource("return on spend", np.zeros_like(shop.offer), shop.value - 2.5 * shop.cost, np.zeros(1), AT_LEAST),
    )
    contacts_left = 1 + (shop.customer + channel) % 2
    rules = (
        Rule("scope", shop.offer // 2, 1),
        Rule("channel", channel, contacts_left),
        Rule("not together", np.where(np.isin(shop.offer, (0, 3)), 0, -1), 1),
    )
    return replace(shop, offers_per_customer=3, resources=limits, rules=rules, is_alone=shop.offer == offers - 1)


def best_rows(shop: Shop) -> IntArray:
    """Where each customer's most valuable pair is, of those whom any pair would earn something."""
    offers = int(shop.offer.max()) + 1
    values = shop.value.reshape(-1, offers)
    rows = np.arange(len(values)) * offers + values.argmax(axis=1)
    return rows[values.max(axis=1) > 0]


def budgets(group: IntArray, cost: FloatArray) -> FloatArray:
    return np.round(TIGHTNESS * np.bincount(group, cost), 4).astype(float)


def rarest(given: FloatArray) -> int:
    """Of the offers without a cap."""
    return int(given[::2].argmin()) * 2


def new_issue(contacts: FloatArray, offer: int) -> FloatArray:
    """Nearly all contacts of its channel: more than customers would choose by themselves."""
    return np.array([np.floor(0.9 * contacts[offer % CHANNELS])])
