"""The allocator by hand on small shops, and by property on any shop."""

from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.allocation import Allocation, Candidates, Limits, allocate_offers

NO_LIMIT = np.inf


def pairs_of(rows: list[tuple[int, int, int, int, float, float]]) -> Candidates:
    """Rows of customer, offer, campaign, scope, value, cost."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    codes = table[:, :4].astype(np.int64)
    return Candidates(*codes.T, value=table[:, 4], cost=table[:, 5])


def limits_of(per_customer: int = 3, per_scope: int = 1, budget: float = 100.0, copies: float = NO_LIMIT) -> Limits:
    return Limits(per_customer, per_scope, np.full(2, budget), np.full(4, copies))


def chosen_rows(allocation: Allocation) -> list[int]:
    return np.flatnonzero(allocation.is_chosen).tolist()


def test_with_enough_budget_every_customer_gets_the_best_offer() -> None:
    pairs = pairs_of(
        [
            (0, 0, 0, 0, 3.0, 1.0), (0, 1, 0, 1, 1.0, 1.0), (0, 2, 0, 2, 2.0, 1.0),
            (1, 0, 0, 0, 1.0, 1.0), (1, 1, 0, 1, 5.0, 1.0), (1, 2, 0, 2, 4.0, 1.0),
            (2, 0, 0, 0, 2.0, 1.0), (2, 1, 0, 1, 3.0, 1.0), (2, 2, 0, 2, 9.0, 1.0),
        ]
    )  # fmt: skip
    result = allocate_offers(pairs, limits_of(per_customer=1))
    assert chosen_rows(result) == [0, 4, 8]
    assert result.value == 3.0 + 5.0 + 9.0 == result.bound
    assert result.campaign_spend.tolist() == [3.0, 0.0]


def test_a_tight_budget_goes_to_the_best_value_per_cost() -> None:
    pairs = pairs_of([(0, 0, 0, 0, 3.0, 3.0), (1, 0, 0, 0, 2.0, 1.0), (2, 0, 0, 0, 2.0, 1.0)])
    assert chosen_rows(allocate_offers(pairs, limits_of(budget=2.0))) == [1, 2]


def test_one_large_offer_beats_a_cheap_crumb() -> None:
    pairs = pairs_of([(0, 0, 0, 0, 0.2, 0.1), (1, 0, 0, 0, 10.0, 10.0)])
    assert chosen_rows(allocate_offers(pairs, limits_of(budget=10.0))) == [1]


def test_an_offer_that_does_not_fit_makes_room_for_the_next_one() -> None:
    pairs = pairs_of([(0, 0, 0, 0, 9.0, 5.0), (0, 1, 1, 1, 1.0, 5.0)])
    limits = Limits(1, 1, campaign_budget=np.array([4.0, 5.0]), offer_copies=np.full(2, NO_LIMIT))
    assert chosen_rows(allocate_offers(pairs, limits)) == [1]


def test_copies_of_an_offer_run_out() -> None:
    pairs = pairs_of([(0, 0, 0, 0, 1.0, 1.0), (1, 0, 0, 0, 3.0, 1.0), (2, 0, 0, 0, 2.0, 1.0)])
    assert chosen_rows(allocate_offers(pairs, limits_of(copies=2))) == [1, 2]


def test_a_customer_never_gets_two_offers_of_one_scope() -> None:
    pairs = pairs_of([(0, 0, 0, 7, 3.0, 1.0), (0, 1, 0, 7, 2.9, 1.0), (0, 2, 0, 8, 0.1, 1.0)])
    assert chosen_rows(allocate_offers(pairs, limits_of())) == [0, 2]


def test_a_loss_is_never_chosen() -> None:
    pairs = pairs_of([(0, 0, 0, 0, -1.0, 0.5), (1, 0, 0, 0, 0.0, 0.5)])
    assert chosen_rows(allocate_offers(pairs, limits_of())) == []


def test_nothing_to_choose_from_is_an_empty_allocation() -> None:
    result = allocate_offers(pairs_of([]), limits_of())
    assert (result.value, result.bound, result.campaign_spend.tolist()) == (0.0, 0.0, [0.0, 0.0])


def test_a_cost_that_is_no_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="pairs use of the budget of campaign must be finite"):
        allocate_offers(pairs_of([(0, 0, 0, 0, 1.0, np.nan)]), limits_of())


cents = st.integers(min_value=0, max_value=200).map(lambda amount: amount / 100)
values = st.integers(min_value=-50, max_value=300).map(lambda amount: amount / 100)


@st.composite
def shops(draw: st.DrawFn, customers: int = 6, offers: int = 4) -> tuple[Candidates, Limits]:
    """Any shop: offers 0 and 1 belong to campaign 0, the others to campaign 1; offers 0 and 2 share a scope."""
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, customers - 1), st.integers(0, offers - 1)),
            unique=True,
            max_size=customers * offers,
        )
    )
    rows = [(who, what, what // 2, what % 2, draw(values), draw(cents)) for who, what in pairs]
    limits = Limits(
        offers_per_customer=draw(st.integers(1, 3)),
        offers_per_scope=draw(st.integers(1, 2)),
        campaign_budget=np.array([draw(cents) * 3, draw(cents) * 3]),
        offer_copies=np.array([draw(st.sampled_from([0.0, 1.0, 2.0, NO_LIMIT])) for _ in range(offers)]),
    )
    return pairs_of(rows), limits


def is_within_limits(pairs: Candidates, limits: Limits, mask: np.ndarray) -> bool:
    spend = np.bincount(pairs.campaign[mask], pairs.cost[mask], len(limits.campaign_budget))
    copies = np.bincount(pairs.offer[mask], minlength=len(limits.offer_copies))
    scopes = np.unique(np.stack([pairs.customer[mask], pairs.scope[mask]]), axis=1, return_counts=True)[1]
    return bool(
        (spend <= limits.campaign_budget + 1e-9).all()
        and (copies <= limits.offer_copies).all()
        and np.bincount(pairs.customer[mask], minlength=1).max() <= limits.offers_per_customer
        and scopes.max(initial=0) <= limits.offers_per_scope
    )


def best_value(pairs: Candidates, limits: Limits) -> float:
    """Brute force over every subset."""
    masks = (np.array(bits, dtype=bool) for bits in product([False, True], repeat=len(pairs)))
    return max(pairs.value[mask].sum() for mask in masks if is_within_limits(pairs, limits, mask))


@given(shops())
@settings(max_examples=150, deadline=None)
def test_no_limit_is_ever_exceeded(shop: tuple[Candidates, Limits]) -> None:
    pairs, limits = shop
    result = allocate_offers(pairs, limits)
    assert is_within_limits(pairs, limits, result.is_chosen)
    assert (pairs.value[result.is_chosen] > 0).all()
    assert result.campaign_spend == pytest.approx(
        np.bincount(pairs.campaign[result.is_chosen], pairs.cost[result.is_chosen], 2)
    )


@given(shops())
@settings(max_examples=100, deadline=None)
def test_nothing_worth_choosing_is_left_while_everything_still_allows_it(shop: tuple[Candidates, Limits]) -> None:
    pairs, limits = shop
    chosen = allocate_offers(pairs, limits).is_chosen
    for row in np.flatnonzero(~chosen & (pairs.value > 0)):
        with_row = chosen.copy()
        with_row[row] = True
        assert not is_within_limits(pairs, limits, with_row) or pairs.cost[row] == pytest.approx(
            limits.campaign_budget[pairs.campaign[row]] - chosen_cost(pairs, chosen, row)
        )


def chosen_cost(pairs: Candidates, chosen: np.ndarray, row: int) -> float:
    return float(pairs.cost[chosen & (pairs.campaign == pairs.campaign[row])].sum())


@given(shops(customers=3))
@settings(max_examples=60, deadline=None)
def test_a_small_shop_gets_the_best_choice(shop: tuple[Candidates, Limits]) -> None:
    pairs, limits = shop
    result = allocate_offers(pairs, limits)
    assert result.value == pytest.approx(best_value(pairs, limits))
    assert result.value <= result.bound + 1e-9


@given(shops(), st.integers(0, 300).map(lambda amount: amount / 100))
@settings(max_examples=100, deadline=None)
def test_more_budget_never_earns_less(shop: tuple[Candidates, Limits], more: float) -> None:
    pairs, limits = shop
    richer = replace(limits, campaign_budget=limits.campaign_budget + np.array([more, 0.0]))
    assert allocate_offers(pairs, richer).value >= allocate_offers(pairs, limits).value - 1e-9


@given(shops(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_does_not_matter(shop: tuple[Candidates, Limits], chance: Random) -> None:
    pairs, limits = shop
    order = list(range(len(pairs)))
    chance.shuffle(order)
    shuffled = allocate_offers(pairs.take(np.array(order, dtype=np.int64)), limits)
    assert shuffled.is_chosen.tolist() == allocate_offers(pairs, limits).is_chosen[order].tolist()
