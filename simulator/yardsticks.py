"""Policies to hold a day's decisions against, all with the same customers and budget, all valued by the truth.

oracle        the best single offer for each customer within the budget, knowing the truth
uniform       a drawn offer for drawn customers until the budget is planned
propensity    the deepest offer for the customers likeliest to buy until the budget is planned: the common rule
nothing       no offer at all, by definition worth zero
"""

from dataclasses import dataclass

import numpy as np

from simulator import oracle
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.messages import Messages
from simulator.offers import active_offers, budgets_of_week
from simulator.policy import reachable
from simulator.world import World


@dataclass(frozen=True)
class Yard:
    """What n customers by O offers are worth and cost by the truth, and what all of it may cost on the day."""

    value: FloatArray
    cost: FloatArray
    appeal: FloatArray
    orders_without: FloatArray
    budget: float
    seed: int
    day: int


def survey(world: World, held_out: IntArray) -> Yard:
    """Values of all active offers for all customers who can be reached and are not held out."""
    day = world.next_day
    reach = reachable(world, day)
    is_free = ~np.isin(reach.rows, held_out)
    rows, channel = reach.rows[is_free], reach.channel[is_free].astype(np.int8)
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, day)
    parts: dict[str, list[oracle.Values]] = {offer.offer_id: [] for offer in offers}
    for _, offer, values in oracle.value_all(world, rows, channel, day):
        parts[offer.offer_id].append(values)

    def column(name: str) -> FloatArray:
        return np.stack(
            [np.concatenate([getattr(part, name) for part in parts[one.offer_id]]) for one in offers], axis=1
        )

    budget = sum(budgets_of_week(world.known, world.registered(day)).values())
    orders = column("orders_without").max(axis=1)
    return Yard(column("incremental_margin"), column("cost"), column("appeal"), orders, budget, world.seed, day)


def oracle_value(yard: Yard) -> float:
    return worth(yard.value, oracle.allocate_exactly(yard.value, yard.cost, yard.budget))


def worth(value: FloatArray, chosen: IntArray) -> float:
    """Summed value of one chosen column per row, -1 for none."""
    rows = np.flatnonzero(chosen >= 0)
    return float(value[rows, chosen[rows]].sum())


def spend_in_order(yard: Yard, order: IntArray, chosen: IntArray) -> IntArray:
    """Keep what is chosen for the first customers of an order whose cost fits the budget."""
    costs = np.cumsum(yard.cost[order, chosen[order]])
    kept = np.full(len(chosen), -1)
    first = order[costs <= yard.budget]
    kept[first] = chosen[first]
    return kept


def uniform_value(yard: Yard) -> float:
    chance = stream(yard.seed, "uniform policy", yard.day)
    customers, offers = yard.value.shape
    drawn = chance.integers(0, offers, size=(customers,))
    return worth(yard.value, spend_in_order(yard, chance.permutation(customers), drawn))


def propensity_value(yard: Yard) -> float:
    likeliest = np.argsort(-yard.orders_without, kind="stable")
    deepest = np.argsort(-yard.appeal, axis=1, kind="stable")[:, 0]
    return worth(yard.value, spend_in_order(yard, likeliest, deepest))


def policy_value(world: World, messages: Messages) -> float:
    """What a day's decisions are worth by the truth."""
    shown = messages.is_shown
    values = oracle.value_decisions(
        world, messages.rows[shown], messages.offer[shown], messages.channel[shown], world.next_day
    )
    return float(values.sum())


def compare(world: World, messages: Messages, held_out: IntArray) -> dict[str, float]:
    """The values of a day in currency."""
    yard = survey(world, held_out)
    return {
        "policy_value": policy_value(world, messages),
        "oracle_value": oracle_value(yard),
        "uniform_value": uniform_value(yard),
        "propensity_value": propensity_value(yard),
        "nothing_value": 0.0,
        "budget": yard.budget,
    }
