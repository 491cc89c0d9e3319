"""The truth in closed form says what the simulated days do: two shops with the same luck, one of them with messages.

What is measured comes from the shop's own books. Every customer gets one of the week's offers by lot; means over all
customers, over each kind of customer and over each offer are held against the truth in standard errors.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator import oracle, parameters, world
from simulator.catalogue import FloatArray, IntArray
from simulator.choice import Choice, own_amounts
from simulator.day import live_day
from simulator.messages import NO_ARM, Messages, no_messages
from simulator.offers import Offer, active_offers, code_of, offer_of_code
from simulator.oracle import Values
from simulator.people import FIRST_CUSTOMER, KINDS, NO_RING
from simulator.response import expected_lines
from simulator.world import ACTIVE, LAPSED, NEW, World

CUSTOMERS, PRODUCTS, SEED, MONDAY, WEEK = 150_000, 120, 5, 12, 7
STAGES = {"new": NEW, "active": ACTIVE, "lapsed": LAPSED}
ENDLESS = 1e9
FEWEST = 30  # customers with anything to count: of fewer the mean is not normally distributed
MOST = 4.0  # standard errors; of a hundred fair comparisons one lies beyond in 150 seeds


@dataclass(frozen=True)
class Books:
    """Of each customer in a week: orders, margin net of offers, what used offers cost, offers used, orders borrowed."""

    orders: FloatArray
    margin: FloatArray
    spent: FloatArray
    used: FloatArray
    skips: FloatArray


@dataclass(frozen=True)
class Week:
    """A Monday's world, the offer each reachable customer got, and what both shops' books say of the week."""

    before: World
    rows: IntArray
    offer: IntArray
    channel: NDArray[np.int8]
    with_messages: Books
    without: Books


@pytest.fixture(scope="module")
def week() -> Week:
    made = begin()
    chance = np.random.default_rng(1)
    rows = np.flatnonzero(made.people.registered_on[: len(made.people)] <= MONDAY)
    offers = active_offers(made.known, made.catalogue, made.customers, made.seed, MONDAY)
    codes = np.array([code_of(offer.offer_id) for offer in offers])[chance.integers(0, len(offers), len(rows))]
    channel = chance.integers(0, 3, len(rows)).astype(np.int8)
    lottery = Messages(rows, codes, channel, np.full(len(rows), NO_ARM), np.full(len(rows), np.nan))
    return Week(made, rows, codes, channel, live_week(made, lottery), live_week(made, no_messages()))


def begin() -> World:
    """A shop on a Monday whose customers are tired to different degrees and whose goods never run out."""
    known = parameters.load()
    known.people.visits = [0.0] * 4  # visits without an order change nothing
    known.offers.legacy_rate = known.offers.experiment_rate = 0.0
    made = world.create(CUSTOMERS, PRODUCTS, 30, SEED, known)
    while made.next_day < MONDAY:
        live_well_stocked(made, no_messages())
    made.state.fatigue[:] = np.random.default_rng(2).choice([0, 1, 3], len(made.people))
    return made


def live_well_stocked(made: World, messages: Messages) -> dict:
    if made.next_day:
        made.state.stock[:] = ENDLESS
    lived = live_day(made, lambda *_: messages)
    return lived.tables | {"spend": lived.spend}


def live_week(before: World, messages: Messages) -> Books:
    made = copy.deepcopy(before)
    count = len(made.people)
    books = Books(*(np.zeros(count) for _ in range(5)))
    for ahead in range(WEEK):
        write_down(books, made, live_well_stocked(made, messages if ahead == 0 else no_messages()))
    books.skips[:] = made.state.skip.astype(float) - before.state.skip
    return books


def write_down(books: Books, made: World, tables: dict) -> None:
    orders, items, spend = (tables[name] for name in ("orders", "order_items", "spend"))
    buyer = orders["customer_id"].to_numpy() - FIRST_CUSTOMER
    of_order = np.searchsorted(orders["order_id"].to_numpy(), items["order_id"].to_numpy())
    product = items["product_id"].to_numpy() - int(made.catalogue.product_id[0])
    margin = items["net_amount"].to_numpy() - items["quantity"].to_numpy() * made.catalogue.cost[product]
    np.add.at(books.orders, buyer, 1)
    np.add.at(books.margin, buyer[of_order], margin)
    user = spend["customer_id"].to_numpy() - FIRST_CUSTOMER
    cost = spend["cost"].to_numpy()
    codes = np.array([code_of(name) for name in spend["offer_id"].to_pylist()], dtype=int)
    np.add.at(books.spent, user, cost)
    np.add.at(books.used, user, 1)
    np.subtract.at(books.margin, user, np.where(costs_beside_the_till(made, codes), cost, 0))


def costs_beside_the_till(made: World, codes: IntArray) -> np.ndarray:
    """Points and gifts are not in what the customer pays."""
    apart = [code for code in np.unique(codes) if find(made, code).discount_type in {"points", "gift"}]
    return np.isin(codes, apart)


def find(made: World, code: int) -> Offer:
    return offer_of_code(made.known, made.catalogue, made.customers, made.seed, code)


def compare(week: Week, truth: Values) -> dict[str, float]:
    """Distance of each mean from the truth in standard errors, by quantity and group of customers."""
    rows, message = week.rows, week.before.known.response.message_cost
    own = week.before.people.ring[rows] == NO_RING  # a ring's first account pays back for the others
    change = {
        name: (getattr(week.with_messages, name) - getattr(week.without, name))[rows] for name in vars(week.without)
    }
    paid_back = change["skips"] * usual_margin(week)
    measured = {
        "orders": (change["orders"], truth.orders_with - truth.orders_without),
        "used": (change["used"], truth.redemption),
        "spent": (change["spent"], truth.cost - message),
        "borrowed": (paid_back * own, truth.borrowed * own),
        "value": ((change["margin"] - paid_back - message) * own, truth.incremental_margin * own),
    }
    pairs = {
        f"{name}, {group}": (seen[members], true[members])
        for name, (seen, true) in measured.items()
        for group, members in groups(week).items()
    }
    return {name: distance(seen, true) for name, (seen, true) in pairs.items() if np.sum(seen != 0) >= FEWEST}


def usual_margin(week: Week) -> FloatArray:
    """Expected margin of a wish to buy without an offer."""
    made = week.before
    market = oracle.market_of(made, MONDAY)
    return (
        expected_lines(made.people, week.rows, market)
        * own_amounts(Choice(made.known, made.people, made.catalogue, market), week.rows).margin
    ).sum(axis=1)


def groups(week: Week) -> dict[str, np.ndarray]:
    kind = week.before.people.kind[week.rows]
    by_kind = {name: kind == number for number, name in enumerate(KINDS)}
    by_stage = {name: week.before.state.stage[week.rows] == stage for name, stage in STAGES.items()}
    by_offer = {find(week.before, code).title: week.offer == code for code in np.unique(week.offer)}
    return {"everybody": np.ones(len(kind), dtype=bool)} | by_kind | by_stage | by_offer


def distance(seen: FloatArray, true: FloatArray) -> float:
    """Of the mean difference from zero, in its own standard errors."""
    apart = seen - true
    return float(apart.mean() / (apart.std() / np.sqrt(len(apart))))


def value(week: Week, made: World) -> Values:
    return oracle.value_pairs(made, week.rows, week.offer, week.channel, MONDAY)


def test_the_truth_is_what_the_days_do(week: Week) -> None:
    distances = compare(week, value(week, week.before))
    assert {name: one for name, one in distances.items() if abs(one) >= MOST} == {}


def without_people(week: Week, **values: float) -> Values:
    people = copy.deepcopy(week.before.people)
    for name, one in values.items():
        getattr(people, name)[:] = one
    return value(week, replace(week.before, people=people))


def without_response(week: Week, **values: float) -> Values:
    known = copy.deepcopy(week.before.known)
    vars(known.response).update(values)
    return value(week, replace(week.before, known=known))


def without_cost(week: Week) -> Values:
    true = value(week, week.before)
    return replace(true, incremental_margin=true.incremental_margin + true.cost)


def without_use_up(week: Week) -> Values:
    """As if an offer could be used again and again."""
    true = value(week, week.before)
    return replace(true, redemption=-np.log1p(-np.minimum(true.redemption, 0.99)))


LEFT_OUT: dict[str, Callable[[Week], Values]] = {
    "pull-forward": lambda week: without_people(week, pull_forward=0),
    "the cost": without_cost,
    "aversion": lambda week: without_people(week, aversion=0),
    "forgetting": lambda week: without_people(week, remembered=1),
    "persuasion": lambda week: without_people(week, strength=0),
    "bigger baskets": lambda week: without_people(week, lift=0),
    "fatigue": lambda week: without_response(week, fatigue=0),
    "the wrong channel": lambda week: without_response(week, other_channel=1),
    "using it once": without_use_up,
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_a_truth_that_left_something_out_would_be_noticed(week: Week, what: str) -> None:
    distances = compare(week, LEFT_OUT[what](week))
    assert max(abs(one) for one in distances.values()) > MOST
