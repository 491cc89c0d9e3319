"""Who gets which offer: the most value for all customers together, within every limit.

`allocate_offers` decides for a day, `allocate_frame` (ml/allocating/frame.py) for anybody's frame; `prepare` once and
`solve` often serve sweeps over weights and budgets. The method is the same for all:

1. A price for every limit (the Lagrangian dual: Everett 1963, Fisher 1981). At given prices every customer is a small
   problem of its own, solved exactly for all of them at once (ml/allocating/local_choice.py); the best prices prove a
   bound that no choice can exceed.
2. One limit alone is walked exactly (Sinha and Zoltners 1979): a larger limit never earns less. With several limits the
   choice at the best prices is changed, least loss first, until it is within every limit, and then filled up: a larger
   limit never earns less than what `gap` says.
3. Up to 200 pairs are solved exactly.

Amounts are counted in whole units, so sums are exact and the order of the rows changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ml.allocating.book import Prepared, prepare
from ml.allocating.frame import FrameAllocation, Limit, Terms, Together, allocate_frame
from ml.allocating.problem import (
    AT_LEAST,
    AT_MOST,
    BoolArray,
    FloatArray,
    InfeasibleLimits,
    IntArray,
    Resource,
    Rule,
    Solution,
    Use,
)
from ml.allocating.solve import solve, weigh

__all__ = [
    "AT_LEAST",
    "AT_MOST",
    "CAMPAIGN_BUDGET",
    "OFFER_COPIES",
    "Allocation",
    "BoolArray",
    "Candidates",
    "FloatArray",
    "FrameAllocation",
    "InfeasibleLimits",
    "IntArray",
    "Limit",
    "Limits",
    "Prepared",
    "Resource",
    "Rule",
    "Solution",
    "Terms",
    "Together",
    "Use",
    "allocate_frame",
    "allocate_offers",
    "prepare",
    "rank_within",
    "solve",
    "weigh",
]


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
    means no limit. `resources` and `rules` are any further limits over all customers and within each, over the same
    pairs; pairs with `is_alone` go with no other offer.
    """

    offers_per_customer: int
    offers_per_scope: int
    campaign_budget: FloatArray
    offer_copies: FloatArray
    resources: Sequence[Resource] = ()
    rules: Sequence[Rule] = ()
    is_alone: BoolArray | None = None

    def take(self, rows: IntArray | BoolArray) -> "Limits":
        """The limits of some of the pairs."""
        return replace(
            self,
            resources=tuple(
                replace(one, group=one.group[rows], usage=of_rows(one.usage, rows)) for one in self.resources
            ),
            rules=tuple(replace(one, group=one.group[rows], most=of_rows(one.most, rows)) for one in self.rules),
            is_alone=None if self.is_alone is None else self.is_alone[rows],
        )


def of_rows(amount: Any, rows: IntArray | BoolArray) -> Any:
    """What some pairs have of an amount that is one number, or one per pair."""
    return amount[rows] if isinstance(amount, np.ndarray) else amount


@dataclass(frozen=True)
class Allocation:
    """The chosen pairs and what they cost.

    `bound` is a value that no allocation within the limits can exceed, `gap` the share of it that may have been missed.
    `campaign_price` is the value one more unit of a campaign's budget would earn; `uses` says the same of every limit.
    """

    is_chosen: BoolArray
    value: float
    bound: float
    gap: float
    campaign_spend: FloatArray
    campaign_price: FloatArray
    uses: tuple[Use, ...]


CAMPAIGN_BUDGET, OFFER_COPIES = "budget of campaign", "copies of offer"


def allocate_offers(candidates: Candidates, limits: Limits) -> Allocation:
    """Choose the pairs of most value within all limits, with a bound on what any choice could earn.

    Takes n candidate pairs with value and cost in currency, of either sign. Prices for all limits come from the
    Lagrangian dual (Fisher 1981), the choice at these prices is repaired until it is within every limit; up to 200
    pairs are solved exactly. Raises InfeasibleLimits where a limit cannot be met, ValueError where an amount is not
    finite.

    >>> pairs = Candidates(
    ...     customer=np.array([0, 0, 1]), offer=np.array([0, 1, 0]), campaign=np.array([0, 0, 0]),
    ...     scope=np.array([0, 1, 0]), value=np.array([3.0, 2.0, 4.0]), cost=np.array([1.0, 1.0, 2.0]),
    ... )
    >>> limits = Limits(2, 1, campaign_budget=np.array([3.0]), offer_copies=np.array([np.inf, np.inf]))
    >>> result = allocate_offers(pairs, limits)
    >>> result.is_chosen.tolist(), result.value, result.campaign_spend.tolist()
    ([True, False, True], 7.0, [3.0])
    """
    resources = (
        Resource(CAMPAIGN_BUDGET, candidates.campaign, candidates.cost, limits.campaign_budget),
        Resource(OFFER_COPIES, candidates.offer, 1.0, limits.offer_copies),
        *limits.resources,
    )
    solution = solve(prepare_candidates(candidates, limits), candidates.value, resources)
    budgets = [use for use in solution.uses if use.name == CAMPAIGN_BUDGET]
    return Allocation(
        is_chosen=solution.is_chosen,
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
        campaign_spend=np.array([use.used for use in budgets]),
        campaign_price=np.array([use.shadow_price for use in budgets]),
        uses=solution.uses,
    )


def prepare_candidates(candidates: Candidates, limits: Limits) -> Prepared:
    """The candidates laid out, with the rules that an offer and a scope are given only so often."""
    rules = (
        Rule("offer", candidates.offer, 1),
        Rule("scope", candidates.scope, limits.offers_per_scope),
        *limits.rules,
    )
    ties = (candidates.value, -candidates.cost)
    return prepare(candidates.customer, candidates.offer, limits.offers_per_customer, rules, limits.is_alone, ties)


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
