"""Visits and what people do in them: searches, views, carts, orders; the events of a day."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from simulator.baskets import Lines, Orders, stage_factor
from simulator.calendar import bustle
from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.choice import NOTHING, Choice, draw_products
from simulator.market import Market
from simulator.people import CHANNELS
from simulator.world import World

EVENTS = ("visit", "login", "search", "view", "cart_add", "cart_remove", "wishlist", "share")
VISIT, LOGIN, SEARCH, VIEW, CART_ADD, CART_REMOVE, WISHLIST, SHARE = range(len(EVENTS))
STORE = CHANNELS.index("store")
NO_PRODUCT = -1
NO_QUERY = -1
QUERIES_PER_CATEGORY = 4
PAGE_SECONDS = 25
DAY_SECONDS = 86_400
LAST_START = DAY_SECONDS - 3_600  # a visit and its order end on the day they began


@dataclass(frozen=True)
class Visits:
    """v visits: customer row, whether known to the shop, channel number, order made in it or -1, start in seconds."""

    customer: IntArray
    is_known: NDArray[np.bool_]
    channel: NDArray[np.int8]
    order: IntArray
    start: IntArray


@dataclass(frozen=True)
class Events:
    """e events sorted by visit and moment; `second` counts from local midnight."""

    visit: IntArray
    kind: NDArray[np.int8]
    product: IntArray
    query: IntArray
    dwell: FloatArray
    second: IntArray


@dataclass(frozen=True)
class Deeds:
    """Events before they are put in order: `moment` tells their place within the visit."""

    visit: IntArray
    kind: NDArray[np.int8]
    product: IntArray
    query: IntArray
    moment: FloatArray


def pay_visits(world: World, orders: Orders, day: int) -> Visits:
    """A visit for every order outside the store, and those that end without one; some of these stay anonymous."""
    chance = stream(world.seed, "visits", day)
    people, of = world.people, world.known.behaviour
    is_held = world.state.held_until >= day
    rate = people.visits * stage_factor(world) * np.sqrt(bustle(world.known, day)) * (1 + of.offer_visits * is_held)
    browsing = np.flatnonzero(chance.random(len(rate), dtype=np.float32) < np.minimum(rate, 0.9))
    buying = np.flatnonzero(people.channel[orders.customer] != STORE)
    customer = np.concatenate([orders.customer[buying], browsing])
    order = np.concatenate([buying, np.full(len(browsing), -1)])
    is_known = (order >= 0) | (chance.random(len(customer)) >= of.anonymous_rate)
    channel = np.where(people.channel[customer] == STORE, 0, people.channel[customer]).astype(np.int8)
    hour = people.hour[customer] + chance.normal(0, of.visit_hour_spread, len(customer))
    start = np.clip(3600 * hour + chance.integers(0, 3600, len(customer)), 0, LAST_START).astype(np.int64)
    return Visits(customer, is_known, channel, order, start)


def act(world: World, market: Market, visits: Visits, lines: Lines, day: int) -> Events:
    """The events of the day's visits."""
    chance = stream(world.seed, "events", day)
    viewed = view_products(world, market, visits, chance)
    parts = [arrive(world, visits, chance), viewed, *react(world, viewed, chance), *buy(visits, lines, chance)]
    parts.insert(1, search(world, viewed, chance))
    return put_in_order(visits, parts, world.known.behaviour, chance)


def deeds(
    visit: IntArray, kind: int, moment: FloatArray, product: IntArray | None = None, query: IntArray | None = None
) -> Deeds:
    nothing = np.full(len(visit), NO_PRODUCT)
    kinds = np.full(len(visit), kind, dtype=np.int8)
    return Deeds(visit, kinds, nothing if product is None else product, nothing if query is None else query, moment)


def arrive(world: World, visits: Visits, chance: np.random.Generator) -> Deeds:
    every = np.arange(len(visits.customer))
    logs_in = every[visits.is_known & (chance.random(len(every)) < world.known.behaviour.login_rate)]
    kinds = np.r_[np.full(len(every), VISIT), np.full(len(logs_in), LOGIN)].astype(np.int8)
    nothing = np.full(len(kinds), NO_PRODUCT)
    moments = np.r_[np.full(len(every), -2.0), np.full(len(logs_in), -1.0)]
    return Deeds(np.r_[every, logs_in], kinds, nothing, nothing, moments)


def view_products(world: World, market: Market, visits: Visits, chance: np.random.Generator) -> Deeds:
    """Products looked at, by the customer's tastes."""
    counts = 1 + chance.poisson(world.known.behaviour.views, len(visits.customer))
    visit = np.repeat(np.arange(len(counts)), counts)
    rows = visits.customer[visit]
    category = draw_categories(world, rows, chance)
    product = draw_products(Choice(world.known, world.people, world.catalogue, market), rows, category, chance)
    found = product != NOTHING
    return deeds(visit[found], VIEW, chance.random(int(found.sum())), product[found])


def draw_categories(world: World, rows: IntArray, chance: np.random.Generator) -> IntArray:
    """One category for each row by the customer's shares."""
    luck = chance.random(len(rows), dtype=np.float32)
    drawn = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), 100_000):
        part = slice(start, start + 100_000)
        edges = np.cumsum(world.people.shares[rows[part]], axis=1)
        drawn[part] = (edges <= luck[part, None]).sum(axis=1)
    return np.minimum(drawn, world.catalogue.categories - 1)


def search(world: World, viewed: Deeds, chance: np.random.Generator) -> Deeds:
    """Searches just before a view of what was looked for, in one of a few wordings."""
    rate = world.known.behaviour.searches / (1 + world.known.behaviour.views)
    asked = np.flatnonzero(chance.random(len(viewed.visit)) < rate)
    wording = chance.integers(0, QUERIES_PER_CATEGORY, len(asked))
    query = world.catalogue.category[viewed.product[asked]] * QUERIES_PER_CATEGORY + wording
    return deeds(viewed.visit[asked], SEARCH, viewed.moment[asked] - 1e-6, query=query)


def react(world: World, viewed: Deeds, chance: np.random.Generator) -> list[Deeds]:
    """Carts that are abandoned, wishes and shares."""
    of, count = world.known.behaviour, len(viewed.visit)
    luck = chance.random((4, count))
    carted = luck[0] < of.cart_rate
    chosen = {CART_ADD: carted, CART_REMOVE: carted & (luck[1] < of.remove_rate)}
    chosen |= {WISHLIST: luck[2] < of.wish_rate, SHARE: luck[3] < of.share_rate}
    later = {CART_ADD: 1e-6, CART_REMOVE: 2.0, WISHLIST: 2e-6, SHARE: 3e-6}
    return [
        deeds(viewed.visit[which], kind, viewed.moment[which] + later[kind], viewed.product[which])
        for kind, which in chosen.items()
    ]


def buy(visits: Visits, lines: Lines, chance: np.random.Generator) -> list[Deeds]:
    """What is bought online was looked at and put into the cart."""
    visit_of_order = np.full(int(lines.order.max(initial=-1)) + 1, -1)
    made = np.flatnonzero(visits.order >= 0)
    visit_of_order[visits.order[made]] = made
    visit = visit_of_order[lines.order]
    online = visit >= 0
    moment = chance.random(int(online.sum()))
    return [
        deeds(visit[online], VIEW, moment, lines.product[online]),
        deeds(visit[online], CART_ADD, moment + 1e-6, lines.product[online]),
    ]


def put_in_order(visits: Visits, parts: list[Deeds], of: SimpleNamespace, chance: np.random.Generator) -> Events:
    visit, kind, product, query, moment = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("visit", "kind", "product", "query", "moment")
    )
    order = np.argsort(visit + (moment + 2) / 8, kind="stable")
    visit, kind = visit[order], kind[order]
    place = np.arange(len(visit)) - np.searchsorted(visit, visit)
    seconds = visits.start[visit] + np.minimum(PAGE_SECONDS * place, 3_000)
    dwelled = np.round(of.dwell_seconds * np.exp(chance.normal(0, of.dwell_spread, len(visit))), 1)
    return Events(visit, kind, product[order], query[order], np.where(kind == VIEW, dwelled, np.nan), seconds)
