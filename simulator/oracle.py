"""The truth about decisions: what each offer changes for each customer, in closed form, from the days' own model.

Values are expected incremental margins (currency) over the days an offer can be used, less later orders it replaces:
with the offer minus without it. docs/simulator.md derives them. They leave out what lies beyond: tired customers of
later weeks, withdrawn consents, and goods that run out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.baskets import MOST_LIKELY, stage_factors
from simulator.calendar import bustle
from simulator.catalogue import FloatArray, IntArray
from simulator.choice import Choice, OwnAmounts, own_amounts
from simulator.market import Market, open_market
from simulator.messages import answer, is_allowed
from simulator.offers import Offer, active_offers, offer_of_code
from simulator.response import (
    Amounts,
    common_amounts,
    expected_lines,
    pays_to_sell_on,
    shifted_lines,
    unit_moments,
    use_of_basket,
)
from simulator.world import ACTIVE, LAPSED, NEW, UNKNOWN, World

CHUNK = 20_000  # customers valued at once


@dataclass(frozen=True)
class Values:
    """For n pairs of a customer and an offer, over the days the offer can be used (amounts in currency).

    orders_*, margin_*: expected orders and their margin before what the offer takes off; `redemption` the chance that
    it is used; `cost` what the shop is expected to pay for it, message included; `borrowed` the margin of later orders
    that the offer's orders replace; `incremental_margin` = margin_with − margin_without − borrowed − cost.
    """

    orders_without: FloatArray
    orders_with: FloatArray
    margin_without: FloatArray
    margin_with: FloatArray
    borrowed: FloatArray
    redemption: FloatArray
    cost: FloatArray
    incremental_margin: FloatArray
    appeal: FloatArray


@dataclass(frozen=True)
class Judged:
    """Of n decisions: the incremental margin each brings and what the shop is expected to pay for it, in currency."""

    worth: FloatArray
    cost: FloatArray


def market_of(world: World, day: int) -> Market:
    return open_market(world.known, world.catalogue, world.seed, day, world.state.stock > 0)


def stage_outlook(world: World, days: int) -> FloatArray:
    """Times the usual wishes to buy on each coming day, by today's stage (stages × days), with lapses and returns."""
    life = world.known.life
    step = np.zeros((UNKNOWN + 1, UNKNOWN + 1))
    step[NEW, NEW] = 1 - life.never_rate
    step[ACTIVE, ACTIVE], step[ACTIVE, LAPSED] = 1 - life.lapse_rate, life.lapse_rate
    step[LAPSED, LAPSED], step[LAPSED, ACTIVE] = 1 - life.return_rate - life.churn_rate, life.return_rate
    factors = stage_factors(world).astype(float)
    return np.stack([np.linalg.matrix_power(step, ahead + 1) @ factors for ahead in range(days)], axis=1)


def value_offer(
    world: World, market: Market, offer: Offer, rows: IntArray, channel: NDArray[np.int8], day: int
) -> Values:
    """Value of sending one offer to each of n customers who hold no other, on the morning of a day."""
    return value_known(world, market, offer, rows, channel, day, amounts_of(world, market, rows))


def amounts_of(world: World, market: Market, rows: IntArray) -> OwnAmounts:
    return own_amounts(Choice(world.known, world.people, world.catalogue, market), rows)


def value_known(
    world: World,
    market: Market,
    offer: Offer,
    rows: IntArray,
    channel: NDArray[np.int8],
    day: int,
    own: OwnAmounts,
) -> Values:
    """The same for customers whose own amounts are known: they take most of the time and are one for all offers."""
    told = answer(world, market, offer, rows, channel, day, common_amounts(world.known, world.catalogue, market))
    lines = expected_lines(world.people, rows, market)
    shifted = shifted_lines(offer, told.shift, lines)
    remembered = np.where(told.appeal > 0, world.people.remembered[rows], 0.0)
    more = hoarded(world, offer, rows)
    amounts = Amounts(own.amounts.mean * more, own.amounts.square * more**2)
    use = use_of_basket(offer, world.known, shifted, amounts, remembered)
    usual, raised = (lines * own.margin).sum(axis=1), (shifted * own.margin * more).sum(axis=1)
    buys, buys_with = -np.expm1(-lines.sum(axis=1)), -np.expm1(-shifted.sum(axis=1))
    gain = np.exp(told.pull)
    held, wishes, caused = np.ones(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    wishes_with_offer = np.zeros(len(rows))
    outlook = stage_outlook(world, offer.last_day - day + 1)
    for ahead in range(offer.last_day - day + 1):
        rate = world.people.intents[rows] * outlook[world.state.stage[rows], ahead] * bustle(world.known, day + ahead)
        without, with_offer = np.minimum(rate, MOST_LIKELY), np.minimum(rate * gain, MOST_LIKELY)
        wishes += without
        caused += held * (with_offer - without)
        wishes_with_offer += held * with_offer
        held *= 1 - with_offer * use.probability
    wishes_used_up = wishes + caused - wishes_with_offer
    margin_without = wishes * usual
    margin_with = wishes_with_offer * raised + wishes_used_up * usual
    borrowed = world.people.pull_forward[rows] * np.maximum(caused, 0) * usual
    cost = wishes_with_offer * use.cost + world.known.response.message_cost
    return Values(
        orders_without=wishes * buys,
        orders_with=wishes_with_offer * buys_with + wishes_used_up * buys,
        margin_without=margin_without,
        margin_with=margin_with,
        borrowed=borrowed,
        redemption=1 - held,
        cost=cost,
        incremental_margin=margin_with - margin_without - borrowed - cost,
        appeal=told.appeal,
    )


def hoarded(world: World, offer: Offer, rows: IntArray) -> FloatArray:
    """Times the usual units of a line by category (n × C): more than one for those who stock up on what is reduced."""
    times = world.known.abuse.stocking_units / unit_moments(world.known)[0]
    hoards = world.people.stocks_up[rows] & pays_to_sell_on(offer, world.known)
    return np.where(hoards[:, None] & offer.mask(world.catalogue.categories)[None, :], times, 1.0)


def value_pairs(world: World, rows: IntArray, offer: IntArray, channel: NDArray[np.int8], day: int) -> Values:
    """Values of n pairs given as customer rows, offer codes and channel numbers."""
    market = market_of(world, day)
    columns = {name: np.zeros(len(rows)) for name in Values.__dataclass_fields__}
    for code in np.unique(offer):
        of_offer = np.flatnonzero(offer == code)
        what = offer_of_code(world.known, world.catalogue, world.customers, world.seed, int(code))
        for start in range(0, len(of_offer), CHUNK):
            part = of_offer[start : start + CHUNK]
            values = value_offer(world, market, what, rows[part], channel[part], day)
            for name, column in columns.items():
                column[part] = getattr(values, name)
    return Values(**columns)


def value_all(
    world: World, rows: IntArray, channel: NDArray[np.int8], day: int
) -> Iterator[tuple[IntArray, Offer, Values]]:
    """Values of every active offer for customers, chunk by chunk of customers: (rows of the chunk, offer, values)."""
    market = market_of(world, day)
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, day)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        own = amounts_of(world, market, rows[part])
        for offer in offers:
            yield rows[part], offer, value_known(world, market, offer, rows[part], channel[part], day, own)


def value_decisions(world: World, rows: IntArray, offer: IntArray, channel: NDArray[np.int8], day: int) -> Judged:
    """Incremental margin and expected cost of each of n decisions of a day.

    A customer who gets several offers attends to the most appealing: the others only cost their message, and so does
    one sent to somebody who holds a more appealing offer; one whose offer in hand is replaced loses what that would
    still have brought. A message through a channel the customer has not allowed costs the same and reaches nobody.
    """
    values = value_pairs(world, rows, offer, channel, day)
    reaches = is_allowed(world, rows, channel)
    order = np.lexsort((-np.where(reaches, values.appeal, -np.inf), rows))
    is_first = np.r_[True, rows[order][1:] != rows[order][:-1]] if len(rows) else np.empty(0, dtype=bool)
    cost = np.full(len(rows), world.known.response.message_cost)
    worth = -cost
    best = order[is_first]
    best = best[reaches[best]]
    holds = world.state.held_until[rows[best]] >= day
    keeps = holds & (world.state.held_appeal[rows[best]] >= values.appeal[best])
    worth[best[~keeps]], cost[best[~keeps]] = values.incremental_margin[best[~keeps]], values.cost[best[~keeps]]
    replaced = best[holds & ~keeps]
    if len(replaced):
        lost = value_pairs(
            world, rows[replaced], world.state.held[rows[replaced]].astype(np.int64), channel[replaced], day
        )
        worth[replaced] -= lost.incremental_margin + world.known.response.message_cost
    return Judged(worth, cost)


def allocate_exactly(value: FloatArray, cost: FloatArray, budget: float) -> IntArray:
    """Best offer of each customer (n × O values and costs) under one budget: the column chosen, -1 for none.

    Lagrangian dual by bisection on the price of a currency unit of budget; what is left of the budget goes to customers
    whose choice changes at that very price. Never over the budget, and within one customer's value of the optimum where
    at most one choice changes there; ties may cost more.

    >>> allocate_exactly(np.array([[3.0, 4.0], [2.0, 0.5]]), np.array([[1.0, 3.0], [1.0, 1.0]]), budget=2.0).tolist()
    [0, 0]
    """
    dearest = choose_at(value, cost, 0.0)
    if cost_of(cost, dearest).sum() <= budget:
        return dearest
    low, high = 0.0, 1.0
    while cost_of(cost, choose_at(value, cost, high)).sum() > budget:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        is_over = cost_of(cost, choose_at(value, cost, middle)).sum() > budget
        low, high = (middle, high) if is_over else (low, middle)
    return spend_the_rest(cost, choose_at(value, cost, high), choose_at(value, cost, low), budget)


def choose_at(value: FloatArray, cost: FloatArray, price: float) -> IntArray:
    """Best column of each row at a price of the budget, -1 where none is worth it."""
    net = value - price * cost
    best = net.argmax(axis=1)
    return np.where(net[np.arange(len(net)), best] > 0, best, -1)


def cost_of(cost: FloatArray, chosen: IntArray) -> FloatArray:
    return np.where(chosen >= 0, cost[np.arange(len(cost)), np.maximum(chosen, 0)], 0.0)


def spend_the_rest(cost: FloatArray, chosen: IntArray, dearer: IntArray, budget: float) -> IntArray:
    """Move rows from a choice within the budget to a dearer one that is as good per currency unit, while it lasts."""
    more = cost_of(cost, dearer) - cost_of(cost, chosen)
    order = np.argsort(more, kind="stable")
    order = order[more[order] > 0]
    fits = order[cost_of(cost, chosen).sum() + np.cumsum(more[order]) <= budget]
    spent = chosen.copy()
    spent[fits] = dearer[fits]
    return spent
