"""From wishes to buy to orders: who wants to buy today, what goes into the basket, and whether an offer is used."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.calendar import bustle
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.choice import NOTHING, Choice, draw_products
from simulator.market import Market
from simulator.offers import BASKET, EVERY_CATEGORY, TWO_LINES, Offer, offer_of_code, take_off_basket
from simulator.response import expected_lines, pays_to_sell_on
from simulator.world import ACTIVE, CHURNED, LAPSED, NEW, NO_OFFER, UNKNOWN, World

MOST_LIKELY = 0.9  # chance of a wish to buy on one day at most


@dataclass(frozen=True)
class Lines:
    """n lines of the day's m orders, sorted by order. `offer` is the code of the offer used on the line or NO_OFFER."""

    order: IntArray
    product: IntArray
    units: FloatArray
    amount: FloatArray  # paid for the line before an offer, in currency
    discount: FloatArray  # taken off by an offer
    issuer_pays: FloatArray  # part of the discount somebody else pays


@dataclass(frozen=True)
class Orders:
    """m orders: customer row and the offer used (code, NO_OFFER without one)."""

    customer: IntArray
    offer: IntArray


def wishes_without_offer(world: World, day: int) -> FloatArray:
    """Chance of a wish to buy today of every customer who holds no offer."""
    return np.minimum(world.people.intents * stage_factor(world) * bustle(world.known, day), MOST_LIKELY)


def stage_factors(world: World) -> NDArray[np.float32]:
    """Times the usual wishes to buy in each stage; none for who has left or is yet to come."""
    factors = np.zeros(UNKNOWN + 1, dtype=np.float32)
    factors[NEW], factors[ACTIVE], factors[LAPSED] = world.known.life.activation, 1.0, world.known.life.lapsed_factor
    return factors


def stage_factor(world: World) -> NDArray[np.float32]:
    """The same for each customer, by where in life the customer is."""
    return stage_factors(world)[world.state.stage]


def live_on(world: World, day: int) -> None:
    """Register newcomers, and let customers lapse, return and leave."""
    state, life = world.state, world.known.life
    luck = stream(world.seed, "life", day).random(len(state.stage), dtype=np.float32)
    new, active, lapsed = (state.stage == stage for stage in (NEW, ACTIVE, LAPSED))
    state.stage[active & (luck < life.lapse_rate)] = LAPSED
    state.stage[lapsed & (luck < life.return_rate)] = ACTIVE
    state.stage[lapsed & (luck > 1 - life.churn_rate)] = CHURNED
    state.stage[new & (luck < life.never_rate)] = CHURNED
    come = (world.people.registered_on <= day) & (state.stage == UNKNOWN)
    state.stage[come] = NEW
    if day == 0:
        settle(world, np.flatnonzero(come))


def settle(world: World, rows: IntArray) -> None:
    """Customers of earlier days start somewhere in their lives: as the rates leave them after months."""
    life = world.known.life
    to_lapsed = life.lapse_rate / (life.lapse_rate + life.return_rate + life.churn_rate)
    new = life.start_new_rate
    luck = stream(world.seed, "settle").random(len(rows))
    world.state.stage[rows] = np.select([luck < new, luck < new + (1 - new) * to_lapsed], [NEW, LAPSED], ACTIVE)


def want_to_buy(world: World, day: int) -> IntArray:
    """Rows of the customers who want to buy today.

    The same luck decides with and without an offer: who wants only with it was caused to, and with some chance skips a
    later wish for it.
    """
    state, people = world.state, world.people
    without = wishes_without_offer(world, day)
    is_held = state.held_until >= day
    with_offer = np.where(
        is_held, np.minimum(without * np.exp(np.where(is_held, state.held_pull, 0)), MOST_LIKELY), without
    )
    chance = stream(world.seed, "wishes", day)
    luck, patience = chance.random(len(without), dtype=np.float32), chance.random(len(without), dtype=np.float32)
    wants = luck < with_offer
    is_caused = wants & (luck >= without)
    is_skipped = wants & ~is_caused & (state.skip > 0) & (state.skip_from <= day)
    state.skip[is_skipped] -= 1
    borrows = np.flatnonzero(is_caused & (patience < people.pull_forward))
    pays_back = people.household[borrows]
    np.add.at(state.skip, pays_back, 1)
    state.skip_from[pays_back] = np.maximum(state.skip_from[pays_back], state.held_until[borrows] + 1)
    return np.flatnonzero(wants & ~is_skipped)


def fill_baskets(world: World, market: Market, rows: IntArray, day: int) -> tuple[Orders, Lines]:
    """Orders and lines of customers who want to buy (rows, at most one basket each)."""
    chance = stream(world.seed, "baskets", day)
    lines = expected_lines(world.people, rows, market)
    held = np.where(world.state.held_until[rows] >= day, world.state.held[rows], NO_OFFER)
    shift_to_offers(world, rows, held, lines)
    counts = chance.poisson(lines)
    who, category = np.nonzero(counts)
    repeats = counts[who, category]
    who, category = np.repeat(who, repeats), np.repeat(category, repeats)
    product = draw_products(Choice(world.known, world.people, world.catalogue, market), rows[who], category, chance)
    units = draw_units(world, rows[who], held[who], category, chance)
    is_sold = (product != NOTHING) & in_stock(world.state.stock, product, units)
    return check_out(world, market, rows, held, who[is_sold], product[is_sold], units[is_sold], chance)


def offers_in_hand(world: World, held: IntArray) -> list[tuple[Offer, NDArray[np.bool_]]]:
    """Offers that some of the customers hold, each with who holds it."""
    codes = np.unique(held[held != NO_OFFER])
    return [
        (offer_of_code(world.known, world.catalogue, world.customers, world.seed, code), held == code) for code in codes
    ]


def shift_to_offers(world: World, rows: IntArray, held: IntArray, lines: FloatArray) -> None:
    """More lines in scope of the offer in hand, fewer others; in place."""
    state = world.state
    for offer, holds in offers_in_hand(world, held):
        inside = offer.mask(lines.shape[1])
        rise, rest = 1 + state.held_rise[rows[holds], None], state.held_rest[rows[holds], None]
        lines[holds] *= np.where(inside[None, :], rise, rest)


def draw_units(
    world: World, rows: IntArray, held: IntArray, category: IntArray, chance: np.random.Generator
) -> FloatArray:
    """Units of each line; who stocks up takes many of what is reduced."""
    units = 1.0 + chance.poisson(world.known.products.units_more, len(rows))
    for offer, holds in offers_in_hand(world, held):
        if pays_to_sell_on(offer, world.known):
            hoards = holds & world.people.stocks_up[rows] & offer.mask(world.catalogue.categories)[category]
            units[hoards] = world.known.abuse.stocking_units
    return units


def in_stock(stock: FloatArray, product: IntArray, units: FloatArray) -> NDArray[np.bool_]:
    """Whether each line still finds its units, first come first served."""
    order = np.argsort(product, kind="stable")
    sorted_product, sorted_units = product[order], units[order]
    running = np.cumsum(sorted_units)
    is_first = np.r_[True, sorted_product[1:] != sorted_product[:-1]] if len(order) else np.empty(0, dtype=bool)
    before = np.maximum.accumulate(np.where(is_first, running - sorted_units, 0)) if len(order) else running
    is_there = np.empty(len(order), dtype=bool)
    is_there[order] = running - before <= stock[sorted_product]
    return is_there


def check_out(
    world: World,
    market: Market,
    rows: IntArray,
    held: IntArray,
    who: IntArray,
    product: IntArray,
    units: FloatArray,
    chance: np.random.Generator,
) -> tuple[Orders, Lines]:
    """Number the orders, use the offers in hand where the basket qualifies and the customer remembers."""
    buyers, order = np.unique(who, return_inverse=True)
    amount = np.round(market.price[product] * units, 2)
    remembers = chance.random(len(rows))[buyers] < world.people.remembered[rows[buyers]]
    may_use = remembers & (world.state.held_appeal[rows[buyers]] > 0)
    used = np.full(len(buyers), NO_OFFER, dtype=np.int64)
    discount, issuer_pays = np.zeros(len(order)), np.zeros(len(order))
    for offer, holds in offers_in_hand(world, held[buyers]):
        inside = offer.mask(world.catalogue.categories)[world.catalogue.category[product]]
        in_scope = np.bincount(order, amount * inside, minlength=len(buyers)).astype(float)
        uses = holds & may_use & qualifies(offer, order, inside, world.catalogue.category[product], amount, len(buyers))
        used[uses] = held[buyers[uses]]
        off = np.where(uses, take_off_basket(offer, in_scope), 0.0)
        share = amount * inside / np.maximum(in_scope, 1e-9)[order]
        discount += np.round(off[order] * share, 2)
        issuer_pays += np.round(off[order] * share * (1 - offer.funded), 2)
    orders = Orders(rows[buyers], used)
    return orders, Lines(order.astype(np.int64), product, units, amount, np.minimum(discount, amount), issuer_pays)


def qualifies(
    offer: Offer, order: IntArray, inside: NDArray[np.bool_], category: IntArray, amount: FloatArray, orders: int
) -> NDArray[np.bool_]:
    """Whether each basket meets the offer's terms."""
    if offer.rule == BASKET:
        return np.bincount(order, amount, minlength=orders) >= offer.min_basket
    lines = np.bincount(order, inside, minlength=orders)
    if offer.rule == EVERY_CATEGORY:
        found = [np.bincount(order, category == one, minlength=orders) > 0 for one in offer.scope]
        return np.logical_and.reduce(found)
    return lines >= (2 if offer.rule == TWO_LINES else 1)


def remember(world: World, orders: Orders, day: int) -> None:
    """What today's orders change about their customers: records, stage, and the offer that is used up."""
    state, rows = world.state, orders.customer
    state.orders[rows] += 1
    first = rows[state.orders[rows] == 1]
    state.first_order[first] = day
    state.last_order[rows] = day
    state.stage[rows[state.stage[rows] == NEW]] = ACTIVE
    state.held_until[rows[orders.offer != NO_OFFER]] = day - 1


def scoped_lines(orders: Orders, lines: Lines) -> IntArray:
    """Code of the offer each line was discounted by, NO_OFFER where none was."""
    return np.where(lines.discount > 0, orders.offer[lines.order], NO_OFFER)
