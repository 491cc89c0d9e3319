"""Policies to hold a day's decisions against, all with the same customers and budget, all valued by the truth.

oracle        the best single offer for each customer within the budget, knowing the truth
uniform       an offer drawn among those the customer has a use for, for drawn customers until the budget is planned
propensity    the deepest offer for the customers likeliest to buy until the budget is planned: the common rule
nothing       no offer at all, by definition worth zero
"""

from dataclasses import dataclass

import numpy as np

from simulator import oracle
from simulator.calendar import week_number
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.messages import Messages
from simulator.offers import active_offers, budgets_of_week
from simulator.oracle import Judged
from simulator.policy import NO_LIMIT, reachable
from simulator.records import announced_on
from simulator.world import NO_OFFER, World


@dataclass(frozen=True)
class Yard:
    """What n customers (`rows`) by O offers are worth and cost by the truth; copies of each offer; the budget."""

    rows: IntArray
    value: FloatArray
    cost: FloatArray
    appeal: FloatArray
    orders_without: FloatArray
    limits: IntArray
    budget: float
    seed: int
    day: int


def survey(world: World, held_out: IntArray) -> Yard:
    """Values of all active offers for all customers who can be reached and are not held out."""
    day = world.next_day
    reach = reachable(world, day)
    is_free = ~np.isin(reach.rows, held_out)
    rows, channel = reach.rows[is_free], reach.channel[is_free]
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, day)
    parts: dict[str, list[oracle.Values]] = {offer.offer_id: [] for offer in offers}
    for _, offer, values in oracle.value_all(world, rows, channel, day):
        parts[offer.offer_id].append(values)

    def column(name: str) -> FloatArray:
        return np.stack(
            [np.concatenate([getattr(part, name) for part in parts[one.offer_id]]) for one in offers], axis=1
        )

    announced = announced_on(world, week_number(world.known, day))
    budget = sum(budgets_of_week(world.known, world.registered(announced)).values())
    orders = column("orders_without").max(axis=1)
    limits = np.array([offer.issue_limit or NO_LIMIT for offer in offers])
    value, cost, appeal = (column(name) for name in ("incremental_margin", "cost", "appeal"))
    return Yard(rows, value, cost, appeal, orders, limits, budget, world.seed, day)


def oracle_value(yard: Yard) -> float:
    return worth(yard.value, choose_best(yard))


def choose_best(yard: Yard) -> IntArray:
    """The best offer of each customer within the budget and the limits.

    Exact but for limited offers: whoever values one least while there are too few of it chooses again without it.
    """
    value = yard.value.copy()
    while True:
        chosen = oracle.allocate_exactly(value, yard.cost, yard.budget)
        most_worth = np.argsort(-value[np.arange(len(value)), np.maximum(chosen, 0)], kind="stable")
        misses = np.flatnonzero(within_limits(yard, most_worth, chosen) != chosen)
        if not len(misses):
            return chosen
        value[misses, chosen[misses]] = -np.inf


def within_limits(yard: Yard, order: IntArray, chosen: IntArray) -> IntArray:
    """Copies of limited offers go to the first customers of an order who chose them; the others get nothing."""
    kept = chosen.copy()
    for offer in np.flatnonzero(yard.limits < len(chosen)):
        takers = order[chosen[order] == offer]
        kept[takers[yard.limits[offer] :]] = NO_OFFER
    return kept


def worth(value: FloatArray, chosen: IntArray) -> float:
    """Summed value of one chosen column per row, -1 for none."""
    rows = np.flatnonzero(chosen >= 0)
    return float(value[rows, chosen[rows]].sum())


def spend_in_order(yard: Yard, order: IntArray, chosen: IntArray) -> IntArray:
    """Keep what is chosen for the first customers of an order whose cost fits the budget, within the limits."""
    possible = within_limits(yard, order, chosen)
    costs = np.cumsum(oracle.cost_of(yard.cost, possible)[order])
    kept = np.full(len(chosen), NO_OFFER)
    first = order[costs <= yard.budget]
    kept[first] = possible[first]
    return kept


def uniform_value(yard: Yard) -> float:
    chance = stream(yard.seed, "uniform policy", yard.day)
    lots = np.where(yard.appeal > 0, chance.random(yard.value.shape), 0.0)
    drawn = np.where(lots.max(axis=1) > 0, lots.argmax(axis=1), NO_OFFER)
    return worth(yard.value, spend_in_order(yard, chance.permutation(len(drawn)), drawn))


def propensity_value(yard: Yard) -> float:
    likeliest = np.argsort(-yard.orders_without, kind="stable")
    deepest = np.argsort(-yard.appeal, axis=1, kind="stable")[:, 0]
    return worth(yard.value, spend_in_order(yard, likeliest, deepest))


def judge(world: World, messages: Messages) -> Judged:
    """What a day's decisions are worth and cost by the truth."""
    shown = messages.is_shown
    return oracle.value_decisions(
        world, messages.rows[shown], messages.offer[shown], messages.channel[shown], world.next_day
    )


def compare(yard: Yard, judged: Judged) -> dict[str, float]:
    """The values of a day in currency."""
    return {
        "policy_value": float(judged.worth.sum()),
        "expected_cost": float(judged.cost.sum()),
        "oracle_value": oracle_value(yard),
        "uniform_value": uniform_value(yard),
        "propensity_value": propensity_value(yard),
        "nothing_value": 0.0,
        "budget": yard.budget,
    }
