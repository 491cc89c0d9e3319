"""The hand-sized shop: what an offer is worth and what a basket costs with it, worked out by eye."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import baskets, messages, oracle, supply
from simulator.messages import Messages
from simulator.offers import code_of, offers_of_week
from simulator.oracle import Values
from simulator.world import NO_OFFER, World
from tests.simulator import hand_sized as hand
from tests.simulator.hand_sized import COST, FORGETFUL, LOST, PERSUADABLE, PRICE, PUT_OFF, STOCKING, SURE

MESSAGE = 0.01
USUAL_MARGIN = 0.5 * 2 * (PRICE - COST)  # half a wish on the last day of the week, two lines, 4 on each


@pytest.fixture
def world() -> World:
    return hand.make()


def value(world: World, kind: str, day: int = hand.SUNDAY) -> Values:
    everybody, app = np.arange(6), np.zeros(6, dtype=np.int8)
    return oracle.value_offer(world, hand.market(world), hand.offer(world, kind), everybody, app, day)


def test_nobody_answers_with_more_than_is_usual_without_an_offer(world: World) -> None:
    assert value(world, "percent_off").margin_without == pytest.approx(
        np.where(np.arange(6) == LOST, 0, USUAL_MARGIN), rel=1e-6
    )


def test_the_sure_customer_costs_the_discount_and_the_message(world: World) -> None:
    offer = hand.offer(world, "percent_off")
    in_scope = 0.5 * 2 / 10 * PRICE
    values = value(world, "percent_off")
    assert values.cost[SURE] == pytest.approx(in_scope * offer.value / 100 + MESSAGE, rel=1e-6)
    assert values.incremental_margin[SURE] == pytest.approx(-values.cost[SURE], abs=1e-6)


@pytest.mark.parametrize("who", [LOST, FORGETFUL])
def test_who_never_buys_or_never_uses_costs_the_message(world: World, who: int) -> None:
    assert value(world, "percent_off").incremental_margin[who] == pytest.approx(-MESSAGE, abs=1e-6)


def test_the_put_off_buy_half_as_often_and_use_it_half_as_often(world: World) -> None:
    values = value(world, "percent_off")
    lost = USUAL_MARGIN / 2
    assert values.incremental_margin[PUT_OFF] == pytest.approx(
        -lost - (values.cost[SURE] - MESSAGE) / 2 - MESSAGE, rel=1e-5
    )


def test_the_persuadable_gain_is_what_they_add_less_what_they_borrow_and_cost(world: World) -> None:
    """The deeper the offer, the nearer to twice as many wishes (0.9 at most on a day); a quarter is borrowed."""
    values = value(world, "points")
    seen = 0.6 * 3  # 300 points cost 3 and are seen as 60 % of it, whenever there is a line at all
    appeal = seen * (1 - np.exp(-2)) / (2 * PRICE)
    gain = 2 ** (1 - np.exp(-appeal / 0.06))
    wishes = 0.5 * gain
    assert values.margin_with[PERSUADABLE] == pytest.approx(wishes * 2 * (PRICE - COST), rel=1e-5)
    borrowed = 0.25 * (wishes - 0.5) * 2 * (PRICE - COST)
    assert values.borrowed[PERSUADABLE] == pytest.approx(borrowed, rel=1e-5)
    cost = wishes * (1 - np.exp(-2)) * 3 + MESSAGE
    assert values.cost[PERSUADABLE] == pytest.approx(cost, rel=1e-5)
    assert values.incremental_margin[PERSUADABLE] == pytest.approx(
        (wishes - 0.5) * 2 * (PRICE - COST) - borrowed - cost, rel=1e-5
    )


def test_an_offer_to_the_persuadable_alone_is_worth_its_cost(world: World) -> None:
    worth = value(world, "bundle").incremental_margin
    assert worth[PERSUADABLE] > 0
    assert (worth[[SURE, LOST, PUT_OFF, FORGETFUL]] < 0).all()


def test_who_stocks_up_takes_six_of_what_is_much_reduced_and_cares_for_nothing_else(world: World) -> None:
    deep = value(world, "buy_x_get_y")
    assert deep.cost[STOCKING] - MESSAGE == pytest.approx(6 * (deep.cost[SURE] - MESSAGE), rel=1e-6)
    for kind in ("points", "member_tier", "amount_off"):
        assert value(world, kind).cost[STOCKING] == pytest.approx(MESSAGE), kind


def test_an_offer_is_used_once_in_its_days(world: World) -> None:
    values = value(world, "points", hand.MONDAY)
    used_in_a_day = 0.5 * (1 - np.exp(-2))
    assert values.redemption[SURE] == pytest.approx(1 - (1 - used_in_a_day) ** 7, rel=1e-6)
    assert values.cost[SURE] == pytest.approx(3 * values.redemption[SURE] + MESSAGE, rel=1e-6)


def test_somebody_outside_the_audience_costs_the_message(world: World) -> None:
    assert value(world, "win_back").incremental_margin[SURE] == pytest.approx(-MESSAGE, abs=1e-6)


# Baskets at the till. Lines are (category, units); every unit costs 10.

BOUGHT = {
    "percent_off": ([(0, 2)], lambda offer: 20 * offer.value / 100),
    "amount_off": ([(0, 3)], lambda offer: 5.0),
    "spend_threshold": ([(0, 15)], lambda offer: offer.value),
    "buy_x_get_y": ([(0, 1), (0, 2)], lambda offer: 30 * 0.33),
    "bundle": ([(0, 1), (1, 2)], lambda offer: 30 * 0.15),
    "gift": ([(0, 5)], lambda offer: 0.0),
    "points": ([(0, 1)], lambda offer: 0.0),
    "coupon": ([(0, 1)], lambda offer: 3.0),
    "new_customer": ([(0, 4)], lambda offer: 12.0),
    "member_tier": ([(0, 1)], lambda offer: 10 * 0.08),
    "win_back": ([(0, 3)], lambda offer: 10.0),
    "partner": ([(0, 5)], lambda offer: 50 * 0.2),
    "flash_sale": ([(0, 1)], lambda offer: 10 * offer.value / 100),
}  # a basket in terms of the offer's own categories that just qualifies, and what comes off
TOO_LITTLE = {
    "percent_off": [],
    "amount_off": [(0, 2)],
    "spend_threshold": [(0, 5)],
    "buy_x_get_y": [(0, 5)],
    "bundle": [(0, 3)],
    "gift": [(0, 4)],
    "points": [],
    "coupon": [],
    "new_customer": [(0, 3)],
    "member_tier": [],
    "win_back": [(0, 2)],
    "partner": [],
    "flash_sale": [],
}  # one that just does not
OTHER_GOODS = 1  # a unit of a category outside any scope


def pay(world: World, kind: str, lines: list[tuple[int, int]]) -> tuple[baskets.Orders, baskets.Lines]:
    """The sure customer at the till with some lines of the offer's own categories, and one of another where it has a
    scope."""
    offer = hand.offer(world, kind)
    scope = offer.scope or (0, 1)
    category = [scope[place] for place, _ in lines]
    units = [float(number) for _, number in lines]
    if offer.scope:
        category.append(next(one for one in range(hand.CATEGORIES) if one not in scope))
        units.append(float(OTHER_GOODS))
    world.state.held_appeal[SURE] = 1.0
    return baskets.check_out(
        world,
        hand.market(world),
        rows=np.array([SURE]),
        held=np.array([code_of(offer.offer_id)]),
        who=np.zeros(len(units), dtype=int),
        product=2 * np.array(category, dtype=int),
        units=np.array(units),
        chance=np.random.default_rng(1),
    )


@pytest.mark.parametrize("kind", BOUGHT)
def test_a_basket_that_qualifies_pays_less_by_the_offer(world: World, kind: str) -> None:
    offer, (basket, takes_off) = hand.offer(world, kind), BOUGHT[kind]
    orders, lines = pay(world, kind, basket)
    assert orders.offer.tolist() == [code_of(offer.offer_id)]
    assert lines.discount.sum() == pytest.approx(takes_off(offer), abs=0.011)  # each line is rounded to a cent
    assert lines.issuer_pays.sum() == pytest.approx(takes_off(offer) * (1 - offer.funded), abs=0.011)
    assert (lines.discount[len(basket) :] == 0).all()  # nothing off goods outside the scope


@pytest.mark.parametrize("kind", TOO_LITTLE)
def test_a_basket_that_does_not_qualify_pays_in_full(world: World, kind: str) -> None:
    orders, lines = pay(world, kind, TOO_LITTLE[kind])
    assert (orders.offer == NO_OFFER).all()
    assert not lines.discount.any()


def test_every_kind_of_the_week_is_tried(world: World) -> None:
    week = offers_of_week(world.known, world.catalogue, world.customers, world.seed, hand.WEEK)
    assert set(BOUGHT) == {offer.kind for offer in week} == set(TOO_LITTLE)


def test_a_coupon_never_takes_off_more_than_the_goods_cost(world: World) -> None:
    cheap = replace(world.catalogue, list_price=np.full(hand.PRODUCTS, 1.0))
    _, lines = pay(replace(world, catalogue=cheap), "coupon", [(0, 1)])
    assert lines.discount.sum() == 1.0


def test_who_forgets_pays_in_full(world: World) -> None:
    world.people.remembered[SURE] = 0
    orders, _ = pay(world, "percent_off", [(0, 2)])
    assert orders.offer.tolist() == [NO_OFFER]


# Stock


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), max_size=30), st.integers(0, 9))
@settings(deadline=None)
def test_lines_beyond_the_stock_are_not_sold(wanted: list[tuple[int, int]], there: int) -> None:
    product = np.array([one for one, _ in wanted], dtype=int)
    units = np.array([float(number) for _, number in wanted])
    sold = baskets.in_stock(np.full(4, float(there)), product, units)
    for one in range(4):
        before = 0.0
        for number, is_sold in zip(units[product == one], sold[product == one], strict=True):
            before += number
            assert is_sold == (before <= there)


def test_sold_units_leave_the_stock_and_come_again_after_the_lead_time(world: World) -> None:
    world.state.stock[:], world.state.sold[:] = 10.0, 1.0
    supply.sell(world, np.full(hand.PRODUCTS, 4.0))
    assert (world.state.stock == 6).all()
    ordered = world.state.on_order.sum()
    assert ordered > 0
    for day in range(3):
        assert (world.state.stock == 6).all(), day
        supply.receive_goods(world)
    assert world.state.stock.sum() == 6 * hand.PRODUCTS + ordered


# Messages: one offer at a time


def send(world: World, *kinds: str) -> Messages:
    codes = np.array([code_of(hand.offer(world, kind).offer_id) for kind in kinds])
    count = len(codes)
    return Messages(
        np.full(count, SURE), codes, np.zeros(count, dtype=np.int8), np.full(count, ""), np.full(count, np.nan)
    )


def test_of_several_offers_the_most_appealing_counts(world: World) -> None:
    appeal = {kind: value(world, kind).appeal[SURE] for kind in ("points", "percent_off", "coupon")}
    best = max(appeal, key=lambda kind: appeal[kind])
    for order in itertools.permutations(appeal):
        fresh = hand.make()
        messages.receive(fresh, hand.market(fresh), send(fresh, *order), hand.SUNDAY)
        assert fresh.state.held[SURE] == code_of(hand.offer(fresh, best).offer_id)
        assert fresh.state.fatigue[SURE] == 1
    together = send(world, *appeal)
    worth = oracle.value_decisions(world, together.rows, together.offer, together.channel, hand.SUNDAY).worth
    alone = value(world, best).incremental_margin[SURE]
    assert worth.sum() == pytest.approx(alone - (len(appeal) - 1) * MESSAGE, rel=1e-6)


def test_a_holdout_gets_nothing(world: World) -> None:
    assigned = replace(send(world, "points"), arm=np.array(["holdout"]))
    messages.receive(world, hand.market(world), assigned, hand.SUNDAY)
    assert world.state.held[SURE] == NO_OFFER
    assert world.state.fatigue[SURE] == 0


def test_a_better_offer_in_hand_makes_the_next_one_cost_its_message_only(world: World) -> None:
    messages.receive(world, hand.market(world), send(world, "points"), hand.SUNDAY)
    worse = send(world, "coupon")
    worth = oracle.value_decisions(world, worse.rows, worse.offer, worse.channel, hand.SUNDAY).worth
    assert worth.tolist() == [-MESSAGE]


def test_a_message_through_a_channel_that_is_not_allowed_reaches_nobody(world: World) -> None:
    """It costs its message, and the offer in an allowed channel counts although the other appeals more."""
    both = replace(send(world, "amount_off", "coupon"), channel=np.array([1, 0], dtype=np.int8))
    world.state.consents[SURE] = [True, False, False]
    judged = oracle.value_decisions(world, both.rows, both.offer, both.channel, hand.SUNDAY)
    alone = value(world, "coupon")
    assert judged.worth == pytest.approx([-MESSAGE, alone.incremental_margin[SURE]], rel=1e-6)
    assert judged.cost == pytest.approx([MESSAGE, alone.cost[SURE]], rel=1e-6)
    assert messages.deliverable(world, both).offer.tolist() == both.offer.tolist()[1:]


def test_a_message_without_a_channel_comes_through_one_that_is_allowed(world: World) -> None:
    world.state.consents[:3] = [[True, True, True], [False, False, True], [False, False, False]]
    assert messages.allowed_channel(world, np.arange(3)).tolist() == [0, 2, 0]


# Allocation


@given(
    st.lists(st.lists(st.tuples(st.floats(-2, 5), st.floats(0.1, 3)), min_size=2, max_size=2), min_size=1, max_size=5),
    st.floats(0, 8),
)
@settings(deadline=None, max_examples=150)
def test_the_exact_allocation_is_within_one_customer_of_brute_force(
    pairs: list[list[tuple[float, float]]], budget: float
) -> None:
    table = np.array(pairs)
    value, cost = table[..., 0], table[..., 1]
    chosen = oracle.allocate_exactly(value, cost, budget)
    best = max(
        worth_of(value, choice)
        for choice in itertools.product((-1, 0, 1), repeat=len(value))
        if worth_of(cost, choice) <= budget
    )
    assert worth_of(cost, chosen) <= budget
    assert best - max(value.max(), 0) - 1e-9 <= worth_of(value, chosen) <= best + 1e-9


def worth_of(values: np.ndarray, choice: tuple[int, ...] | np.ndarray) -> float:
    return sum(float(values[row, column]) for row, column in enumerate(choice) if column >= 0)
