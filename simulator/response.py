"""How customers answer offers: the one place both the simulated days and the truth about them take it from.

Notation of docs/simulator.md. L: expected lines of a wish to buy by category (n × C). a, a2: mean and mean square of a
line's amount (C, or n × C for customers' own). All amounts in currency.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from simulator.catalogue import Catalogue, FloatArray, IntArray
from simulator.market import Market, sum_by_category
from simulator.offers import BASKET, EVERY_CATEGORY, LINE, TWO_LINES, Offer, saving
from simulator.people import People

BoolArray = NDArray[np.bool_]
FLOOR = 0.2  # no offer empties the rest of a basket further than this


@dataclass(frozen=True)
class Amounts:
    """Mean and mean square of what a line costs, by category; for everybody (1 × C) or for each of n customers."""

    mean: FloatArray
    square: FloatArray


@dataclass(frozen=True)
class Shift:
    """What holding an offer does to a basket: lines in scope × (1 + rise), all others × rest (n each)."""

    rise: FloatArray
    rest: FloatArray


@dataclass(frozen=True)
class Use:
    """Per wish to buy with the offer in hand (n each): chance that it is used, and what it takes off on average.

    `saved` is what the customer sees, `cost` what the shop pays.
    """

    probability: FloatArray
    saved: FloatArray
    cost: FloatArray


def expected_lines(people: People, rows: IntArray, market: Market) -> FloatArray:
    """Expected lines of a wish to buy by category (n × C)."""
    return people.shares[rows] * people.lines[rows, None] * market.demand[None, :]


def common_amounts(known: SimpleNamespace, catalogue: Catalogue, market: Market) -> Amounts:
    """Line amounts as the mean customer sees them: products by their weight of the day."""
    weight = np.maximum(sum_by_category(catalogue, market.weight), 1e-12)
    mean = sum_by_category(catalogue, market.weight * market.price) / weight
    square = sum_by_category(catalogue, market.weight * market.price**2) / weight
    units, units_square = unit_moments(known)
    return Amounts((units * mean)[None, :], (units_square * square)[None, :])


def unit_moments(known: SimpleNamespace) -> tuple[float, float]:
    """Mean and mean square of the units of a line, 1 + Poisson."""
    more = known.products.units_more
    return 1 + more, (1 + more) ** 2 + more


def depth(offer: Offer, known: SimpleNamespace) -> float:
    """Saving as a share of what has to be bought for it."""
    if offer.discount_type == "percent":
        return offer.value / 100
    seen, _ = saving(offer, known)
    return seen / offer.min_basket if offer.min_basket else 0.0


def pays_to_sell_on(offer: Offer, known: SimpleNamespace) -> bool:
    """Whether what is bought with the offer can be sold on at a profit."""
    return offer.discount_type == "percent" and depth(offer, known) >= known.abuse.stocking_depth


def shift_basket(offer: Offer, known: SimpleNamespace, lift: FloatArray, lines: FloatArray) -> Shift:
    """Extra lines in scope, of which a part is taken from the rest of the basket and a little is added to it."""
    inside = offer.mask(lines.shape[1])
    rise = np.expm1(lift * depth(offer, known))
    extra = rise * lines[:, inside].sum(axis=1)
    others = lines[:, ~inside].sum(axis=1)
    taken = (known.response.cannibalisation - known.response.halo) * extra / np.maximum(others, 1e-9)
    return Shift(rise, np.clip(1 - taken, FLOOR, None))


def shifted_lines(offer: Offer, shift: Shift, lines: FloatArray) -> FloatArray:
    inside = offer.mask(lines.shape[1])
    return lines * np.where(inside[None, :], 1 + shift.rise[:, None], shift.rest[:, None])


def use_of_basket(
    offer: Offer, known: SimpleNamespace, lines: FloatArray, amounts: Amounts, remembered: FloatArray
) -> Use:
    """Chance that a wish to buy uses the offer and what is taken off; lines are those already shifted by it."""
    qualifies = probability_of_qualifying(offer, lines, amounts)
    seen, cost = saving(offer, known)
    if offer.discount_type == "percent":
        seen_off = offer.value / 100 * amount_when_qualified(offer, lines, amounts)
        cost_off = seen_off
    else:
        seen_off, cost_off = seen * qualifies, cost * qualifies
    return Use(remembered * qualifies, remembered * seen_off, remembered * cost_off * offer.funded)


def probability_of_qualifying(offer: Offer, lines: FloatArray, amounts: Amounts) -> FloatArray:
    inside = offer.mask(lines.shape[1])
    if offer.rule == BASKET:
        return probability_of_reaching(offer.min_basket, lines, amounts)
    if offer.rule == EVERY_CATEGORY:
        return np.prod(-np.expm1(-lines[:, inside]), axis=1)
    count = lines[:, inside].sum(axis=1)
    return -np.expm1(-count) - (count * np.exp(-count) if offer.rule == TWO_LINES else 0)


def probability_of_reaching(minimum: float, lines: FloatArray, amounts: Amounts) -> FloatArray:
    """Chance that a basket costs at least `minimum`: compound Poisson; filled baskets are taken as gamma."""
    count = lines.sum(axis=1)
    some = np.maximum(-np.expm1(-count), 1e-12)
    mean = np.maximum((lines * amounts.mean).sum(axis=1), 1e-9)
    square = (lines * amounts.square).sum(axis=1) + mean**2
    mean, square = mean / some, square / some
    variance = np.maximum(square - mean**2, 1e-9)
    return some * gammaincc(mean**2 / variance, minimum * mean / variance)


def amount_when_qualified(offer: Offer, lines: FloatArray, amounts: Amounts) -> FloatArray:
    """Expected amount in scope, counted as zero in baskets that do not qualify."""
    inside = offer.mask(lines.shape[1])
    amount = (lines * amounts.mean)[:, inside]
    if offer.rule == LINE:
        return amount.sum(axis=1)
    if offer.rule == EVERY_CATEGORY:
        there = -np.expm1(-lines[:, inside])
        others = there.prod(axis=1, keepdims=True) / np.maximum(there, 1e-12)
        return (amount * others).sum(axis=1)
    count = lines[:, inside].sum(axis=1)
    return amount.sum(axis=1) * -np.expm1(-count)


def appeal(use: Use, lines: FloatArray, amounts: Amounts) -> FloatArray:
    """Share of a usual basket that the offer is expected to save: what customers judge offers by."""
    return use.saved / np.maximum((lines * amounts.mean).sum(axis=1), 1e-9)


def pull(
    known: SimpleNamespace,
    people: People,
    rows: IntArray,
    appeals: FloatArray,
    channel: NDArray[np.int8],
    fatigue: FloatArray,
) -> FloatArray:
    """Change of the logarithm of wishes to buy: what the offer adds, less and less, minus what the message costs."""
    of = known.response
    fit = np.where(channel == people.message_channel[rows], 1.0, of.other_channel)
    gain = people.strength[rows] * -np.expm1(-appeals / of.depth_scale) * fit * np.exp(-of.fatigue * fatigue)
    return gain - people.aversion[rows] * (1 + fatigue)
