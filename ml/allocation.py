"""Who gets which offer: the most expected margin within budgets, copies and offers per customer."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Candidates:
    """Customer–offer pairs that may be chosen: arrays of one length n, identities as codes from 0."""

    customer: IntArray
    offer: IntArray
    campaign: IntArray
    scope: IntArray
    value: FloatArray
    cost: FloatArray

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: IntArray | BoolArray) -> "Candidates":
        return Candidates(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Limits:
    """What an allocation must keep to.

    `campaign_budget` (one per campaign code) is in currency, `offer_copies` (one per offer code) in offers; infinity
    means no limit.
    """

    offers_per_customer: int
    offers_per_scope: int
    campaign_budget: FloatArray
    offer_copies: FloatArray


@dataclass(frozen=True)
class Allocation:
    """The chosen pairs and what they cost.

    `campaign_price` is the margin one more unit of budget would earn; not a number where the method does not know it.
    `value_bound` is a value that no allocation within the limits can exceed.
    """

    is_chosen: BoolArray
    value: float
    value_bound: float
    campaign_spend: FloatArray
    campaign_price: FloatArray


def allocate_offers(candidates: Candidates, limits: Limits) -> Allocation:
    """Choose pairs greedily, once by value and once by value per unit of cost, and keep the better choice.

    Takes n candidate pairs with value and cost in currency; candidates without positive value are never chosen. No
    limit is ever exceeded. The better of the two orders earns at least half of the best choice when one budget is the
    only limit (Dantzig 1957; Kellerer, Pferschy, Pisinger: Knapsack Problems, 2004, section 2.1); with several limits
    there is no such promise, and `value_bound` shows the gap. Raises ValueError when a cost is negative or not finite.

    >>> pairs = Candidates(
    ...     customer=np.array([0, 0, 1]), offer=np.array([0, 1, 0]), campaign=np.array([0, 0, 0]),
    ...     scope=np.array([0, 1, 0]), value=np.array([3.0, 2.0, 4.0]), cost=np.array([1.0, 1.0, 2.0]),
    ... )
    >>> limits = Limits(2, 1, campaign_budget=np.array([3.0]), offer_copies=np.array([np.inf, np.inf]))
    >>> result = allocate_offers(pairs, limits)
    >>> result.is_chosen.tolist(), result.value, result.campaign_spend.tolist()
    ([True, False, True], 7.0, [3.0])
    """
    if not (np.isfinite(candidates.cost).all() and (candidates.cost >= 0).all()):
        raise ValueError("costs must be finite and not negative")
    by_value = choose_in_order(candidates, limits, order_pairs(candidates, candidates.value))
    by_density = choose_in_order(candidates, limits, order_pairs(candidates, value_per_cost(candidates)))
    chosen = max(by_value, by_density, key=lambda mask: candidates.value[mask].sum())
    budgets = len(limits.campaign_budget)
    return Allocation(
        is_chosen=chosen,
        value=float(candidates.value[chosen].sum()),
        value_bound=bound_value(candidates, limits),
        campaign_spend=np.bincount(candidates.campaign[chosen], candidates.cost[chosen], budgets).astype(float),
        campaign_price=np.full(budgets, np.nan),
    )


def value_per_cost(candidates: Candidates) -> FloatArray:
    free = np.where(candidates.value > 0, np.inf, 0.0)
    return np.divide(candidates.value, candidates.cost, out=free, where=candidates.cost > 0)


def order_pairs(candidates: Candidates, merit: FloatArray) -> IntArray:
    """Positions of the pairs worth choosing, best first; ties by value, then customer, then offer."""
    order = np.lexsort((candidates.offer, candidates.customer, -candidates.value, -merit))
    return order[candidates.value[order] > 0]


def rank_within(groups: IntArray) -> IntArray:
    """How many earlier entries belong to the same group.

    >>> rank_within(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    is_first = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(groups) else np.zeros(0, bool)
    starts = np.maximum.accumulate(np.where(is_first, np.arange(len(groups)), 0))
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - starts
    return ranks


def sum_within(groups: IntArray, amounts: FloatArray) -> FloatArray:
    """Running sum of the amounts of the same group, this entry included.

    >>> sum_within(np.array([7, 3, 7]), np.array([1.0, 5.0, 2.0])).tolist()
    [1.0, 5.0, 3.0]
    """
    order = np.argsort(groups, kind="stable")
    total = np.cumsum(amounts[order])
    before = total - amounts[order]
    starts = np.searchsorted(groups[order], groups[order], side="left")
    sums = np.empty(len(groups))
    sums[order] = total - before[starts]
    return sums


class Remaining:
    """What the limits still allow while an allocation is being made."""

    def __init__(self, candidates: Candidates, limits: Limits) -> None:
        self.pairs = candidates
        self.scope_code = candidates.customer * (int(candidates.scope.max(initial=0)) + 1) + candidates.scope
        self.budget = limits.campaign_budget.astype(float).copy()
        self.copies = limits.offer_copies.astype(float).copy()
        self.places = np.full(int(candidates.customer.max(initial=-1)) + 1, limits.offers_per_customer)
        self.scope_codes, self.scope_of = np.unique(self.scope_code, return_inverse=True)
        self.scope_places = np.full(len(self.scope_codes), limits.offers_per_scope)

    def admits(self, rows: IntArray) -> BoolArray:
        """Whether each row would fit if it were the next one taken."""
        pairs = self.pairs
        return (
            (pairs.cost[rows] <= self.budget[pairs.campaign[rows]])
            & (self.copies[pairs.offer[rows]] >= 1)
            & (self.places[pairs.customer[rows]] > 0)
            & (self.scope_places[self.scope_of[rows]] > 0)
        )

    def nominees(self, rows: IntArray) -> IntArray:
        """The first rows in order that fill the places of each scope and each customer."""
        rows = rows[rank_within(self.scope_of[rows]) < self.scope_places[self.scope_of[rows]]]
        return rows[rank_within(self.pairs.customer[rows]) < self.places[self.pairs.customer[rows]]]

    def affordable(self, rows: IntArray) -> IntArray:
        """The nominees that budgets and copies pay for when served in order."""
        pairs = self.pairs
        spend = sum_within(pairs.campaign[rows], pairs.cost[rows])
        copies = rank_within(pairs.offer[rows]) + 1
        return rows[(spend <= self.budget[pairs.campaign[rows]]) & (copies <= self.copies[pairs.offer[rows]])]

    def take(self, rows: IntArray) -> None:
        pairs = self.pairs
        np.subtract.at(self.budget, pairs.campaign[rows], pairs.cost[rows])
        np.subtract.at(self.copies, pairs.offer[rows], 1)
        np.subtract.at(self.places, pairs.customer[rows], 1)
        np.subtract.at(self.scope_places, self.scope_of[rows], 1)


def choose_in_order(candidates: Candidates, limits: Limits, order: IntArray) -> BoolArray:
    """Take pairs in rounds: every customer nominates the best it has places for, budgets and copies admit in order.

    Each round takes at least the first row, so the number of rounds is finite; a nominee that no longer fits makes room
    for the customer's next one in the following round.
    """
    remaining = Remaining(candidates, limits)
    is_chosen = np.zeros(len(candidates), dtype=bool)
    rows = order[remaining.admits(order)]
    while len(rows):
        taken = remaining.affordable(remaining.nominees(rows))
        remaining.take(taken)
        is_chosen[taken] = True
        rows = rows[~is_chosen[rows]]
        rows = rows[remaining.admits(rows)]
    return is_chosen


def bound_value(candidates: Candidates, limits: Limits) -> float:
    """A value no allocation can exceed: the smaller of 'budgets are no limit' and 'customers are no limit'."""
    return min(bound_without_budgets(candidates, limits), bound_without_customers(candidates, limits))


def bound_without_budgets(candidates: Candidates, limits: Limits) -> float:
    order = order_pairs(candidates, candidates.value)
    remaining = Remaining(candidates, limits)
    return float(candidates.value[remaining.nominees(order)].sum()) if len(order) else 0.0


def bound_without_customers(candidates: Candidates, limits: Limits) -> float:
    """Fractional knapsack of each campaign: best value per cost first, the last pair in part (Dantzig 1957)."""
    order = order_pairs(candidates, value_per_cost(candidates))
    value, cost, campaign = candidates.value[order], candidates.cost[order], candidates.campaign[order]
    left = limits.campaign_budget[campaign] - (sum_within(campaign, cost) - cost)
    share = np.ones_like(cost)
    np.divide(left, cost, out=share, where=cost > 0)
    return float((value * np.clip(share, 0.0, 1.0)).sum())
