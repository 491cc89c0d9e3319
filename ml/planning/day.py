"""The frontier of a day as a table: every point the sweep and evolution found, and which of them is decided by."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray
from ml.planning.evolution import Breeding, Policy, breed
from ml.planning.frontier import (
    GOALS,
    Points,
    Problem,
    is_best,
    keep_pairs,
    name_weights,
    share_of_box,
    spread_weights,
    sweep,
)
from warehouse.errors import BadInput

EXACT, EVOLVED = "exact", "evolved"


def weights_of(plan: SimpleNamespace) -> FloatArray:
    """The weights of profit, benefit and stock at the point managers picked by name; BadInput for an unknown one.

    >>> weights_of(SimpleNamespace(frontier_point="profit", frontier_points={"profit": {"profit": 1.0}})).tolist()
    [1.0, 0.0, 0.0]
    """
    if plan.frontier_point not in plan.frontier_points:
        known = ", ".join(plan.frontier_points)
        raise BadInput(f"plan.frontier_point is {plan.frontier_point!r}; plan.frontier_points has {known}")
    return name_weights({"picked": plan.frontier_points[plan.frontier_point]})[0]


def take_customers(
    problem: Problem, depth: FloatArray, customers: IntArray, share: float
) -> tuple[Problem, FloatArray]:
    """The problem of some customers (codes), with their share of every budget and number of copies."""
    rows = np.flatnonzero(np.isin(problem.candidates.customer, customers))
    own = keep_pairs(problem, rows)
    limits = replace(
        own.limits,
        campaign_budget=own.limits.campaign_budget * share,
        offer_copies=np.floor(own.limits.offer_copies * share),
        resources=tuple(replace(one, limit=one.limit * share) for one in own.limits.resources),
    )
    return replace(own, limits=limits), depth[rows]


def draw_frontier(problem: Problem, depth: FloatArray, plan: SimpleNamespace, seed: int) -> pd.DataFrame:
    """Points of the day: `point` within each `method`, the name a manager may pick it by, totals and weights or policy.

    `depth` is the discount of each candidate as a share of its goods. Both methods work on the same customers, at most
    `plan.sample_customers` of them drawn by the seed; their budgets are that share of the whole and totals are scaled
    up by it. Hypervolumes have offering nothing as reference and are shares of the box up to the best of every goal by
    either method.
    """
    everybody = np.unique(problem.candidates.customer)
    chosen = draw_customers(everybody, plan.sample_customers, seed)
    share = len(chosen) / max(len(everybody), 1) or 1.0
    problem, depth = take_customers(problem, depth, chosen, share)
    names = list(plan.frontier_points)
    exact = sweep(problem, np.vstack([name_weights(plan.frontier_points), spread_weights(plan.sweep_steps)]))
    frames = [describe(exact, EXACT, [*names, *[""] * (len(exact) - len(names))], [""] * len(exact))]
    if plan.generations > 0 and len(problem.candidates):
        bred, policies = breed(problem, depth, Breeding(plan.population, plan.generations, seed))
        frames.append(describe(bred, EVOLVED, [""] * len(bred), [as_json(policy) for policy in policies]))
    table = with_hypervolume(pd.concat(frames, ignore_index=True))
    amounts = {name: table[name] / share for name in (*GOALS, "cost")}
    return table.assign(
        **amounts,
        offer_count=np.rint(table["offer_count"] / share).astype(np.int64),
        is_decided_by=table["name"] == plan.frontier_point,
        customer_count=len(chosen),
        sample_rate=share,
    )


def draw_customers(customers: IntArray, most: int, seed: int) -> IntArray:
    if len(customers) <= most:
        return customers
    return np.sort(np.random.default_rng(seed).choice(customers, most, replace=False))


def describe(points: Points, method: str, names: Sequence[str], policies: Sequence[str]) -> pd.DataFrame:
    """The points that are named or that no other point of the method beats."""
    frame = pd.DataFrame(
        {
            "method": method,
            "name": names,
            **{goal: points.totals[:, place] for place, goal in enumerate(GOALS)},
            **{f"weight_{goal}": points.weights[:, place] for place, goal in enumerate(GOALS)},
            "cost": points.cost,
            "offer_count": points.offers,
            "policy": policies,
            "is_best": is_best(points.totals),
        }
    )
    kept = frame[frame["is_best"] | (frame["name"] != "")].reset_index(drop=True)
    return kept.assign(point=np.arange(len(kept)) + 1)


def as_json(policy: Policy) -> str:
    return json.dumps(
        {
            "budget_share": [round(share, 4) for share in policy.budget_share.tolist()],
            "min_depth": round(policy.min_depth, 4),
            "max_depth": round(policy.max_depth, 4),
            "offers_per_customer": policy.offers_per_customer,
        }
    )


def with_hypervolume(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the box that each method's points reach, beside each of its points."""
    totals = table[list(GOALS)].to_numpy(dtype=float)
    ideal = totals.max(axis=0, initial=0.0)
    counts = ideal > 0  # a goal that nothing serves, such as stock where nobody counts it, is left out of the box
    totals, ideal = np.where(counts, totals, 1.0), np.where(counts, ideal, 1.0)
    shares: Mapping[str, float] = {
        method: share_of_box(part, np.zeros(3), ideal) if counts.any() else 0.0
        for method in table["method"].unique()
        for part in [totals[(table["method"] == method).to_numpy()]]
    }
    return table.assign(hypervolume=table["method"].map(shares).astype(float))
