"""What offers take off together: each rule by hand, and what holds of every basket."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.deciding.stacking import RULES, Promotion, Stacking, combine

BASKET = (150, 100)
TEN, TWENTY = Promotion("percent", 10), Promotion("percent", 20)


def price(rule: str, *promotions: Promotion, basket: tuple[int, ...] = BASKET, **caps: float) -> Decimal:
    return combine(basket, promotions, Stacking(rule, **caps)).price


def test_best_of_takes_the_better_offer_over_the_basket() -> None:
    assert price("best_of", TEN, TWENTY) == 200  # 250 × 0.8


def test_per_item_takes_the_better_offer_on_each_item() -> None:
    assert price("per_item", Promotion("percent", 10, items=(0,)), Promotion("percent", 20, items=(1,))) == 215
    assert price("per_item", TEN, Promotion("percent", 20, items=(1,))) == 215  # 135 + 80, not 135 + 72
    assert price("per_item", TEN, TWENTY) == 200  # on both items the better is 20 %


def test_sequential_takes_each_offer_off_what_the_others_left() -> None:
    assert price("sequential", TEN, TWENTY) == 180  # 250 × 0.9 × 0.8


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_ever_adds_to_the_price(rule: str) -> None:
    assert price(rule, TEN, TWENTY) <= 250  # 150 × 1.1 + 100 × 1.2 would be 285


def test_of_an_exclusive_set_one_offer_can_be_used() -> None:
    assert price("exclusive", TEN, TWENTY) == 200


def test_caps_in_currency_and_as_a_share_cut_what_is_taken_off() -> None:
    assert price("sequential", TEN, TWENTY, max_discount=60) == 190
    assert price("sequential", TEN, TWENTY, max_discount_rate=0.1) == 225
    assert price("sequential", TEN, TWENTY, max_discount=60, max_discount_rate=0.1) == 225
    assert price("best_of", TEN, TWENTY, max_discount=1000) == 200


def test_sequential_takes_percents_before_amounts() -> None:
    thirty = Promotion("amount", 30)
    assert price("sequential", thirty, TEN) == price("sequential", TEN, thirty) == 195  # 250 × 0.9 - 30


def test_an_amount_never_takes_more_than_its_goods_cost() -> None:
    assert price("sequential", Promotion("amount", 500)) == 0
    assert price("sequential", Promotion("amount", 500, items=(1,))) == 150
    assert price("sequential", Promotion("amount", 90, items=(1,)), Promotion("percent", 50, items=(1,))) == 150


def test_an_amount_on_a_basket_counts_per_item_with_its_share() -> None:
    fifty = Promotion("amount", 50)  # 30 of the first item, 20 of the second
    assert price("per_item", fifty, Promotion("percent", 50, items=(1,))) == 150 - 30 + 100 - 50


def test_an_offer_counts_from_its_minimum_basket_before_discounts() -> None:
    from_250 = Promotion("amount", 20, min_basket=250)
    assert price("sequential", TEN, from_250) == 205  # the basket was 250 before the 10 %
    assert price("sequential", from_250, basket=(150, 99)) == 249


def test_an_offers_own_most_is_kept() -> None:
    assert price("best_of", Promotion("percent", 20, max_discount=15), TEN) == 225


def test_points_and_gifts_leave_the_price_and_cost_the_shop() -> None:
    taken = combine(BASKET, (TEN, Promotion("points", 4), Promotion("gift", 6)), Stacking("sequential"))
    assert (taken.price, taken.extras, taken.shop_cost) == (225, 10, 35)
    best = combine(BASKET, (TEN, Promotion("gift", 26)), Stacking("best_of"))
    assert (best.price, best.worth) == (250, 26)


def test_partners_pay_their_part_of_what_is_really_taken_off() -> None:
    half = Promotion("percent", 20, shop_funded_rate=0.5)
    taken = combine(BASKET, (TEN, half), Stacking("sequential"))  # 20 % first: 50, then 10 % of 200: 20
    assert (taken.shop_cost, taken.partner_cost) == (25 + 20, 25)
    won = combine(BASKET, (TEN, half), Stacking("best_of"))
    assert (won.shop_cost, won.partner_cost) == (25, 25)


def test_cents_are_rounded_once_at_the_end_half_up() -> None:
    third = Promotion("amount", 1)
    assert combine((5, 5, 5), (third,), Stacking("per_item")).discount == 1  # not three times 0.33
    assert combine(("0.25",), (Promotion("percent", 50),), Stacking("best_of")).discount == Decimal("0.13")


@pytest.mark.parametrize(
    ("promotion", "rule", "words"),
    [(TEN, "all_of_them", "no stacking rule"), (Promotion("hug", 1), "best_of", "no kind of discount")]
    + [(Promotion("amount", -1), "best_of", "negative")],
)
def test_nonsense_is_refused(promotion: Promotion, rule: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        combine(BASKET, (promotion,), Stacking(rule))


MONEY = st.integers(0, 50_000).map(lambda cents: Decimal(cents) / 100)
BASKETS = st.lists(MONEY, min_size=1, max_size=4)
RATE = st.sampled_from([0, 0.25, 0.5, 1])
PROMOTIONS = st.builds(
    Promotion,
    discount_type=st.sampled_from(["percent", "amount", "points", "gift"]),
    value=st.integers(0, 100),
    items=st.none() | st.sets(st.integers(0, 3), min_size=1).map(lambda places: tuple(sorted(places))),
    min_basket=st.sampled_from([0, 0, 100]),
    max_discount=st.none() | st.integers(0, 60),
    shop_funded_rate=RATE,
)
SETS = st.lists(PROMOTIONS, min_size=1, max_size=3)
STACKINGS = st.builds(
    Stacking,
    rule=st.sampled_from(list(RULES)),
    max_discount=st.none() | st.integers(0, 60),
    max_discount_rate=st.none() | RATE,
)


@given(BASKETS, SETS, STACKINGS)
def test_a_price_stays_between_nothing_and_itself_and_somebody_pays_the_difference(
    basket: list[Decimal], promotions: list[Promotion], stacking: Stacking
) -> None:
    taken = combine(basket, promotions, stacking)
    assert 0 <= taken.price <= sum(basket)
    assert taken.price + taken.discount == sum(basket)
    assert taken.shop_cost + taken.partner_cost == taken.worth
    assert min(taken.shop_cost, taken.partner_cost) >= 0


@given(BASKETS, SETS, STACKINGS)
def test_the_order_of_the_offers_never_matters(
    basket: list[Decimal], promotions: list[Promotion], stacking: Stacking
) -> None:
    assert len({combine(basket, order, stacking) for order in permutations(promotions)}) == 1


@given(BASKETS, SETS, STACKINGS)
def test_together_they_take_no_more_than_one_by_one(
    basket: list[Decimal], promotions: list[Promotion], stacking: Stacking
) -> None:
    """So the sum of what offers cost alone is a safe cost of a set, whatever the rule."""
    alone = sum(combine(basket, (one,), Stacking("best_of")).worth for one in promotions)
    assert combine(basket, promotions, stacking).worth <= alone + Decimal("0.01") * len(promotions)


@given(BASKETS, SETS)
def test_without_caps_no_rule_is_worse_than_the_best_offer_alone(
    basket: list[Decimal], promotions: list[Promotion]
) -> None:
    best = max(combine(basket, (one,), Stacking("best_of")).worth for one in promotions)
    assert combine(basket, promotions, Stacking("best_of")).worth == best
    for rule in ("per_item", "sequential"):
        assert combine(basket, promotions, Stacking(rule)).worth >= best - Decimal("0.01")
