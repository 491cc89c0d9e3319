"""A day's pairs of customer and offer: what each is worth, and what stands in its way whatever it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, IntArray
from ml.deciding.contacts import ALL, complete_limits, has_room_on_channel, remaining_contacts
from ml.deciding.eligibility import (
    Pairs,
    has_room_for_copy,
    is_member,
    is_recent,
    may_contact,
    name_life_cycle,
    rank_tiers,
    suits_audience,
    suits_terms,
    tier_ladder,
)
from ml.deciding.sending import OFFER, Habits, choose_habits
from ml.deciding.spend_control import correct_costs, factors_of
from ml.deciding.value import Worth, value_effects, value_offers
from ml.deciding.world import World


@dataclass(frozen=True)
class Terms:
    """The shop's, the deciding and the planning parameters of ml/params.yml; without the last, profit alone counts."""

    shop: SimpleNamespace
    decide: SimpleNamespace
    plan: SimpleNamespace | None = None


@dataclass(frozen=True)
class Screened:
    """The pairs with channel, worth and barriers; over the customers, what forbids contact with them at all.

    `barriers` say by their words in a reason which pairs they stand in the way of; `contacts_left` is how many more
    contacts the limits over all channels allow each customer.
    """

    world: World
    pairs: Pairs
    worth: Worth
    channel: np.ndarray
    habits: Habits
    issued: IntArray
    barriers: Mapping[str, BoolArray]
    is_under_review: BoolArray
    has_consent: BoolArray
    contacts_left: IntArray
    is_contacted_enough: BoolArray

    @property
    def is_eligible(self) -> BoolArray:
        """Pairs that nothing stands in the way of."""
        return open_pairs(self.barriers)

    @property
    def is_reachable(self) -> BoolArray:
        return self.has_consent & ~self.is_contacted_enough & ~self.is_under_review

    def channel_basis(self, rows: IntArray) -> np.ndarray:
        """What the channel of each pair rests on."""
        is_given = self.world.offers["channel"].notna().to_numpy()[self.pairs.offer[rows]]
        return np.where(is_given, OFFER, self.habits.channel_basis[self.pairs.customer[rows]])

    def has_any(self, holds: BoolArray) -> BoolArray:
        """Whether any pair of each customer holds."""
        return np.bincount(self.pairs.customer[holds], minlength=len(self.world.customers)) > 0


def screen_pairs(world: World, terms: Terms) -> Screened:
    """Value every pair and apply every rule that does not depend on the value."""
    pairs = code_pairs(world)
    contacts, uses = code_contacts(world, world.contacts), code_contacts(world, world.uses)
    clock = (world.day, world.time_zone)
    habits = choose_habits(world.customers, world.consents, world.responses, clock, terms.decide)
    channel = channel_of(world, pairs, habits)
    agrees = agrees_to(world, pairs, channel, terms)
    kinds = world.offers["offer_type"].iloc[pairs.offer]
    wait = terms.decide.reoffer_after_days
    barriers = {
        "meant for other customers": ~suits_customers(world, pairs, terms),
        f"given less than {wait} days ago": is_recent(pairs, contacts, world.day, wait),
        f"used less than {wait} days ago": is_recent(pairs, uses, world.day, wait),
        "given as often as one customer may get it": ~has_room_for_copy(pairs, world.offers, contacts),
        "through a channel not agreed to": ~agrees,
    }
    left = count_contacts_left(world, terms)
    has_room = has_room_on_channel(pairs.customer, channel, left)
    return Screened(
        world=world,
        pairs=pairs,
        worth=correct_costs(value_pairs(world, pairs, terms), factors_of(world.spend_factors, kinds)),
        channel=channel,
        habits=habits,
        issued=count_issued(world),
        barriers=barriers | {"through a channel contacted often enough": ~has_room},
        is_under_review=world.customers["is_under_review"].to_numpy(dtype=bool),
        has_consent=has_consent(world, pairs, agrees, terms),
        contacts_left=left[ALL],
        is_contacted_enough=(left[ALL] == 0) | loses_all(pairs, open_pairs(barriers), has_room, len(world.customers)),
    )


def open_pairs(barriers: Mapping[str, BoolArray]) -> BoolArray:
    return ~np.any(list(barriers.values()), axis=0)


def suits_customers(world: World, pairs: Pairs, terms: Terms) -> BoolArray:
    """Whether each pair's customer is of those the offer is meant for."""
    customers, ladder = world.customers, tier_ladder(world.rulebook.member_tiers, terms.shop)
    rank = rank_tiers(customers["net_amount_last_365_days"], ladder)
    suits = suits_audience(pairs, world.offers, name_life_cycle(customers, terms.shop), is_member(rank, ladder))
    return suits & suits_terms(pairs, world.rulebook.terms_of(world.offers), customers["region"], rank, ladder)


def count_contacts_left(world: World, terms: Terms) -> dict[str, IntArray]:
    limits = complete_limits(
        world.rulebook.contact_limits, terms.decide.contact_limit, terms.decide.contact_window_days
    )
    contacts = world.contacts if world.rulebook.contact_limits.empty else world.channel_contacts
    return remaining_contacts(limits, code_contacts(world, contacts), len(world.customers), world.day)


def loses_all(pairs: Pairs, holds: BoolArray, keeps: BoolArray, customers: int) -> BoolArray:
    """Customers of whose pairs that hold none is kept."""
    before, after = (np.bincount(pairs.customer[rows], minlength=customers) for rows in (holds, holds & keeps))
    return (before > 0) & (after == 0)


def channel_of(world: World, pairs: Pairs, habits: Habits) -> np.ndarray:
    """The offer's own channel, else the customer's."""
    given = world.offers["channel"].to_numpy()[pairs.offer]
    return np.where(pd.isna(given), habits.channel[pairs.customer], given)


def code_pairs(world: World) -> Pairs:
    customer = pd.Index(world.customers["customer_id"]).get_indexer(world.pairs["customer_id"])
    offer = pd.Index(world.offers["offer_id"]).get_indexer(world.pairs["offer_id"])
    if (customer < 0).any() or (offer < 0).any():
        raise ValueError("scores and features do not speak of the same customers and offers")
    return Pairs(customer.astype(np.int64), offer.astype(np.int64), len(world.offers))


def code_contacts(world: World, contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts with the codes of customer and offer; -1 for those that are not known or not active today."""
    customer = pd.Index(world.customers["customer_id"]).get_indexer(contacts["customer_id"])
    offer = pd.Index(world.offers["offer_id"]).get_indexer(contacts["offer_id"])
    return contacts.assign(customer=customer, offer=offer)


def count_issued(world: World) -> IntArray:
    """Copies of each active offer that were really sent so far."""
    sent = code_contacts(world, world.contacts[world.contacts["is_sent"].astype(bool)])
    offer = sent["offer"].to_numpy(dtype=np.int64)
    return np.bincount(offer[offer >= 0], minlength=len(world.offers))


def value_pairs(world: World, pairs: Pairs, terms: Terms) -> Worth:
    propensity = world.pairs["propensity"].to_numpy(dtype=float)
    amount = world.pairs["mean_scope_amount"].to_numpy(dtype=float)
    response = value_offers(propensity, amount, pairs.offer, world.offers, terms.shop, terms.decide.amount_winsor_rate)
    return value_effects(response, world.pairs, terms.decide)


def agrees_to(world: World, pairs: Pairs, channel: np.ndarray, terms: Terms) -> BoolArray:
    names = world.customers["customer_id"].to_numpy()[pairs.customer]
    return may_contact(names, channel, world.consents, terms.decide.consent_when_unknown)


def has_consent(world: World, pairs: Pairs, agrees: BoolArray, terms: Terms) -> BoolArray:
    """Consent to a channel of any active offer; to any channel at all where there is no offer to ask about."""
    asked, agreed = (
        np.bincount(rows, minlength=len(world.customers)) for rows in (pairs.customer, pairs.customer[agrees])
    )
    return np.where(asked > 0, agreed > 0, agrees_to_any(world, terms))


def agrees_to_any(world: World, terms: Terms) -> BoolArray:
    if world.consents.empty:
        return np.full(len(world.customers), terms.decide.consent_when_unknown)
    granted = world.consents[world.consents["is_granted"].astype(bool)]
    return world.customers["customer_id"].isin(granted["customer_id"]).to_numpy()
