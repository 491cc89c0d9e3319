"""All limits at once on a made-up shop: none is broken, little is missed, and names and order change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.allocation_shop import Shop, every_limit, make_shop
from ml.allocation import AT_LEAST, Resource, Rule, Solution, prepare, solve

CUSTOMERS, OFFERS = 1500, 10


@pytest.fixture(scope="module")
def shop() -> Shop:
    return every_limit(make_shop(CUSTOMERS, OFFERS))


@pytest.fixture(scope="module")
def solution(shop: Shop) -> Solution:
    return allocate(shop)


def allocate(shop: Shop, start: np.ndarray | None = None) -> Solution:
    prepared = prepare(shop.customer, shop.offer, shop.offers_per_customer, shop.rules, shop.is_alone)
    return solve(prepared, shop.value, shop.resources, start)


def used(limit: Resource, rows: np.ndarray) -> np.ndarray:
    """Use of every group, added up in the given order of rows."""
    rows = rows[limit.group[rows] >= 0]
    return np.bincount(limit.group[rows], np.broadcast_to(limit.usage, limit.group.shape)[rows], len(limit.limit))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_no_limit_is_exceeded_in_whatever_order_amounts_are_added(
    shop: Shop, solution: Solution, seed: int | None
) -> None:
    rows = np.flatnonzero(solution.is_chosen)
    rows = rows if seed is None else np.random.default_rng(seed).permutation(rows)
    for limit in shop.resources:
        sign = 1 if limit.sense == AT_LEAST else -1
        assert (sign * used(limit, rows) >= sign * limit.limit - 1e-7).all(), limit.name


def test_every_rule_holds_for_every_customer(shop: Shop, solution: Solution) -> None:
    chosen = solution.is_chosen
    for rule in shop.rules:
        concerned = chosen & (rule.group >= 0)
        cells = shop.customer[concerned] * 100 + rule.group[concerned]
        _, first, count = np.unique(cells, return_index=True, return_counts=True)
        assert (count <= np.broadcast_to(rule.most, chosen.shape)[concerned][first]).all(), rule.name
    count = np.bincount(shop.customer[chosen], minlength=CUSTOMERS)
    assert count.max() == shop.offers_per_customer
    assert (count[shop.customer[chosen & shop.is_alone]] == 1).all()


def test_little_is_missed(solution: Solution) -> None:
    assert 0 < solution.value <= solution.bound
    assert solution.gap <= 0.005


def test_every_limit_is_reported_with_its_price(shop: Shop, solution: Solution) -> None:
    rows = np.flatnonzero(solution.is_chosen)
    by_limit = {use.label: use for use in solution.uses}
    assert len(by_limit) == sum(len(limit.limit) for limit in shop.resources)
    for limit in shop.resources:
        assert [use.used for use in solution.uses if use.name == limit.name] == pytest.approx(
            used(limit, rows).tolist()
        )
    assert all(use.shadow_price >= 0 for use in solution.uses if use.sense != AT_LEAST)
    assert by_limit["issue of new offer"].shadow_price < 0  # nobody would choose so many
    assert by_limit["copies of offer 0"].shadow_price == 0  # no cap


def test_names_and_order_of_customers_change_nothing(shop: Shop, solution: Solution) -> None:
    order = np.random.default_rng(5).permutation(len(shop.offer))
    names = np.random.default_rng(6).permutation(CUSTOMERS)
    shuffled = replace(
        shop,
        customer=names[shop.customer][order],
        offer=shop.offer[order],
        value=shop.value[order],
        cost=shop.cost[order],
        is_alone=shop.is_alone[order],
        resources=tuple(shuffle(limit, order) for limit in shop.resources),
        rules=tuple(
            Rule(rule.name, rule.group[order], np.broadcast_to(rule.most, order.shape)[order]) for rule in shop.rules
        ),
    )
    assert allocate(shuffled).is_chosen.tolist() == solution.is_chosen[order].tolist()


def shuffle(limit: Resource, order: np.ndarray) -> Resource:
    usage = limit.usage[order] if isinstance(limit.usage, np.ndarray) else limit.usage
    return replace(limit, group=limit.group[order], usage=usage)


def test_more_budget_earns_no_less_than_the_gap_says(shop: Shop, solution: Solution) -> None:
    for more in (1.001, 1.01, 1.1):
        budgets = replace(shop.resources[0], limit=shop.resources[0].limit * more)
        richer = allocate(replace(shop, resources=(budgets, *shop.resources[1:])))
        assert richer.value >= solution.value - (richer.bound - richer.value)


def test_prices_of_before_are_a_good_start(shop: Shop, solution: Solution) -> None:
    again = allocate(shop, start=solution.prices)
    assert again.value >= solution.value * 0.999
    assert again.bound <= solution.bound * (1 + 1e-9)


def test_customers_who_are_alike_are_divided_as_the_limits_need_it() -> None:
    """Offers worth 3 and 2 at cost 2 and 1, 600 of money, 500 messages: 100 of one offer, 400 of the other."""
    customer, offer = np.repeat(np.arange(1000), 2), np.tile([0, 1], 1000)
    limits = [
        Resource("budget", np.zeros(2000, int), np.tile([2.0, 1.0], 1000), np.array([600.0])),
        Resource("messages", np.zeros(2000, int), 1.0, np.array([500.0])),
    ]
    solution = solve(prepare(customer, offer), np.tile([3.0, 2.0], 1000), limits)
    assert solution.value == 3 * 100 + 2 * 400
    assert np.bincount(offer[solution.is_chosen]).tolist() == [100, 400]


def test_of_the_variants_of_an_offer_a_customer_gets_one() -> None:
    """Thresholds 20 and 30 of one offer: the dearer variant moves more, and there is money for it once."""
    customer, offer = np.repeat(np.arange(300), 2), np.zeros(600, int)
    money = Resource("budget", np.zeros(600, int), np.tile([1.0, 3.0], 300), np.array([302.0]))
    ready = prepare(customer, offer, 2, [Rule("offer", offer, 1)])
    solution = solve(ready, np.tile([2.0, 3.0], 300), [money])
    assert np.bincount(customer[solution.is_chosen]).tolist() == [1] * 300
    assert solution.value == 2 * 299 + 3


def test_limits_that_leave_a_repair_no_room_are_met_from_a_little_inside() -> None:
    """At the best prices of this shop no single change mends the minimum without breaking another limit."""
    assert allocate(every_limit(make_shop(20_000, 5))).gap <= 0.005
