"""Chance: permanent, keyed, within the purse, and exactly as probable as it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.allocation import Candidates, Limits
from ml.deciding.assignment import Draw, Lottery, Softening, draw_assignments, draw_uniforms, hold_out, stratify

KEY = b"any key"
NO_LIMIT = np.inf
SOFTENING = Softening(candidates=10, temperature=0.5)


def a_shop(customers: int = 40, offers: int = 6, cost: float = 0.1) -> Candidates:
    """Every customer may get every offer; offer k is worth k + 1 and shares its scope with offer k + 3."""
    customer, offer = np.divmod(np.arange(customers * offers), offers)
    value = (offer + 1.0) / 10
    return Candidates(customer, offer, offer % 2, offer % 3, value, np.full(len(value), cost))


def plan_best(pairs: Candidates) -> np.ndarray:
    return pairs.offer == pairs.offer.max()


def left_over(budget: float = NO_LIMIT, copies: float = NO_LIMIT, places: int = 2) -> Limits:
    return Limits(places, 1, np.full(2, budget), np.full(6, copies))


def names_of(pairs: Candidates) -> list[str]:
    return [f"customer {code}" for code in range(int(pairs.customer.max()) + 1)]


def draw(pairs: Candidates, lottery: Lottery, left: Limits | None = None) -> Draw:
    return draw_assignments(pairs, plan_best(pairs), left or left_over(), names_of(pairs), lottery, SOFTENING)


def lottery_of(number: int = 0, holdout: float = 0.1, exploration: float = 0.3) -> Lottery:
    return Lottery(KEY + bytes([number % 256, number // 256]), "shop-2017-11-27", holdout, exploration)


def sent_pairs(pairs: Candidates, result: Draw) -> np.ndarray:
    explores = result.explores[pairs.customer]
    return np.where(explores, result.is_drawn, plan_best(pairs)) & ~result.is_held_out[pairs.customer]


def test_numbers_are_even_and_fixed_by_key_purpose_and_identity() -> None:
    many = [str(number) for number in range(4000)]
    numbers = draw_uniforms(KEY, "holdout", many)
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert np.histogram(numbers, bins=10, range=(0, 1))[0] == pytest.approx(np.full(10, 400), abs=4 * 19)
    assert (numbers == draw_uniforms(KEY, "holdout", many)).all()
    assert (numbers != draw_uniforms(KEY, "turn", many)).all()
    assert (numbers != draw_uniforms(b"another key", "holdout", many)).all()


def test_the_holdout_has_its_size_and_is_permanent() -> None:
    many = [str(number) for number in range(20_000)]
    monday = hold_out(Lottery(KEY, "shop-2017-11-27", 0.05, 0.1), many)
    tuesday = hold_out(Lottery(KEY, "shop-2017-11-28", 0.05, 0.5), many)
    assert (monday == tuesday).all()
    assert monday.mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_a_larger_holdout_contains_the_smaller_one() -> None:
    many = [str(number) for number in range(1000)]
    small, large = (hold_out(Lottery(KEY, "run", rate, 0.0), many) for rate in (0.05, 0.2))
    assert large[small].all()
    assert large.sum() > small.sum()


def test_exploration_changes_from_day_to_day() -> None:
    pairs = a_shop()
    monday, tuesday = (draw(pairs, Lottery(KEY, run, 0.0, 0.5)) for run in ("shop-2017-11-27", "shop-2017-11-28"))
    assert (monday.explores != tuesday.explores).any()


def test_the_same_run_and_key_give_the_same_draw() -> None:
    pairs = a_shop()
    first, second = draw(pairs, lottery_of()), draw(pairs, lottery_of())
    assert (first.is_drawn == second.is_drawn).all()
    assert (first.probability == second.probability).all()


def test_the_order_of_the_rows_does_not_matter() -> None:
    pairs = a_shop()
    shuffle = np.random.default_rng(1).permutation(len(pairs))
    straight = draw(pairs, lottery_of(), left_over(budget=3.0))
    shuffled = draw(pairs.take(shuffle), lottery_of(), left_over(budget=3.0))
    assert (straight.is_drawn[shuffle] == shuffled.is_drawn).all()
    assert straight.probability[shuffle] == pytest.approx(shuffled.probability, abs=1e-12)


def test_explorers_get_one_offer_per_place_and_never_two_of_a_scope() -> None:
    pairs = a_shop()
    result = draw(pairs, lottery_of(holdout=0.0, exploration=1.0))
    assert result.explores.all()
    assert (np.bincount(pairs.customer[result.is_drawn]) == 2).all()
    scopes = set(zip(pairs.customer[result.is_drawn], pairs.scope[result.is_drawn], strict=True))
    assert len(scopes) == result.is_drawn.sum()


def test_only_the_best_candidates_of_positive_value_compete() -> None:
    pairs = a_shop(customers=1)
    pairs.value[5] = -1.0
    assert np.flatnonzero(stratify(pairs, most=3, places=2) >= 0).tolist() == [2, 3, 4]


def test_customers_without_a_planned_offer_never_explore() -> None:
    pairs = a_shop()
    planned = plan_best(pairs) & (pairs.customer != 7)
    everybody = lottery_of(holdout=0.0, exploration=1.0)
    result = draw_assignments(pairs, planned, left_over(), names_of(pairs), everybody, SOFTENING)
    assert np.flatnonzero(~result.explores).tolist() == [7]
    assert result.probability[pairs.customer == 7].tolist() == [0.0] * 6


def test_an_explorer_whom_nobody_can_pay_keeps_the_plan() -> None:
    pairs = a_shop()
    result = draw(pairs, lottery_of(holdout=0.1, exploration=1.0), left_over(budget=0.15))
    assert not result.explores.any()
    assert result.probability[plan_best(pairs)] == pytest.approx(0.9)


def test_better_offers_are_drawn_more_often() -> None:
    pairs = a_shop(customers=1)
    chances = draw(pairs, lottery_of(exploration=1.0, holdout=0.0)).probability
    competitors = np.flatnonzero(stratify(pairs, most=10, places=2) == 0)
    assert (np.diff(chances[competitors]) > 0).all()
    assert chances[competitors].sum() == pytest.approx(1.0)


@given(budget=st.floats(0, 5), copies=st.integers(0, 8), number=st.integers(0, 1000), cost=st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_explorers_never_take_more_than_is_left(budget: float, copies: int, number: int, cost: float) -> None:
    pairs = a_shop(cost=cost)
    drawn = draw(pairs, lottery_of(number, exploration=0.8), left_over(budget, copies)).is_drawn
    assert (np.bincount(pairs.campaign[drawn], pairs.cost[drawn], 2) <= budget + 1e-9).all()
    assert (np.bincount(pairs.offer[drawn], minlength=6) <= copies).all()


@given(budget=st.floats(0, 5), copies=st.integers(0, 8), number=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_whatever_was_drawn_had_a_probability_and_places_add_up(budget: float, copies: int, number: int) -> None:
    pairs, lottery = a_shop(), lottery_of(number, exploration=0.8)
    result = draw(pairs, lottery, left_over(budget, copies))
    softened = (result.probability / 0.9 - 0.2 * plan_best(pairs)) / 0.8
    assert (softened[result.is_drawn] > 1e-6).all()
    place = pairs.customer * 2 + np.maximum(stratify(pairs, 10, 2), 0)
    per_place = np.bincount(place, softened)[place[result.is_drawn]]
    assert per_place == pytest.approx(1.0)


@pytest.mark.parametrize("budget", [NO_LIMIT, 1.0])
def test_assignments_happen_as_often_as_their_probability_says(budget: float) -> None:
    """Over many keys; with a purse that runs dry the probability differs from key to key and is right on average."""
    pairs, keys = a_shop(customers=8), 1500
    results = [draw(pairs, lottery_of(number), left_over(budget)) for number in range(keys)]
    surprise = np.array([sent_pairs(pairs, result) - result.probability for result in results])
    assert surprise.mean(axis=0) == pytest.approx(0, abs=4.5 * 0.5 / np.sqrt(keys))
    assert surprise.mean() == pytest.approx(0, abs=4 * 0.3 / np.sqrt(surprise.size))


def test_weights_by_probability_recover_the_value_of_sending_everybody_the_plan() -> None:
    pairs, keys = a_shop(customers=8), 1500
    outcome = pairs.value * 10
    planned = plan_best(pairs)
    estimates = [
        (outcome[planned] * sent_pairs(pairs, result)[planned] / result.probability[planned]).mean()
        for result in (draw(pairs, lottery_of(number), left_over(1.0)) for number in range(keys))
    ]
    assert np.mean(estimates) == pytest.approx(6.0, abs=4 * np.std(estimates) / np.sqrt(keys))
