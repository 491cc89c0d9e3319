"""Messages of a day reach customers: which offer each attends to from now on, and what it does to their next baskets.

A customer attends to one offer at a time, the most appealing of those in hand; every message tires.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import FloatArray, IntArray
from simulator.chance import stream
from simulator.market import Market
from simulator.offers import Offer, offer_of_code
from simulator.people import MESSAGE_CHANNELS
from simulator.response import (
    Amounts,
    Shift,
    Use,
    appeal,
    common_amounts,
    expected_lines,
    pays_to_sell_on,
    pull,
    shift_basket,
    shifted_lines,
    use_of_basket,
)
from simulator.world import NEVER, World
from warehouse.arms import WITHHELD

NO_ARM = ""
CHUNK = 100_000  # customers answered at once


@dataclass(frozen=True)
class Messages:
    """n assignments of a day: customer row, offer code, channel number, arm ("" without a lottery), its probability."""

    rows: IntArray
    offer: IntArray
    channel: NDArray[np.int8]
    arm: NDArray[np.str_]
    probability: FloatArray

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        return ~np.isin(self.arm, WITHHELD)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Answer:
    """How n customers answer one offer; in order of computation: lines before and with it, use, appeal and pull."""

    lines: FloatArray
    shift: Shift
    shifted: FloatArray
    use: Use
    appeal: FloatArray
    pull: FloatArray


def no_messages() -> Messages:
    nothing = np.empty(0, dtype=np.int64)
    return Messages(nothing, nothing, nothing.astype(np.int8), nothing.astype("U11"), nothing.astype(float))


def belongs_to(world: World, rows: IntArray, audience: str, day: int) -> NDArray[np.bool_]:
    """Whether customers are in an offer's audience by what is on record on the evening before."""
    state, of = world.state, world.known.offers
    first, last = state.first_order[rows], state.last_order[rows]
    is_new = (first == NEVER) | (day - first <= of.new_days)
    is_lapsed = (last != NEVER) & (day - last >= of.lapsed_days)
    groups = {"new": is_new, "lapsed": is_lapsed, "active": (last != NEVER) & ~is_lapsed}
    return groups.get(audience, np.ones(len(rows), dtype=bool))


def is_tempted(world: World, rows: IntArray, offer: Offer) -> NDArray[np.bool_]:
    """Who stocks up to sell on cares for what is much reduced alone."""
    return ~world.people.stocks_up[rows] | pays_to_sell_on(offer, world.known)


def answer(
    world: World, market: Market, offer: Offer, rows: IntArray, channel: NDArray[np.int8], day: int, amounts: Amounts
) -> Answer:
    """Answer of customers (n rows) to one offer sent on a day; `amounts` are line amounts as customers see them."""
    known, people = world.known, world.people
    may_use = belongs_to(world, rows, offer.audience, day) & is_tempted(world, rows, offer)
    lines = expected_lines(people, rows, market)
    shift = shift_basket(offer, known, np.where(may_use, people.lift[rows], 0.0), lines)
    shifted = shifted_lines(offer, shift, lines)
    use = use_of_basket(offer, known, shifted, amounts, np.where(may_use, people.remembered[rows], 0.0))
    appeals = appeal(use, lines, amounts)
    return Answer(
        lines, shift, shifted, use, appeals, pull(known, people, rows, appeals, channel, world.state.fatigue[rows])
    )


def is_allowed(world: World, rows: IntArray, channel: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether each customer allows the channel a message comes through."""
    return (channel >= 0) & world.state.consents[rows, np.maximum(channel, 0)]


def allowed_channel(world: World, rows: IntArray) -> NDArray[np.int8]:
    """Each customer's own channel if it is allowed or none is, else the first that is."""
    allows, own = world.state.consents[rows], world.people.message_channel[rows]
    return np.where(is_allowed(world, rows, own) | ~allows.any(axis=1), own, allows.argmax(axis=1)).astype(np.int8)


def deliverable(world: World, messages: Messages) -> Messages:
    """The assignments through channels their customers allow; the others never take place and are on no record."""
    reaches = is_allowed(world, messages.rows, messages.channel)
    return Messages(*(column[reaches] for column in vars(messages).values()))


def receive(world: World, market: Market, messages: Messages, day: int) -> None:
    """Let customers attend to the most appealing of what they hold and what came today; a message tires."""
    shown = np.flatnonzero(messages.is_shown)
    amounts = common_amounts(world.known, world.catalogue, market)
    for code in np.unique(messages.offer[shown]):
        offer = offer_of_code(world.known, world.catalogue, world.customers, world.seed, code)
        of_offer = shown[messages.offer[shown] == code]
        for start in range(0, len(of_offer), CHUNK):
            part = of_offer[start : start + CHUNK]
            attend(world, market, offer, int(code), messages.rows[part], messages.channel[part], day, amounts)
    reached = np.unique(messages.rows[shown])
    world.state.fatigue[reached] += 1
    withdraw(world, messages.rows[shown], messages.channel[shown], day)


def attend(
    world: World,
    market: Market,
    offer: Offer,
    code: int,
    rows: IntArray,
    channel: NDArray[np.int8],
    day: int,
    amounts: Amounts,
) -> None:
    """Replace what customers hold where the offer appeals more to them."""
    state = world.state
    known = answer(world, market, offer, rows, channel, day, amounts)
    holds_nothing = state.held_until[rows] < day
    is_better = holds_nothing | (known.appeal > state.held_appeal[rows])
    chosen = rows[is_better]
    state.held[chosen] = code
    state.held_until[chosen] = offer.last_day
    state.held_appeal[chosen] = known.appeal[is_better]
    state.held_pull[chosen] = known.pull[is_better]
    state.held_rise[chosen] = known.shift.rise[is_better]
    state.held_rest[chosen] = known.shift.rest[is_better]


def withdraw(world: World, rows: IntArray, channel: NDArray[np.int8], day: int) -> None:
    """Some of those who got a message forbid the channel."""
    luck = stream(world.seed, "withdraw", day).random(len(rows))
    annoyed = (luck < world.known.people.withdraw_rate) & (channel >= 0)
    world.state.consents[rows[annoyed], channel[annoyed]] = False


def relax(world: World) -> None:
    """A night passes: fatigue halves in its half-life."""
    world.state.fatigue *= np.float32(0.5 ** (1 / world.known.response.fatigue_half_life))


def channels_of(names: list[str | None]) -> NDArray[np.int8]:
    """Numbers of message channels by name; -1 for one that is nobody's."""
    numbers = {name: number for number, name in enumerate(MESSAGE_CHANNELS)}
    return np.array([numbers.get(name or "", -1) for name in names], dtype=np.int8)
