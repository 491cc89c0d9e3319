"""Rings in the default world: both kinds are there, come for the offers, and are a loss by the truth."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from simulator import oracle, parameters, world
from simulator.catalogue import FloatArray
from simulator.day import live_day
from simulator.messages import Messages
from simulator.people import ABUSER, FIRST_CUSTOMER, NO_RING, SURE, People
from simulator.policy import send_own
from simulator.world import World

DEFAULT_CUSTOMERS = 20_000


@dataclass
class Lived:
    """A shop after its days: orders, redemptions and known visits by customer; value and chance of use of each offer
    sent to an abuser, with who got it."""

    shop: World
    orders: FloatArray
    redemptions: FloatArray
    visits: FloatArray
    sent: list[tuple[int, float, float]] = field(default_factory=list)

    def send(self, shop: World, day: int) -> Messages:
        messages = send_own(shop, day)
        to = np.flatnonzero(messages.is_shown & (shop.people.kind[messages.rows] == ABUSER))
        values = oracle.value_pairs(shop, messages.rows[to], messages.offer[to], messages.channel[to], day)
        self.sent += zip(
            messages.rows[to].tolist(), values.incremental_margin.tolist(), values.redemption.tolist(), strict=True
        )
        return messages

    def worth(self, stocks_up: bool) -> tuple[FloatArray, FloatArray]:
        """Values and chances of use of what accounts that stock up, or the others, were sent."""
        kept = [(value, use) for row, value, use in self.sent if self.shop.people.stocks_up[row] == stocks_up]
        values, use = np.array(kept).T
        return values, use


@pytest.fixture(scope="module")
def lived() -> Lived:
    shop = world.create(customers=6_000, products=500, days=120, seed=1)
    books = Lived(shop, *(np.zeros(len(shop.people)) for _ in range(3)))
    while shop.next_day < shop.days:
        tables = live_day(shop, books.send).tables
        for name, count in (("orders", books.orders), ("redemptions", books.redemptions), ("events", books.visits)):
            if name in tables:
                known = tables[name]["customer_id"].drop_null().to_numpy().astype(int)
                np.add.at(count, known - FIRST_CUSTOMER, 1)
    return books


def default_people(seed: int) -> People:
    return world.create(DEFAULT_CUSTOMERS, 200, 180, seed).people


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rings_stock_up_at_the_rate_and_which_ones_is_drawn(seed: int) -> None:
    people, known = default_people(seed), parameters.load()
    rings = np.unique(people.ring[people.ring != NO_RING])
    stocking = np.unique(people.ring[people.stocks_up])
    assert len(rings) >= 30
    assert len(stocking) == round(known.abuse.stocking_rate * len(rings))
    assert stocking.tolist() != list(range(len(stocking)))
    assert (people.ring[people.stocks_up] != NO_RING).all()


def test_the_first_account_of_a_ring_is_an_ordinary_busy_customer() -> None:
    people = default_people(1)
    first = np.unique(people.household[people.ring != NO_RING])
    assert (people.kind[first] == SURE).all()
    assert not people.stocks_up[first].any()
    assert people.intents[first].min() > people.intents[people.kind == ABUSER].mean()


def test_abusers_come_for_the_offers(lived: Lived) -> None:
    is_abuser = lived.shop.people.kind == ABUSER
    there = lived.shop.people.registered_on < lived.shop.days
    for stocks_up in (True, False):
        accounts = is_abuser & there & (lived.shop.people.stocks_up == stocks_up)
        assert lived.redemptions[accounts].mean() > 1, stocks_up
    share = lived.redemptions[is_abuser].sum() / lived.orders[is_abuser].sum()
    others = lived.redemptions[~is_abuser].sum() / lived.orders[~is_abuser].sum()
    assert share > 3 * others


def test_abusers_look_around_too(lived: Lived) -> None:
    accounts = (lived.shop.people.kind == ABUSER) & (lived.shop.people.registered_on < 0)
    assert (lived.visits[accounts] > 0).mean() > 0.8


@pytest.mark.parametrize("stocks_up", [True, False])
def test_what_abusers_are_sent_and_what_they_use_is_worth_less_than_nothing(lived: Lived, stocks_up: bool) -> None:
    values, use = lived.worth(stocks_up)
    assert values.mean() < 0
    assert (values * use).sum() / use.sum() < 0
