"""Stock of the simulated shop: sold, ordered again at a level, received after its lead time."""

import numpy as np

from simulator.catalogue import FloatArray
from simulator.market import sum_by_category
from simulator.response import unit_moments
from simulator.world import World


def expect_sales(world: World) -> FloatArray:
    """Units a day by product as the shop would plan them on the first day."""
    people, catalogue = world.people, world.catalogue
    rows = people.registered_on <= 0
    weight = (people.intents * people.lines)[rows]
    by_category = (weight[:, None] * people.shares[rows]).sum(axis=0) if rows.any() else np.zeros(catalogue.categories)
    usual = catalogue.popularity
    share = usual / sum_by_category(catalogue, usual)[catalogue.category]
    return world.known.stock.planned_rate * unit_moments(world.known)[0] * by_category[catalogue.category] * share


def open_stores(world: World) -> None:
    state, of = world.state, world.known.stock
    state.sold[:] = expect_sales(world)
    state.stock[:] = np.ceil(np.maximum(of.start_days * state.sold, of.fewest))


def receive_goods(world: World) -> None:
    """What is due this morning arrives."""
    state = world.state
    state.stock += state.on_order[0]
    state.on_order[:-1] = state.on_order[1:]
    state.on_order[-1] = 0


def sell(world: World, units_sold: FloatArray) -> None:
    """Take the day's sales out, and order up to the cover where stock and orders have fallen to the reorder level."""
    state, of = world.state, world.known.stock
    state.stock -= units_sold
    state.sold += of.smoothing * (units_sold - state.sold)
    position = state.stock + state.on_order.sum(axis=0)
    is_low = position <= np.maximum(of.reorder_days * state.sold, of.fewest - 1)
    quantity = np.where(is_low, np.ceil(np.maximum(of.cover_days * state.sold, of.fewest)), 0.0)
    arrival = np.minimum(world.catalogue.lead_days, len(state.on_order)) - 1
    state.on_order[arrival, np.arange(world.catalogue.products)] += quantity
