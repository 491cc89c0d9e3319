"""Chance: permanent, keyed, within the purse, and exactly as probable as it says."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.allocation import Candidates, Limits
from ml.deciding.assignment import Draw, draw_assignments, name_arms, probability_of_arms
from ml.deciding.chance import Lottery, Names, control, draw_uniforms, hold_out
from ml.deciding.exploration import Softening, stratify, weigh
from warehouse.arms import ARMS, WITHHELD

KEY = b"any key"
NO_LIMIT = np.inf
SOFTENING = Softening(candidates=10, temperature=0.5, floor=0.0)


def a_shop(customers: int = 40, offers: int = 6, cost: float = 0.1) -> Candidates:
    """Every customer may get every offer; offer k is worth k + 1 and shares its scope with offer k + 3."""
    customer, offer = np.divmod(np.arange(customers * offers), offers)
    value = (offer + 1.0) / 10
    return Candidates(customer, offer, offer % 2, offer % 3, value, np.full(len(value), cost))


def plan_two(pairs: Candidates) -> np.ndarray:
    """The best two offers of scopes of their own; the last customer has no plan."""
    return (pairs.offer >= pairs.offer.max() - 1) & (pairs.customer < pairs.customer.max())


def purse_of(budget: float = NO_LIMIT, copies: float = NO_LIMIT) -> Limits:
    return Limits(2, 1, np.full(2, budget), np.full(6, copies))


def names_of(pairs: Candidates) -> Names:
    return Names([f"customer {code}" for code in range(int(pairs.customer.max()) + 1)], ["spring", "summer"])


def draw(pairs: Candidates, lottery: Lottery, purse: Limits | None = None, softening: Softening = SOFTENING) -> Draw:
    return draw_assignments(pairs, plan_two(pairs), purse or purse_of(), names_of(pairs), lottery, softening)


def lottery_of(number: int = 0, **rates: float) -> Lottery:
    usual = {"holdout_rate": 0.1, "exploration_rate": 0.3, "control_rate": 0.15, "idle_exploration_rate": 0.2}
    return Lottery(KEY + bytes([number % 256, number // 256]), "shop-2017-11-27", **(usual | rates))


EVERYBODY = {"holdout_rate": 0.0, "control_rate": 0.0, "exploration_rate": 1.0, "idle_exploration_rate": 1.0}


def arms(pairs: Candidates, result: Draw) -> np.ndarray:
    return np.where(result.would_be_sent, name_arms(result, pairs.customer), "")


def is_sent(pairs: Candidates, result: Draw) -> np.ndarray:
    return result.would_be_sent & ~np.isin(arms(pairs, result).astype(str), WITHHELD)


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


def test_a_campaigns_control_has_its_size_lasts_and_is_another_one_for_each_campaign_and_for_the_holdout() -> None:
    names = Names([str(number) for number in range(20_000)], ["spring", "summer"])
    everybody, first = np.arange(20_000), np.zeros(20_000, dtype=int)
    monday, tuesday = (Lottery(KEY, run, 0.1, 0.0, control_rate=0.1) for run in ("monday", "tuesday"))
    spring, summer = (control(monday, everybody, first + campaign, names) for campaign in (0, 1))
    assert (spring == control(tuesday, everybody, first, names)).all()
    tolerance = 4 * np.sqrt(0.1 * 0.9 / 20_000)
    assert [spring.mean(), summer.mean()] == pytest.approx([0.1, 0.1], abs=tolerance)
    held_out = hold_out(monday, names.customers)
    assert [(spring & summer).mean(), (spring & held_out).mean()] == pytest.approx([0.01, 0.01], abs=tolerance)


def test_a_campaigns_control_does_not_depend_on_which_other_campaigns_run() -> None:
    rows = np.arange(500), np.zeros(500, dtype=int)
    lottery, people = Lottery(KEY, "run", 0.0, 0.0, control_rate=0.3), [str(number) for number in range(500)]
    alone = control(lottery, *rows, Names(people, ["spring"]))
    assert (alone == control(lottery, rows[0], rows[1] + 1, Names(people, ["autumn", "spring"]))).all()


def test_exploration_changes_from_day_to_day() -> None:
    pairs = a_shop()
    days = ("shop-2017-11-27", "shop-2017-11-28")
    monday, tuesday = (draw(pairs, Lottery(KEY, run, 0.0, 0.5)) for run in days)
    assert (monday.explores != tuesday.explores).any()


def test_the_same_run_and_key_give_the_same_draw() -> None:
    pairs = a_shop()
    first, second = draw(pairs, lottery_of()), draw(pairs, lottery_of())
    for column in vars(first):
        assert (getattr(first, column) == getattr(second, column)).all()


def test_the_order_of_the_rows_does_not_matter() -> None:
    pairs = a_shop()
    shuffle = np.random.default_rng(1).permutation(len(pairs))
    straight = draw(pairs, lottery_of(), purse_of(budget=3.0))
    shuffled = draw(pairs.take(shuffle), lottery_of(), purse_of(budget=3.0))
    assert (straight.would_be_sent[shuffle] == shuffled.would_be_sent).all()
    assert straight.probability[shuffle] == pytest.approx(shuffled.probability, abs=1e-12)


def test_explorers_get_as_many_offers_as_the_plan_has_and_never_two_of_a_scope() -> None:
    pairs = a_shop()
    result = draw(pairs, lottery_of(**EVERYBODY))
    assert result.explores.all()
    assert np.bincount(pairs.customer[result.would_be_sent]).tolist() == [2] * 39 + [1]
    scopes = set(zip(pairs.customer[result.would_be_sent], pairs.scope[result.would_be_sent], strict=True))
    assert len(scopes) == result.would_be_sent.sum()


def test_only_the_best_candidates_at_or_above_the_floor_compete() -> None:
    pairs = replace(a_shop(customers=1), value=np.array([0.3, 0.1, -0.1, 0.2, -0.2, -0.3]))
    floor = replace(SOFTENING, candidates=4, floor=-0.2)
    assert np.flatnonzero(stratify(pairs, floor, np.array([2])) >= 0).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(stratify(pairs, replace(floor, candidates=9), np.array([2])) >= 0).tolist() == [0, 1, 2, 3, 4]


@given(values=st.lists(st.floats(-1, 1), min_size=2, max_size=6), shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_only_the_way_from_the_floor_to_the_best_value_matters(values: list[float], shift: float, scale: float) -> None:
    """Tiny or negative values are softened like large ones."""
    pairs = replace(a_shop(1, len(values)), value=np.array(values))
    moved = replace(pairs, value=shift + scale * pairs.value)
    competes = np.zeros(len(values), dtype=np.int64)
    plain = weigh(pairs, competes, replace(SOFTENING, floor=-1.0))
    assert weigh(moved, competes, replace(SOFTENING, floor=shift - scale)) == pytest.approx(plain, abs=1e-6)


def test_somebody_without_a_plan_explores_at_a_rate_of_their_own() -> None:
    pairs, keys = a_shop(customers=3), 2000
    results = [draw(pairs, lottery_of(number)) for number in range(keys)]
    rates = np.mean([result.explores for result in results], axis=0)
    assert rates == pytest.approx([0.3, 0.3, 0.2], abs=4 * np.sqrt(0.25 / keys))
    assert not any(is_sent(pairs, result)[pairs.customer == 2].any() for result in results if not result.explores[2])


def test_an_explorer_whom_nobody_can_pay_keeps_the_plan() -> None:
    pairs = a_shop()
    result = draw(pairs, lottery_of(**EVERYBODY), purse_of(budget=0.05))
    assert not result.explores.any()
    assert result.probability.tolist() == plan_two(pairs).astype(float).tolist()


def test_better_offers_are_drawn_more_often() -> None:
    pairs = a_shop(customers=2)
    chances = draw(pairs, lottery_of(**EVERYBODY)).probability
    competitors = np.flatnonzero((stratify(pairs, SOFTENING, np.array([2, 1])) == 0) & (pairs.customer == 0))
    assert (np.diff(chances[competitors]) > 0).all()
    assert chances[competitors].sum() == pytest.approx(1.0)


@given(budget=st.floats(0, 5), copies=st.integers(0, 8), number=st.integers(0, 1000), cost=st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_explorers_never_take_more_than_the_purse_holds(budget: float, copies: int, number: int, cost: float) -> None:
    pairs = a_shop(cost=cost)
    result = draw(pairs, lottery_of(number, exploration_rate=0.8), purse_of(budget, copies))
    taken = is_sent(pairs, result) & result.explores[pairs.customer]
    assert (np.bincount(pairs.campaign[taken], pairs.cost[taken], 2) <= budget + 1e-9).all()
    assert (np.bincount(pairs.offer[taken], minlength=6) <= copies).all()


def test_what_is_withheld_from_explorers_takes_nothing_from_the_purse() -> None:
    pairs = a_shop()
    withheld = lottery_of(**(EVERYBODY | {"holdout_rate": 1.0}))
    result = draw(pairs, withheld, purse_of(budget=0.25, copies=1))
    assert result.explores.all()
    assert np.bincount(pairs.customer[result.would_be_sent]).tolist() == [2] * 39 + [1]


@given(budget=st.floats(0, 5), copies=st.integers(0, 8), number=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_whatever_was_drawn_had_a_probability_and_places_add_up(budget: float, copies: int, number: int) -> None:
    pairs, lottery = a_shop(), lottery_of(number, exploration_rate=0.8, idle_exploration_rate=0.8)
    result = draw(pairs, lottery, purse_of(budget, copies))
    drawn = result.would_be_sent & result.explores[pairs.customer]
    softened = (result.probability - 0.2 * plan_two(pairs)) / 0.8
    assert (softened[drawn] > 1e-6).all()
    places = np.array([2] * 39 + [1])
    place = pairs.customer * 2 + np.maximum(stratify(pairs, SOFTENING, places), 0)
    assert np.bincount(place, softened)[place[drawn]] == pytest.approx(1.0)


@given(
    values=st.lists(st.floats(-0.1, 1), min_size=6, max_size=6),
    planned=st.lists(st.booleans(), min_size=6, max_size=6),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=60, deadline=None)
def test_rows_of_a_pair_add_up_to_being_chosen_and_all_sets_to_one(
    values: list[float], planned: list[bool], rates: tuple[float, ...]
) -> None:
    """The world is small enough to enumerate what a customer with one place per planned offer can draw."""
    pairs = replace(a_shop(1, 6), value=np.array(values), scope=np.arange(6))
    holdout, withheld, exploring, idle = rates
    lottery = Lottery(KEY, "run", holdout, exploring, withheld, idle)
    softening, chosen = replace(SOFTENING, floor=-0.1), np.array(planned)
    result = draw_assignments(pairs, chosen, purse_of(), names_of(pairs), lottery, softening)
    factors = {arm: probability_of_arms(np.array([arm], dtype=object), lottery)[0] for arm in ARMS}
    assert factors["holdout"] + factors["control"] + factors["treatment"] == pytest.approx(1.0)
    assert factors["treatment"] == factors["exploration"] == pytest.approx(lottery.shown_rate)
    rate = exploring if chosen.any() else idle
    place = stratify(pairs, softening, np.array([max(chosen.sum(), 1)]))
    weight = np.exp(((np.array(values) + 0.1) / max(max(values) + 0.1, 1e-300) - 1) / 0.5)
    sets = list(product(*(np.flatnonzero(place == one) for one in np.unique(place))))
    of_place = np.bincount(place, weight)
    likely = [np.prod([weight[row] / of_place[place[row]] for row in drawn]) for drawn in sets]
    by_hand = (1 - rate) * chosen + rate * sum(
        chance * np.isin(np.arange(6), drawn) for chance, drawn in zip(likely, sets, strict=True)
    )
    if rate > 0 or chosen.any():
        assert sum(likely) == pytest.approx(1.0)
        recorded = result.explores | chosen.any()
        assert result.probability == pytest.approx(by_hand * recorded, abs=1e-9)


@pytest.mark.parametrize("budget", [NO_LIMIT, 1.0])
def test_every_row_is_logged_as_often_as_its_probability_says(budget: float) -> None:
    """Over many keys, for each arm; with a purse that runs dry the chance differs from key to key, right on average."""
    pairs, keys = a_shop(customers=8), 2000
    surprises = {arm: np.zeros((keys, len(pairs))) for arm in ("sent", *WITHHELD)}
    for number in range(keys):
        lottery = lottery_of(number, idle_exploration_rate=1.0)
        result = draw(pairs, lottery, purse_of(budget))
        logged = arms(pairs, result)
        for arm, surprise in surprises.items():
            name = "treatment" if arm == "sent" else arm
            factor = probability_of_arms(np.array([name], dtype=object), lottery)[0]
            happened = is_sent(pairs, result) if arm == "sent" else logged == arm
            surprise[number] = happened - factor * result.probability
    for surprise in surprises.values():
        assert surprise.mean(axis=0) == pytest.approx(0, abs=4.5 * 0.5 / np.sqrt(keys))
        assert surprise.mean() == pytest.approx(0, abs=4 * surprise.mean(axis=1).std() / np.sqrt(keys))


def test_sent_and_withheld_rows_are_a_randomised_trial_of_each_offer() -> None:
    """Of what would be sent the same share is shown, whatever the offer, the customer, plan or draw."""
    pairs, keys = a_shop(customers=8), 1500
    chosen, shown = np.zeros(len(pairs)), np.zeros(len(pairs))
    for number in range(keys):
        result = draw(pairs, lottery_of(number, idle_exploration_rate=1.0), purse_of(1.0))
        chosen += result.would_be_sent
        shown += is_sent(pairs, result)
    share = 0.9 * 0.85
    assert (chosen > 30).sum() > 30
    scores = (shown - share * chosen) / np.sqrt(np.maximum(chosen, 1) * share * (1 - share))
    assert np.abs(scores[chosen > 30]).max() < 4.5


def test_weights_by_probability_recover_the_value_of_sending_everybody_the_plan() -> None:
    pairs, keys = a_shop(customers=8), 1500
    outcome, planned, estimates = pairs.value * 10, plan_two(pairs), []
    for number in range(keys):
        lottery = lottery_of(number)
        result = draw(pairs, lottery, purse_of(1.0))
        weight = is_sent(pairs, result)[planned] / (lottery.shown_rate * result.probability[planned])
        estimates.append((outcome[planned] * weight).mean())
    assert np.mean(estimates) == pytest.approx(5.5, abs=4 * np.std(estimates) / np.sqrt(keys))
