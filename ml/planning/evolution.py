"""Policies bred by NSGA-II: how budgets are split, how deep discounts may be, how many offers a customer gets.

Where the exact frontier weighs goals within the given budgets, evolution moves what managers set: it may shift money
between campaigns. Each policy is tried by allocating for profit within what it sets (Deb, Pratap, Agarwal, Meyarivan
2002; pymoo's implementation). The same seed gives the same policies.
"""

from dataclasses import dataclass, replace

import numpy as np

from ml.allocation import FloatArray, allocate_offers
from ml.planning.frontier import Points, Problem, keep_pairs, stack, stack_point

MENU_DECIMALS = 2


@dataclass(frozen=True)
class Policy:
    """What a manager could set: the share of the day's money of each campaign, discounts from `min_depth` to
    `max_depth` (share of the goods they are for), offers per customer."""

    budget_share: FloatArray
    min_depth: float
    max_depth: float
    offers_per_customer: int


@dataclass(frozen=True)
class Breeding:
    population: int
    generations: int
    seed: int


def breed(problem: Problem, depth: FloatArray, breeding: Breeding) -> tuple[Points, list[Policy]]:
    """The policies of the last generation that no other one beats, with what they bring.

    `depth` is the discount of each of the n candidates as a share of the goods it is for; a policy's menu is a stretch
    of the depths there are. Genes lie in 0-1: one per campaign, two for the menu, one for offers per customer.
    """
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem as Task
    from pymoo.optimize import minimize

    genes = len(problem.limits.campaign_budget) + 3
    depth = np.round(depth, MENU_DECIMALS)
    menu = np.unique(depth)

    class Search(Task):
        def __init__(self) -> None:
            super().__init__(n_var=genes, n_obj=3, xl=0.0, xu=1.0)

        def _evaluate(self, x: FloatArray, out: dict[str, FloatArray], *_: object, **__: object) -> None:
            rows = [try_policy(problem, depth, read_genes(one, problem, menu)) for one in x]
            out["F"] = -np.array(rows)[:, :3]

    start = np.random.default_rng(breeding.seed).random((breeding.population, genes))
    start[0] = genes_as_set(problem)
    found = minimize(
        Search(),
        NSGA2(pop_size=breeding.population, sampling=start),
        ("n_gen", breeding.generations),
        seed=breeding.seed,
        verbose=False,
    )
    policies = [read_genes(one, problem, menu) for one in np.atleast_2d(found.X)]
    rows = np.array([try_policy(problem, depth, policy) for policy in policies])
    return stack(rows, np.full((len(rows), 3), np.nan)), policies


def genes_as_set(problem: Problem) -> FloatArray:
    """The genes of what is set today: evolution starts from it among others."""
    budgets = money_of(problem)
    split = budgets / budgets.max() if budgets.max(initial=0) > 0 else np.ones(len(budgets))
    return np.concatenate([split, [0.0, 1.0, 1.0]])


def money_of(problem: Problem) -> FloatArray:
    """The day's money of each campaign; where there is no limit, what all its candidates would cost."""
    budgets = problem.limits.campaign_budget
    cost = np.bincount(problem.candidates.campaign, np.maximum(problem.candidates.cost, 0), len(budgets))
    return np.minimum(budgets, cost)


def read_genes(genes: FloatArray, problem: Problem, menu: FloatArray) -> Policy:
    """The policy of a row of genes: campaigns share the same money, the two ends of the menu are put in order."""
    split, ends = genes[:-3], np.sort(genes[-3:-1])
    depths = menu[np.minimum((ends * len(menu)).astype(np.int64), len(menu) - 1)]
    total = split.sum()
    share = split / total if total > 0 else np.full(len(split), 1 / max(len(split), 1))
    most = problem.limits.offers_per_customer
    return Policy(share, float(depths[0]), float(depths[1]), 1 + round(float(genes[-1]) * (most - 1)))


def try_policy(problem: Problem, depth: FloatArray, policy: Policy) -> FloatArray:
    """What allocating for profit brings within a policy: totals of the goals, cost, number of offers.

    Other limits than the campaigns' budgets stay as they are; minimum issues are left out, which a policy may break.
    """
    own = keep_pairs(problem, np.flatnonzero(np.logical_and(depth >= policy.min_depth, depth <= policy.max_depth)))
    limits = replace(
        own.limits,
        campaign_budget=policy.budget_share * money_of(problem).sum(),
        offers_per_customer=policy.offers_per_customer,
    )
    chosen = allocate_offers(replace(own.candidates, value=own.goals[:, 0]), limits).is_chosen
    return stack_point(own, chosen)
