"""The exact frontier profit - customers' benefit - stock cleared: the allocator asked with one weighting after another.

Every choice of pairs that is best for some positive weights is on the frontier (a supported point: Geoffrion 1968;
Ehrgott, Multicriteria Optimization, 2005, chapter 3). Sweeping the weights of the allocator's dual finds those points
up to its gap; points in the dents of the frontier, which are best for no weights, are not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ml.allocation import AT_LEAST, BoolArray, Candidates, FloatArray, IntArray, Limits, allocate_offers

GOALS = ("profit", "benefit", "stock")


@dataclass(frozen=True)
class Problem:
    """n candidates within limits, and what each brings of every goal (n x 3, currency)."""

    candidates: Candidates
    goals: FloatArray
    limits: Limits

    def total(self, is_chosen: BoolArray) -> FloatArray:
        return np.asarray(self.goals[is_chosen].sum(axis=0), dtype=np.float64)


def keep_pairs(problem: Problem, rows: IntArray) -> Problem:
    """The problem of some of its pairs, without minimum issues: those are met by all pairs or not at all."""
    limits = problem.limits.take(rows)
    limits = replace(limits, resources=tuple(one for one in limits.resources if one.sense != AT_LEAST))
    return Problem(problem.candidates.take(rows), problem.goals[rows], limits)


@dataclass(frozen=True)
class Points:
    """p points: totals of the goals (p x 3), what they cost and how many offers they give, and how they were found:
    weights (p x 3) for the exact ones."""

    totals: FloatArray
    cost: FloatArray
    offers: FloatArray
    weights: FloatArray

    def __len__(self) -> int:
        return len(self.totals)

    def take(self, rows: BoolArray) -> "Points":
        return Points(self.totals[rows], self.cost[rows], self.offers[rows], self.weights[rows])


def sweep(problem: Problem, weights: FloatArray) -> Points:
    """The best choice for each weighting (w x 3): w points, some of them perhaps the same."""
    rows = [stack_point(problem, solve_for(problem, one)) for one in weights]
    return stack(np.array(rows).reshape(-1, 5), weights)


def solve_for(problem: Problem, weights: FloatArray) -> BoolArray:
    """The choice of most weighted value within the limits."""
    merit = problem.goals @ weights
    return allocate_offers(replace(problem.candidates, value=merit), problem.limits).is_chosen


def stack_point(problem: Problem, is_chosen: BoolArray) -> FloatArray:
    """Totals, cost and number of offers of one choice."""
    cost = problem.candidates.cost[is_chosen].sum()
    return np.concatenate([problem.total(is_chosen), [cost, is_chosen.sum()]])


def stack(rows: FloatArray, weights: FloatArray) -> Points:
    """Points from rows of totals, cost and number of offers."""
    return Points(rows[:, :3], rows[:, 3], rows[:, 4], weights)


def spread_weights(steps: int) -> FloatArray:
    """Weights on an even grid of the simplex: all (i, j, k) / steps with i + j + k = steps; none for no steps.

    >>> spread_weights(1).tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    >>> len(spread_weights(4))
    15
    """
    grid = [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    return np.array(grid, dtype=np.float64).reshape(-1, 3) / steps if steps else np.zeros((0, 3))


def name_weights(points: Mapping[str, Mapping[str, float]]) -> FloatArray:
    """The weights of named points, goals that are not named weighing nothing.

    >>> name_weights({"generous": {"profit": 1.0, "benefit": 0.5}}).tolist()
    [[1.0, 0.5, 0.0]]
    """
    return np.array([[one.get(goal, 0.0) for goal in GOALS] for one in points.values()]).reshape(-1, 3)


def is_best(totals: FloatArray) -> BoolArray:
    """Marks the points that no other point beats in one goal without losing in another; of equal points the first.

    >>> is_best(np.array([[3.0, 0.0, 0.0], [2.0, 2.0, 0.0], [2.0, 1.0, 0.0], [3.0, 0.0, 0.0]])).tolist()
    [True, True, False, False]
    """
    at_least = (totals[:, None, :] >= totals[None, :, :]).all(axis=2)
    more = (totals[:, None, :] > totals[None, :, :]).any(axis=2)
    is_beaten = (at_least & more).any(axis=0)
    is_repeated = np.triu(at_least & at_least.T, 1).any(axis=0)
    return np.logical_not(is_beaten | is_repeated)


def hypervolume(totals: FloatArray, reference: FloatArray) -> float:
    """The volume between the reference and the points (p x 3, more is better): how much of what could be had some point
    offers at least (Zitzler and Thiele 1999). Points not above the reference in every goal add nothing.

    >>> hypervolume(np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0]]), np.zeros(3))
    3.0
    """
    above = totals[(totals > reference).all(axis=1)] - reference
    heights = np.unique(above[:, 2])
    thickness = np.diff(np.concatenate(([0.0], heights)))
    return float(sum(deep * area(above[above[:, 2] >= top, :2]) for top, deep in zip(heights, thickness, strict=True)))


def area(points: FloatArray) -> float:
    """The area under the staircase of points (p x 2) above the origin."""
    ordered = points[np.argsort(-points[:, 0], kind="stable")]
    reached = np.maximum.accumulate(ordered[:, 1])
    gained = np.diff(np.concatenate(([0.0], reached)))
    return float((gained * ordered[:, 0]).sum())


def share_of_box(totals: FloatArray, reference: FloatArray, ideal: FloatArray) -> float:
    """Hypervolume as a share of the box between the reference and the best of every goal; 0 where the box is flat.

    >>> share_of_box(np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0]]), np.zeros(3), np.array([2.0, 2.0, 1.0]))
    0.75
    """
    box = float(np.prod(np.maximum(ideal - reference, 0.0)))
    return hypervolume(totals, reference) / box if box > 0 else 0.0
