"""One day of the simulated shop, from the morning's messages to the evening's records."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulator import baskets, records, sessions, supply
from simulator.market import Market, open_market
from simulator.messages import Messages, receive, relax
from simulator.policy import give_consents
from simulator.world import World

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Lived:
    """What the shop writes down, and what its offers cost it: a row per use, known to the truth alone."""

    tables: Tables
    spend: pa.Table


@dataclass(frozen=True)
class Shopped:
    """What customers did: orders with their lines, visits and what happened in them."""

    made: baskets.Orders
    lines: baskets.Lines
    visits: sessions.Visits
    acts: sessions.Events


Sender = Callable[[World, int], Messages]


def live_day(world: World, send: Sender) -> Lived:
    """Live `world.next_day`: customers meet the messages `send` gives, buy, look around; gives the day's tables."""
    day = world.next_day
    market = open_shop(world, day)
    baskets.live_on(world, day)
    consents = world.state.consents.copy()
    give_consents(world, day)
    messages = send(world, day)
    receive(world, market, messages, day)
    done = shop_around(world, market, day)
    tables = announcements(world, market, day) | doings(world, done, messages, day)
    tables["consents"] = records.consents(world, consents, day)
    close_shop(world, done, day)
    tables["stock"] = records.stock(world, day)
    world.next_day += 1
    return Lived(filled(tables), pa.table(records.spend(world, done.made, done.lines)))


def open_shop(world: World, day: int) -> Market:
    if day == 0:
        supply.open_stores(world)
    supply.receive_goods(world)
    return open_market(world.known, world.catalogue, world.seed, day, world.state.stock > 0)


def shop_around(world: World, market: Market, day: int) -> Shopped:
    wishes = baskets.want_to_buy(world, day)
    made, lines = baskets.fill_baskets(world, market, wishes, day)
    visits = sessions.pay_visits(world, made, day)
    return Shopped(made, lines, visits, sessions.act(world, market, visits, lines, day))


def announcements(world: World, market: Market, day: int) -> dict[str, records.Table]:
    """Who and what is new, and the week's prices and places."""
    return {
        "customers": records.customers(world, day),
        "products": records.products(world, day),
        "campaigns": records.campaigns(world, day),
        "offers": records.offers(world, day),
        "offer_products": records.offer_products(world, day),
        "competitor_prices": records.competitor_prices(world, market, day),
        "store_promotions": records.store_promotions(world, market, day),
    }


def doings(world: World, done: Shopped, messages: Messages, day: int) -> dict[str, records.Table]:
    """What shop and customers did today."""
    return {
        "orders": records.orders(world, done.made, order_seconds(world, done.made, done.visits), day),
        "order_items": records.order_items(world, done.made, done.lines, day),
        "redemptions": records.redemptions(world, done.made, done.lines, day),
        "exposures": records.exposures(world, messages, day),
        "events": records.events(world, done.visits, done.acts, day),
        "ratings": records.ratings(world, day),
        "returns": records.returns(world, day),
    }


def close_shop(world: World, done: Shopped, day: int) -> None:
    """What today leaves behind in customers and shop."""
    baskets.remember(world, done.made, day)
    records.keep_lines(world, done.made, done.lines, day)
    units = np.bincount(done.lines.product, done.lines.units, minlength=world.catalogue.products)
    supply.sell(world, units.astype(float))
    relax(world)


def filled(tables: dict[str, records.Table]) -> Tables:
    """Tables that have rows today."""
    return {
        name: pa.table(columns) for name, columns in tables.items() if columns and len(next(iter(columns.values())))
    }


def order_seconds(world: World, made: baskets.Orders, visits: sessions.Visits) -> np.ndarray:
    """Orders are paid near the end of their visit; in the store at the customer's hour."""
    seconds = world.people.hour[made.customer].astype(np.int64) * 3600 + 1800
    ended = np.flatnonzero(visits.order >= 0)
    seconds[visits.order[ended]] = visits.start[ended] + 3_300
    return seconds
