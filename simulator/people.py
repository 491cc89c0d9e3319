"""Who buys: tastes, habits, how often, and how each answers an offer."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import Catalogue
from simulator.chance import stream

Float32 = NDArray[np.float32]
KINDS = ("persuadable", "sure", "lost", "put_off", "abuser")
SURE, PUT_OFF, ABUSER = (KINDS.index(name) for name in ("sure", "put_off", "abuser"))
CHANNELS = ("web", "app", "social", "store")
MESSAGE_CHANNELS = ("app", "crm", "social")
FIRST_CUSTOMER = 10_000_001
NO_RING = -1


@dataclass(frozen=True)
class People:
    """N customers in the order of registration; what never changes about them.

    `tastes` is N × K, `shares` N × C (shares of the lines by category), `favourites` N × F (product rows). `intents`
    are wishes to buy per active day, `visits` visits without one, `lines` lines per wish. `household` is the row of the
    customer whose device, purse and needs an account serves: its own, or the first account of its ring. The rest is the
    answer to offers, see docs/simulator.md.
    """

    kind: NDArray[np.int8]
    registered_on: NDArray[np.int32]
    tastes: Float32
    shares: Float32
    favourites: NDArray[np.int32]
    intents: Float32
    visits: Float32
    lines: Float32
    sensitivity: Float32
    strength: Float32
    aversion: Float32
    remembered: Float32
    pull_forward: Float32
    lift: Float32
    channel: NDArray[np.int8]
    message_channel: NDArray[np.int8]
    hour: NDArray[np.int8]
    age: NDArray[np.int8]
    source: NDArray[np.int8]
    ring: NDArray[np.int32]
    household: NDArray[np.int32]
    stocks_up: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def customer_id(self) -> NDArray[np.int64]:
        return np.arange(len(self), dtype=np.int64) + FIRST_CUSTOMER


def make_people(known: SimpleNamespace, catalogue: Catalogue, customers: int, days: int, seed: int) -> People:
    """Draw the customers of all days, those who register within and after them included."""
    chance = stream(seed, "people")
    registered_on = draw_registration(known, customers, days, chance)
    customers = len(registered_on)
    ring = draw_rings(known, customers, chance)
    household = find_households(ring)
    is_first = (ring != NO_RING) & (household == np.arange(customers))
    stocks_up = draw_stocking(known, ring, seed) & ~is_first
    kind = chance.choice(len(KINDS) - 1, customers, p=known.people.shares).astype(np.int8)
    kind[ring != NO_RING] = ABUSER
    kind[is_first] = SURE
    tastes = chance.normal(0, 1, (customers, known.world.factors)).astype(np.float32)
    return People(
        kind=kind,
        registered_on=registered_on,
        tastes=tastes,
        shares=category_shares(tastes, catalogue),
        favourites=draw_favourites(known, tastes, catalogue, chance),
        channel=chance.choice(len(CHANNELS), customers, p=known.people.channels).astype(np.int8),
        message_channel=chance.choice(len(MESSAGE_CHANNELS), customers, p=known.people.message_channels).astype(
            np.int8
        ),
        hour=np.clip(chance.normal(known.people.hour_mean, known.people.hour_spread, customers), 6, 23).astype(np.int8),
        age=draw_by_kind(known.people.age_weights, kind, chance),
        source=draw_by_kind(known.people.source_weights, kind, chance),
        ring=ring,
        household=household,
        stocks_up=stocks_up,
        **draw_rates(known, kind, is_first, chance),
        **draw_answers(known, kind, stocks_up, chance),
    )


def find_households(ring: NDArray[np.int32]) -> NDArray[np.int32]:
    """Row of the first account of each ring, the own row outside rings.

    >>> find_households(np.array([-1, 0, -1, 0])).tolist()
    [0, 1, 2, 1]
    """
    own = np.arange(len(ring))
    first = np.full(int(ring.max(initial=NO_RING)) + 1, len(ring))
    np.minimum.at(first, ring[ring != NO_RING], own[ring != NO_RING])
    return (np.where(ring != NO_RING, first[np.maximum(ring, 0)], own) if len(first) else own).astype(np.int32)


def draw_by_kind(weights: list[list[float]], kind: NDArray[np.int8], chance: np.random.Generator) -> NDArray[np.int8]:
    """One of several values for each customer, by weights of the customer's kind (abusers like the persuadable)."""
    rows = np.array([*weights, weights[0]], dtype=float)
    edges = np.cumsum(rows / rows.sum(axis=1, keepdims=True), axis=1)
    return (edges[kind] <= chance.random(len(kind))[:, None]).sum(axis=1).astype(np.int8)


def spread(chance: np.random.Generator, mean: np.ndarray, sigma: float) -> Float32:
    """Log-normal values around a mean."""
    return (mean * np.exp(chance.normal(-(sigma**2) / 2, sigma, len(mean)))).astype(np.float32)


def draw_rates(
    known: SimpleNamespace, kind: NDArray[np.int8], is_first: NDArray[np.bool_], chance: np.random.Generator
) -> dict[str, Float32]:
    of = known.people
    intents = spread(chance, np.array([*of.intents, known.abuse.intents])[kind], of.intents_spread)
    return {
        "intents": np.where(is_first, np.float32(known.abuse.first_account_intents), intents),
        "visits": spread(chance, np.array([*of.visits, known.abuse.visits])[kind], of.intents_spread),
        "lines": spread(chance, np.full(len(kind), of.lines), of.lines_spread),
    }


def draw_answers(
    known: SimpleNamespace, kind: NDArray[np.int8], stocks_up: NDArray[np.bool_], chance: np.random.Generator
) -> dict[str, Float32]:
    of = known.response
    is_abuser = kind == ABUSER
    remembered = chance.beta(of.remembered_weight, of.remembered_weight * (1 / of.remembered - 1), len(kind))
    borrowed = np.where(is_abuser, 1.0, of.pull_forward)
    sensitivity = np.where(
        stocks_up, known.abuse.stocking_sensitivity, np.array([*known.people.sensitivity, 1.0])[kind]
    )
    lift = np.where(stocks_up, known.abuse.stocking_lift, np.array([*of.lift, 0.0])[kind])
    return {
        "sensitivity": spread(chance, sensitivity, known.prices.sensitivity_spread),
        "strength": spread(chance, np.array([*of.strength, known.abuse.strength])[kind], of.strength_spread),
        "aversion": spread(chance, np.array([*of.aversion, 0.0])[kind], of.aversion_spread),
        "remembered": np.where(is_abuser, 1.0, remembered).astype(np.float32),
        "pull_forward": borrowed.astype(np.float32),
        "lift": spread(chance, lift, of.lift_spread),
    }


def draw_rings(known: SimpleNamespace, customers: int, chance: np.random.Generator) -> NDArray[np.int32]:
    """Ring of each customer; its accounts are opened within a few days: neighbours in order of registration."""
    ring = np.full(customers, NO_RING, dtype=np.int32)
    size = known.abuse.ring_size
    window = 4 * size
    rings = min(int(customers * known.abuse.rate) // size, customers // window)
    if rings:
        starts = chance.permutation(customers // window)[:rings, None] * window
        members = starts + chance.permuted(np.tile(np.arange(window), (rings, 1)), axis=1)[:, :size]
        ring[members.ravel()] = np.repeat(np.arange(rings, dtype=np.int32), size)
    return ring


def draw_stocking(known: SimpleNamespace, ring: NDArray[np.int32], seed: int) -> NDArray[np.bool_]:
    """Whether each customer's ring stocks up: so many rings of all as the rate says, which ones is drawn."""
    rings = int(ring.max(initial=NO_RING)) + 1
    if not rings:
        return np.zeros(len(ring), dtype=bool)
    stocking = stream(seed, "rings").permutation(rings) < round(known.abuse.stocking_rate * rings)
    return (ring != NO_RING) & stocking[ring]


def draw_registration(
    known: SimpleNamespace, customers: int, days: int, chance: np.random.Generator
) -> NDArray[np.int32]:
    """Day of registration in the order of the customers.

    Of the customers most came before the first day and the rest evenly over the days. As many newcomers again follow in
    as many days after the last, so that a shop that is stepped on keeps growing.
    """
    before = int(customers * known.people.registered_before)
    early = -chance.integers(1, known.people.registered_days, before)
    late = chance.integers(0, max(days, 1), customers - before)
    later = chance.integers(days, 2 * days + 1, customers - before)
    return np.sort(np.concatenate([early, late, later])).astype(np.int32)


def category_shares(tastes: Float32, catalogue: Catalogue) -> Float32:
    """Softmax of category weight and taste: which share of a customer's lines falls into each category (N × C)."""
    pull = tastes @ catalogue.category_factors.T.astype(np.float32)
    pull += np.log(catalogue.category_weight).astype(np.float32)
    np.exp(pull, out=pull)
    pull /= pull.sum(axis=1, keepdims=True)
    return pull


def draw_favourites(
    known: SimpleNamespace, tastes: Float32, catalogue: Catalogue, chance: np.random.Generator
) -> NDArray[np.int32]:
    """Products of habit: of a few drawn by popularity the one that suits the customer best, several times."""
    customers, count, tries = len(tastes), known.people.favourites, known.people.favourite_tries
    popularity = catalogue.popularity * catalogue.category_weight[catalogue.category]
    edges = np.cumsum(popularity) / popularity.sum()
    factors = catalogue.factors.astype(np.float32)
    found = np.empty((customers, count), dtype=np.int32)
    for place in range(count):
        drawn = np.searchsorted(edges, chance.random((customers, tries))).astype(np.int32)
        fits = np.einsum("nk,ntk->nt", tastes, factors[drawn])
        found[:, place] = drawn[np.arange(customers), fits.argmax(axis=1)]
    return found
