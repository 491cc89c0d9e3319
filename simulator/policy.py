"""What the shop itself sends before anybody decides for it: its mailing by the usual rule, and a weekly experiment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.market import open_market
from simulator.messages import NO_ARM, Messages, allowed_channel, answer, no_messages
from simulator.offers import Offer, active_offers, code_of
from simulator.people import ABUSER, MESSAGE_CHANNELS, PUT_OFF
from simulator.records import is_week_start
from simulator.response import common_amounts
from simulator.world import NO_OFFER, World
from warehouse.arms import EXPLORATION, HOLDOUT

# The deepest offers for everybody, by kind: what a shop without a model gives its best customers.
GENEROUS = ("spend_threshold", "amount_off", "percent_off")
NO_LIMIT = 10**9


@dataclass(frozen=True)
class Reach:
    """Customers who may get a message, each with a channel they allow."""

    rows: IntArray
    channel: NDArray[np.int8]

    def part(self, chosen: NDArray[np.bool_]) -> "Reach":
        return Reach(self.rows[chosen], self.channel[chosen])


def send_own(world: World, day: int) -> Messages:
    """The week's messages on its first day: a lottery among some customers; of the rest some claim an offer on the
    shop's page, and some get one by the shop's rule."""
    if not is_week_start(world, day):
        return no_messages()
    reach = reachable(world, day)
    luck = stream(world.seed, "own messages", day).random(len(world.people))[reach.rows]
    in_test = luck < world.known.offers.experiment_rate
    offers = active_offers(world.known, world.catalogue, world.customers, world.seed, day)
    test = draw_lots(world, reach.part(in_test), offers, day)
    claims = claim_offers(world, reach.part(~in_test), within_limits(offers, test), day)
    is_left = ~in_test & ~np.isin(reach.rows, claims.rows)
    mailing = mail_the_likeliest(world, reach.part(is_left), offers)
    joined = [np.concatenate([getattr(part, name) for part in (test, claims, mailing)]) for name in vars(test)]
    return Messages(*joined)


def reachable(world: World, day: int) -> Reach:
    """Registered customers with a consent; through their own channel if they allow it, else the first they do."""
    count = world.registered(day)
    rows = np.flatnonzero(world.state.consents[:count].any(axis=1))
    return Reach(rows, allowed_channel(world, rows))


def draw_lots(world: World, reach: Reach, offers: tuple[Offer, ...], day: int) -> Messages:
    """Every customer draws one offer, each as likely, and then whether it is shown."""
    shown = world.known.offers.shown_rate
    chance = stream(world.seed, "experiment", day)
    codes = np.array([code_of(offer.offer_id) for offer in offers])
    drawn = codes[chance.integers(0, len(codes), len(world.people))[reach.rows]]
    is_shown = chance.random(len(world.people))[reach.rows] < shown
    probability = np.where(is_shown, shown, 1 - shown) / len(codes)
    arm = np.where(is_shown, EXPLORATION, HOLDOUT).astype("U11")
    return Messages(reach.rows, drawn, reach.channel, arm, probability)


def within_limits(offers: tuple[Offer, ...], sent: Messages) -> dict[int, tuple[Offer, int]]:
    """Offers by code with the copies that may still be issued; a limit is far above what the lottery shows."""
    codes, counts = np.unique(sent.offer[sent.is_shown], return_counts=True)
    issued = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    return {
        code: (offer, max(offer.issue_limit - issued.get(code, 0), 0) if offer.issue_limit else NO_LIMIT)
        for offer in offers
        for code in (code_of(offer.offer_id),)
    }


def claim_offers(world: World, reach: Reach, offers: dict[int, tuple[Offer, int]], day: int) -> Messages:
    """Some look at the shop's page of offers and claim what appeals most to them: abusers nearly every week."""
    luck = stream(world.seed, "claims", day).random(len(world.people))[reach.rows]
    rates = np.array([*world.known.offers.claim_rates, world.known.abuse.claim_rate])
    comes = luck < rates[world.people.kind[reach.rows]]
    rows, channel = reach.rows[comes], reach.channel[comes]
    market = open_market(world.known, world.catalogue, world.seed, day, world.state.stock > 0)
    amounts = common_amounts(world.known, world.catalogue, market)
    best, appeal = np.full(len(rows), NO_OFFER, dtype=np.int64), np.zeros(len(rows))
    for code, (offer, left) in offers.items():
        found = answer(world, market, offer, rows, channel, day, amounts).appeal
        better = np.flatnonzero(found > appeal)[:left]
        best[better], appeal[better] = code, found[better]
    claims = np.flatnonzero(best != NO_OFFER)
    arm = np.full(len(claims), NO_ARM, dtype="U11")
    return Messages(rows[claims], best[claims], channel[claims], arm, unknown(len(claims)))


def mail_the_likeliest(world: World, reach: Reach, offers: tuple[Offer, ...]) -> Messages:
    """The customers with most orders so far get the generous offers in turn; nobody drew lots."""
    wanted = int(world.known.offers.legacy_rate * world.customers)
    orders = world.state.orders[reach.rows]
    best = np.argsort(-orders, kind="stable")[: min(wanted, int((orders > 0).sum()))]
    codes = np.array([code_of(offer.offer_id) for kind in GENEROUS for offer in offers if offer.kind == kind])
    given = codes[np.arange(len(best)) % len(codes)]
    arm = np.full(len(best), NO_ARM, dtype="U11")
    return Messages(reach.rows[best], given, reach.channel[best], arm, unknown(len(best)))


def unknown(count: int) -> FloatArray:
    return np.full(count, np.nan)


def give_consents(world: World, day: int) -> None:
    """Newcomers choose their channels; some who withdrew come back."""
    since = 0 if day == 0 else world.registered(day - 1)
    chance = stream(world.seed, "consents", day)
    luck = chance.random((len(world.people), len(MESSAGE_CHANNELS)), dtype=np.float32)
    now = world.registered(day)
    of = world.known.people
    kind = world.people.kind[since:now, None]
    rates = np.array(of.consent_rates) * np.where(kind == PUT_OFF, of.put_off_consent, 1.0)
    world.state.consents[since:now] = luck[since:now] < np.where(kind == ABUSER, world.known.abuse.consent, rates)
    back = luck[:since] < world.known.people.regrant_rate
    world.state.consents[:since] |= back
