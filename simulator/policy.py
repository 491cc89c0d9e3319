"""What the shop itself sends before anybody decides for it: its mailing by the usual rule, and a weekly experiment."""

from dataclasses import dataclass

import numpy as np

from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.messages import NO_ARM, Messages, no_messages
from simulator.offers import Offer, active_offers, code_of
from simulator.people import MESSAGE_CHANNELS, PUT_OFF
from simulator.records import is_week_start
from simulator.world import World

SHOWN, HOLDOUT = "exploration", "holdout"
# The deepest offers for everybody, by kind: what a shop without a model gives its best customers.
GENEROUS = ("spend_threshold", "amount_off", "percent_off")


@dataclass(frozen=True)
class Reach:
    """Customers who may get a message, each with a channel they allow."""

    rows: IntArray
    channel: IntArray


def send_own(world: World, day: int) -> Messages:
    """The week's messages on its first day: a lottery among some customers, the shop's rule for some of the rest."""
    if not is_week_start(world, day):
        return no_messages()
    reach = reachable(world, day)
    luck = stream(world.seed, "own messages", day).random(len(world.people))[reach.rows]
    in_test = luck < world.known.offers.experiment_rate
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, day)
    test = draw_lots(world, Reach(reach.rows[in_test], reach.channel[in_test]), offers, day)
    mailing = mail_the_likeliest(world, Reach(reach.rows[~in_test], reach.channel[~in_test]), offers)
    joined = [np.concatenate([getattr(part, name) for part in (test, mailing)]) for name in vars(test)]
    return Messages(*joined)


def reachable(world: World, day: int) -> Reach:
    """Registered customers with a consent; through their own channel if they allow it, else the first they do."""
    count = world.registered(day)
    allowed = world.state.consents[:count]
    own = world.people.message_channel[:count]
    first = allowed.argmax(axis=1)
    rows = np.flatnonzero(allowed.any(axis=1))
    suits = allowed[rows, own[rows]]
    return Reach(rows, np.where(suits, own[rows], first[rows]))


def draw_lots(world: World, reach: Reach, offers: tuple[Offer, ...], day: int) -> Messages:
    """Every customer draws one offer, each as likely, and then whether it is shown: even chances."""
    chance = stream(world.seed, "experiment", day)
    codes = np.array([code_of(offer.offer_id) for offer in offers])
    drawn = codes[chance.integers(0, len(codes), len(world.people))[reach.rows]]
    is_shown = chance.random(len(world.people))[reach.rows] < 0.5
    probability = np.full(len(reach.rows), 0.5 / len(codes))
    arm = np.where(is_shown, SHOWN, HOLDOUT).astype("U11")
    return Messages(reach.rows, drawn, reach.channel.astype(np.int8), arm, probability)


def mail_the_likeliest(world: World, reach: Reach, offers: tuple[Offer, ...]) -> Messages:
    """The customers with most orders so far get the generous offers in turn; nobody drew lots."""
    wanted = int(world.known.offers.legacy_rate * len(world.people) * 0.8)
    orders = world.state.orders[reach.rows]
    best = np.argsort(-orders, kind="stable")[: min(wanted, int((orders > 0).sum()))]
    codes = np.array([code_of(offer.offer_id) for kind in GENEROUS for offer in offers if offer.kind == kind])
    given = codes[np.arange(len(best)) % len(codes)]
    arm = np.full(len(best), NO_ARM, dtype="U11")
    return Messages(reach.rows[best], given, reach.channel[best].astype(np.int8), arm, unknown(len(best)))


def unknown(count: int) -> FloatArray:
    return np.full(count, np.nan)


def give_consents(world: World, day: int) -> None:
    """Newcomers choose their channels; some who withdrew come back."""
    since = 0 if day == 0 else world.registered(day - 1)
    chance = stream(world.seed, "consents", day)
    luck = chance.random((len(world.people), len(MESSAGE_CHANNELS)), dtype=np.float32)
    now = world.registered(day)
    of = world.known.people
    fewer = np.where(world.people.kind[since:now] == PUT_OFF, of.put_off_consent, 1.0)
    world.state.consents[since:now] = luck[since:now] < np.array(of.consent_rates) * fewer[:, None]
    back = luck[:since] < world.known.people.regrant_rate
    world.state.consents[:since] |= back
