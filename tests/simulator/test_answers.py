"""Who answers how, and what an order that was bought earlier does to the later ones."""

import copy

import numpy as np
import pytest

from simulator import baskets, messages, oracle, parameters, world
from simulator.calendar import week_number
from simulator.catalogue import FloatArray
from simulator.market import open_market
from simulator.messages import Messages
from simulator.offers import code_of, offers_of_week
from simulator.people import KINDS
from simulator.response import shift_basket, shifted_lines
from simulator.world import ACTIVE, World
from tests.simulator import hand_sized

CUSTOMERS, MONDAY, LATER = 20_000, 5, 400
PERSUADABLE, SURE, LOST, PUT_OFF, ABUSER = range(len(KINDS))


def begin() -> World:
    """Everybody active for good: what differs later was caused by the offer."""
    known = parameters.load()
    known.life.lapse_rate = 0.0
    made = world.create(CUSTOMERS, 120, 60, 7, known)
    made.state.stage[:] = ACTIVE
    made.state.stock[:] = 1e9
    return made


def wishes(made: World, first: int, last: int) -> FloatArray:
    """How often each customer wants to buy from one day up to another, not counting what was bought before."""
    count = np.zeros(len(made.people))
    for day in range(first, last):
        count[baskets.want_to_buy(made, day)] += 1
    return count


def test_orders_bought_earlier_are_missing_later() -> None:
    without = begin()
    with_offer = copy.deepcopy(without)
    week = offers_of_week(without.known, without.catalogue, CUSTOMERS, without.seed, week_number(without.known, MONDAY))
    code = next(code_of(offer.offer_id) for offer in week if offer.kind == "amount_off")
    market = open_market(without.known, without.catalogue, without.seed, MONDAY, without.state.stock > 0)
    everybody = np.arange(len(without.people))
    sent = Messages(
        everybody,
        np.full(len(everybody), code),
        without.people.message_channel,
        np.full(len(everybody), "treatment"),
        np.ones(len(everybody)),
    )
    messages.receive(with_offer, market, sent, MONDAY)

    end = MONDAY + 7
    more = wishes(with_offer, MONDAY, end) - wishes(without, MONDAY, end)
    borrowed = with_offer.state.skip.astype(float)
    own = without.people.household == everybody
    caused = more[own & (without.people.kind == PERSUADABLE)].sum()
    rate = without.known.response.pull_forward
    assert borrowed[own & (without.people.kind == PERSUADABLE)].sum() == pytest.approx(
        rate * caused, abs=4 * np.sqrt(caused * rate * (1 - rate)) + 1
    )

    fewer = wishes(without, end, LATER) - wishes(with_offer, end, LATER)
    assert (fewer == borrowed - with_offer.state.skip).all()
    assert fewer.sum() > 0.95 * borrowed.sum() > 50  # nearly all is paid back within a year


@pytest.fixture(scope="module")
def valued() -> tuple[World, FloatArray, FloatArray, FloatArray]:
    """A Monday's world; by customer and offer: incremental margin, margin with the offer and without."""
    made = begin()
    rows = np.arange(4_000)
    found = list(oracle.value_all(made, rows, made.people.message_channel[rows], MONDAY))
    worth, gained, usual = (
        np.stack([getattr(values, name) for _, _, values in found], axis=1)
        for name in ("incremental_margin", "margin_with", "margin_without")
    )
    return made, worth, gained, usual


def of_kind(made: World, kind: int, values: FloatArray) -> FloatArray:
    return values[made.people.kind[: len(values)] == kind]


def test_the_persuadable_gain_and_the_put_off_lose(valued: tuple[World, FloatArray, FloatArray, FloatArray]) -> None:
    made, worth, gained, usual = valued
    assert of_kind(made, PERSUADABLE, worth).mean() > 0.1
    assert (of_kind(made, PERSUADABLE, worth).max(axis=1) > 0).mean() > 0.8
    assert (of_kind(made, PUT_OFF, worth).max(axis=1) < 0).mean() > 0.95
    assert of_kind(made, PUT_OFF, gained).sum() < 0.75 * of_kind(made, PUT_OFF, usual).sum()


@pytest.mark.parametrize("kind", [SURE, LOST])
def test_the_sure_and_the_lost_change_little_and_cost(
    valued: tuple[World, FloatArray, FloatArray, FloatArray], kind: int
) -> None:
    made, worth, gained, usual = valued
    assert of_kind(made, kind, gained).sum() == pytest.approx(of_kind(made, kind, usual).sum(), rel=0.1)
    assert of_kind(made, kind, worth).mean() < 0


def test_likely_buyers_are_not_the_persuadable_ones(
    valued: tuple[World, FloatArray, FloatArray, FloatArray],
) -> None:
    made, worth, _, _ = valued
    best = worth.max(axis=1)
    intents = made.people.intents[: len(best)]
    assert abs(np.corrcoef(intents, best)[0, 1]) < 0.2
    likeliest = np.argsort(-intents)[: len(best) // 10]
    most_worth = np.argsort(-best)[: len(best) // 10]
    assert len(np.intersect1d(likeliest, most_worth)) < 0.35 * len(most_worth)


def test_diminishing_returns_in_depth_and_frequency() -> None:
    """Twice as deep is less than twice the effect; the fourth message in a row works about half as well."""
    made = begin()
    rows = np.flatnonzero(made.people.kind == PERSUADABLE)[:500]
    from simulator.response import pull

    def effect(appeal: float, fatigue: float) -> FloatArray:
        many = np.full(len(rows), appeal)
        aversion = made.people.aversion[rows] * (1 + fatigue)
        return (
            pull(made.known, made.people, rows, many, made.people.message_channel[rows], many * 0 + fatigue) + aversion
        )

    once, twice = effect(0.05, 0), effect(0.1, 0)
    assert (once > 0).all()
    assert (twice > once).all()
    assert (twice < 1.8 * once).all()
    assert effect(0.1, 3) / twice == pytest.approx(np.full(len(rows), np.exp(-0.75)), rel=1e-4)


def test_extra_lines_are_partly_taken_from_the_rest_of_the_basket_and_partly_draw_others_along() -> None:
    made = hand_sized.make()
    offer = hand_sized.offer(made, "percent_off")
    lines = np.full((1, hand_sized.CATEGORIES), 0.2)
    shift = shift_basket(offer, made.known, np.array([2.0]), lines)
    after = shifted_lines(offer, shift, lines)
    inside = offer.mask(hand_sized.CATEGORIES)
    extra = (after - lines)[:, inside].sum()
    assert extra == pytest.approx(0.2 * np.expm1(2.0 * offer.value / 100))
    assert (after - lines)[:, ~inside].sum() == pytest.approx((0.10 - 0.35) * extra)
