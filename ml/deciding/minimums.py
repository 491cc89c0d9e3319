"""Minimum issues of new offers that a day cannot meet: managers ask for them, but they stop nobody's day."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.allocation import (
    AT_LEAST,
    Allocation,
    Candidates,
    FloatArray,
    InfeasibleLimits,
    IntArray,
    Limits,
    Resource,
    allocate_offers,
)

RELAXED = (0.5, 0.25, 0.0)  # shares of the minimums that are tried in turn where all of them cannot be met


def allocate_day(candidates: Candidates, limits: Limits) -> Allocation:
    """The allocation within all limits; where no choice meets the minimums, with less of them and at last without.

    What a new offer lacks stays lacking and is asked for on the days that are left; the gate warns of it (DEC-31).
    Raises as `allocate_offers` does for everything else.
    """
    tried = [limits, *(relax(limits, share) for share in RELAXED if has_minimums(limits.resources))]
    for one in tried[:-1]:
        try:
            return allocate_offers(candidates, one)
        except InfeasibleLimits:
            continue
    return allocate_offers(candidates, tried[-1])


def has_minimums(resources: Sequence[Resource]) -> bool:
    return any(one.sense == AT_LEAST for one in resources)


def relax(limits: Limits, share: float) -> Limits:
    """The limits with that share of every minimum, in whole copies; without minimums at 0."""
    resources = (
        replace(one, limit=np.floor(one.limit * share)) if one.sense == AT_LEAST else one for one in limits.resources
    )
    return replace(limits, resources=tuple(one for one in resources if share > 0 or one.sense != AT_LEAST))


def cap_by_money(needed: IntArray, candidates: Candidates, budget: FloatArray) -> IntArray:
    """Copies of each of m offers that the money of k campaigns (currency) pays, at most those needed (m).

    Every customer counts with the cheapest terms, the cheapest customers first; of offers that share a campaign the
    first takes its money first.

    >>> pairs = Candidates(*(np.array(one) for one in ([0, 1, 1], [0, 0, 0], [0] * 3, [0] * 3, [1.0] * 3, [1, 2.0, 3])))
    >>> cap_by_money(np.array([2]), pairs, np.array([2.5])).tolist()
    [1]
    """
    left, capped = budget.astype(float).copy(), np.zeros(len(needed), dtype=np.int64)
    for offer in np.flatnonzero(needed > 0):
        rows = np.flatnonzero(candidates.offer == offer)
        if len(rows):
            campaign = candidates.campaign[rows[0]]
            spent = np.cumsum(cheapest(candidates, rows))
            capped[offer] = min(needed[offer], np.searchsorted(spent, left[campaign], side="right"))
            left[campaign] -= spent[capped[offer] - 1] if capped[offer] else 0.0
    return capped


def cheapest(candidates: Candidates, rows: IntArray) -> FloatArray:
    """The least expected cost of each customer among some rows, in ascending order."""
    order = rows[np.lexsort((candidates.cost[rows], candidates.customer[rows]))]
    first = np.unique(candidates.customer[order], return_index=True)[1]
    return np.sort(candidates.cost[order[first]])
