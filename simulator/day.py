"""One day of the simulated shop, from the morning's messages to the evening's records."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulator import baskets, records, sessions, supply
from simulator.market import open_market
from simulator.messages import Messages, receive, relax
from simulator.policy import give_consents
from simulator.world import World

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Lived:
    """What the shop writes down, and what its offers cost it: a row per use, known to the truth alone."""

    tables: Tables
    spend: pa.Table


Sender = Callable[[World, int], Messages]


def live_day(world: World, send: Sender) -> Lived:
    """Live `world.next_day`: customers meet the messages `send` gives, buy, look around; gives the day's tables."""
    day = world.next_day
    if day == 0:
        supply.open_stores(world)
    supply.receive_goods(world)
    market = open_market(world.known, world.catalogue, world.seed, day, world.state.stock > 0)
    baskets.live_on(world, day)
    consents = world.state.consents.copy()
    give_consents(world, day)
    messages = send(world, day)
    receive(world, market, messages, day)
    wishes = baskets.want_to_buy(world, day)
    made, lines = baskets.fill_baskets(world, market, wishes, day)
    visits = sessions.pay_visits(world, made, day)
    acts = sessions.act(world, market, visits, lines, day)
    tables = {
        "customers": records.customers(world, day),
        "products": records.products(world, day),
        "campaigns": records.campaigns(world, day),
        "offers": records.offers(world, day),
        "offer_products": records.offer_products(world, day),
        "orders": records.orders(world, made, order_seconds(world, made, visits), day),
        "order_items": records.order_items(world, made, lines, day),
        "redemptions": records.redemptions(world, made, lines, day),
        "exposures": records.exposures(world, messages, day),
        "events": records.events(world, visits, acts, day),
        "ratings": records.ratings(world, day),
        "returns": records.returns(world, day),
        "consents": records.consents(world, consents, day),
        "competitor_prices": records.competitor_prices(world, market, day),
        "store_promotions": records.store_promotions(world, market, day),
    }
    baskets.remember(world, made, day)
    records.keep_lines(world, made, lines, day)
    supply.sell(world, np.bincount(lines.product, lines.units, minlength=world.catalogue.products).astype(float))
    tables["stock"] = records.stock(world, day)
    relax(world)
    world.next_day += 1
    filled = {name: columns for name, columns in tables.items() if columns and len(next(iter(columns.values())))}
    return Lived(
        {name: pa.table(columns) for name, columns in filled.items()}, pa.table(records.spend(world, made, lines))
    )


def order_seconds(world: World, made: baskets.Orders, visits: sessions.Visits) -> np.ndarray:
    """Orders are paid near the end of their visit; in the store at the customer's hour."""
    seconds = world.people.hour[made.customer].astype(np.int64) * 3600 + 1800
    ended = np.flatnonzero(visits.order >= 0)
    seconds[visits.order[ended]] = visits.start[ended] + 3_300
    return seconds
