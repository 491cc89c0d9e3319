"""What only the simulator knows, as tables: customers' answers, elasticities, factors, and what each offer is worth."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import oracle
from simulator.calendar import date_of
from simulator.catalogue import FloatArray
from simulator.choice import Choice, product_weights
from simulator.names import category_name
from simulator.people import FIRST_CUSTOMER, KINDS, MESSAGE_CHANNELS
from simulator.policy import reachable
from simulator.world import World

SAMPLE = 20_000  # customers over whom elasticities are averaged
PERSONAL = ("intents", "visits", "lines", "sensitivity", "strength", "aversion", "remembered", "pull_forward", "lift")


def write(world: World, truth: Path) -> None:
    """Everything about the world as it stands on the morning of its next day."""
    write_table(truth / "customers.parquet", pa.table(customers(world)))
    write_table(truth / "products.parquet", pa.table(products(world)))
    write_table(truth / "categories.parquet", pa.table(categories(world)))
    write_responses(world, truth)


def write_table(file: Path, table: pa.Table) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, compression="zstd")


def customers(world: World) -> dict[str, object]:
    """One row per registered customer: kind, ring and what governs the answers."""
    people, count = world.people, world.registered(world.next_day)
    return {
        "customer_id": people.customer_id[:count],
        "kind": pa.array([KINDS[kind] for kind in people.kind[:count]]),
        "is_abuser": people.kind[:count] == KINDS.index("abuser"),
        "stocks_up": people.stocks_up[:count],
        "ring": pa.array(people.ring[:count], mask=people.ring[:count] < 0),
        "first_account_id": people.household[:count].astype(np.int64) + FIRST_CUSTOMER,
        "message_channel": pa.array([MESSAGE_CHANNELS[one] for one in people.message_channel[:count]]),
        **{name: getattr(people, name)[:count] for name in PERSONAL},
        "factors": as_lists(people.tastes[:count]),
        "category_shares": as_lists(people.shares[:count]),
    }


def as_lists(values: FloatArray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def products(world: World) -> dict[str, object]:
    """One row per product: factors, cost and the elasticities of its units to its own and its competitors' price."""
    of = world.catalogue
    own, cross = product_elasticities(world)
    return {
        "product_id": of.product_id,
        "category": pa.array([category_name(one) for one in of.category]),
        "popularity": of.popularity,
        "cost": of.cost,
        "own_elasticity": own,
        "competitor_elasticity": cross,
        "price_varies": ~of.has_fixed_prices[of.category],
        "factors": as_lists(of.factors),
    }


def product_elasticities(world: World) -> tuple[FloatArray, FloatArray]:
    """Change of a product's expected units in % per % of its own price and of its competitors' mean price.

    Exact derivative of the model at today's prices, averaged over customers by their expected units u of the product,
    with P the customer's chance of it within the category and s its share of the category's weight:
    own = Σ u e b (1 − P) / Σ u + g e s, cross = Σ u x (1 − P) / Σ u + g x s, where e is the category's elasticity, b
    the customer's sensitivity, x its cross-elasticity and g the category's growth.
    """
    market = oracle.market_of(world, max(world.next_day - 1, 0))
    known, people, of = world.known, world.people, world.catalogue
    rows = np.unique(np.linspace(0, max(world.registered(world.next_day) - 1, 0), SAMPLE).astype(np.int64))
    choice = Choice(known, people, of, market)
    own, cross = np.full(of.products, np.nan), np.full(of.products, np.nan)
    wishes = (people.intents * people.lines)[rows]
    for category in range(of.categories):
        first, last = of.bounds[category], of.bounds[category + 1]
        chances = product_weights(choice, rows, category).astype(np.float64)
        chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
        units = chances * (wishes * people.shares[rows, category])[:, None]
        total = np.maximum(units.sum(axis=0), 1e-12)
        share = market.weight[first:last] / max(market.weight[first:last].sum(), 1e-12)
        left = units * (1 - chances)
        growth = known.prices.category_growth * share
        sensitive = (left * people.sensitivity[rows, None]).sum(axis=0) / total
        own[first:last] = of.elasticity[category] * (sensitive + growth)
        cross[first:last] = of.cross_elasticity[category] * (left.sum(axis=0) / total + growth)
    return own, cross


def categories(world: World) -> dict[str, object]:
    """One row per category: elasticity of its units to all of its prices moving together, season, and factors."""
    of, growth = world.catalogue, world.known.prices.category_growth
    return {
        "category": pa.array([category_name(one) for one in range(of.categories)]),
        "product_elasticity": of.elasticity,
        "category_elasticity": growth * of.elasticity,
        "competitor_elasticity": of.cross_elasticity,
        "price_varies": ~of.has_fixed_prices,
        "season_peak_day": of.peak_day,
        "season_swing": of.swing,
        "weight": of.category_weight,
        "factors": as_lists(of.category_factors),
    }


def write_responses(world: World, truth: Path) -> None:
    """Values of every active offer for every customer who can be reached, on the morning of the next day."""
    day = world.next_day
    reach = reachable(world, day)
    folder = truth / "responses"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"day={date_of(world.known, day)}.parquet"
    writer: pq.ParquetWriter | None = None
    for rows, offer, values in oracle.value_all(world, reach.rows, reach.channel, day):
        count = len(rows)
        columns = {"customer_id": world.people.customer_id[rows], "offer_id": pa.repeat(offer.offer_id, count)}
        table = pa.table(columns | {name: column for name, column in vars(values).items() if name != "appeal"})
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()
