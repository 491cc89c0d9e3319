"""Decide: one answer for every known customer, and the offers given within budgets, limits and chance.

A customer's status is the first that holds of: holdout, fraud_review, no_consent, contact_limit, not_eligible,
no_profitable_offer, budget_exhausted, offered. So the holdout is the same share of customers on every day, what forbids
contact comes before what limits it, and money is named only where nothing else stood in the way.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.allocation import Allocation, Candidates, IntArray, Limits, allocate_offers, rank_within
from ml.deciding.assignment import Draw, Lottery, Softening, draw_assignments
from ml.deciding.budgets import leave_over, limit_day, pace_budgets, remaining_copies
from ml.deciding.decided import describe_assignments, describe_decisions, describe_offer_plans
from ml.deciding.screen import Screened, Terms, count_issued, screen_pairs
from ml.deciding.world import World, read_world
from ml.recommend import affinity_of_pairs
from warehouse import runs, settings, tables


@dataclass(frozen=True)
class Plan:
    """The candidates (`rows` are their places among the pairs), what was allocated, and what chance made of it."""

    rows: IntArray
    candidates: Candidates
    allocation: Allocation
    draw: Draw


@dataclass(frozen=True)
class Decided:
    """The three tables of a day."""

    decisions: pd.DataFrame
    assignments: pd.DataFrame
    offer_plans: pd.DataFrame


def decide(day: date) -> None:
    """Write ml.decisions, ml.assignments and ml.offer_plans of a day; a second run replaces the first."""
    known = parameters.load()
    with runs.stage("decide", day) as stage:
        world = read_world(day, runs.run_id(day))
        decided = decide_promotions(world, Terms(known.shop, known.decide), open_lottery(world.run_id, known.decide))
        for name, frame in vars(with_affinity(decided, day)).items():
            tables.replace_day(f"ml.{name}", day, as_declared(f"ml.{name}", frame))
        stage.rows = len(decided.decisions)


def open_lottery(run_id: str, terms: SimpleNamespace) -> Lottery:
    """Chance by the installation's key; without one by a public key, so that pseudonyms alone decide the holdout."""
    key = os.environ.get("PROMOLIFT_HOLDOUT_KEY") or f"promolift:{settings.load().source}"
    return Lottery(key.encode(), run_id, terms.holdout_rate, terms.exploration_rate)


def with_affinity(decided: Decided, day: date) -> Decided:
    """Affinity informs and does not decide, so it is asked for only where something was assigned."""
    if decided.assignments.empty:
        return decided
    affinity = affinity_of_pairs(day, decided.assignments[["customer_id", "offer_id"]])
    return replace(decided, assignments=decided.assignments.assign(affinity=affinity))


def as_declared(table: str, frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[list(tables.TABLES[table].columns)], preserve_index=False)


def decide_promotions(world: World, terms: Terms, lottery: Lottery) -> Decided:
    """One decision per known customer, the offers assigned with reasons and probabilities, and the planned catalogue.

    Takes the morning of a day as frames (ml/deciding/world.py). Nothing but these, the parameters and the lottery's key
    decides; ties go to the smaller customer and offer. Raises ValueError where a pair's customer or offer is not in its
    frame.
    """
    screened = screen_pairs(world, terms)
    plan = plan_offers(screened, terms, lottery)
    assigned = assign(plan)
    return Decided(
        decisions=describe_decisions(screened, plan.candidates, plan.draw.is_held_out, assigned),
        assignments=describe_assignments(screened, assigned, terms),
        offer_plans=describe_offer_plans(screened, plan.candidates, plan.allocation.campaign_price, assigned),
    )


def plan_offers(screened: Screened, terms: Terms, lottery: Lottery) -> Plan:
    """Allocate to all who may be contacted, held out or not, then let chance decide who gets what was planned."""
    world = screened.world
    rows, candidates = find_candidates(screened, terms.decide)
    budgets = pace_budgets(world.campaigns, world.day, terms.decide.pacing_rate)
    copies = remaining_copies(world.offers, count_issued(world))
    allocation = allocate_offers(candidates, limit_day(budgets, copies, terms.decide))
    given = np.bincount(candidates.offer[allocation.is_chosen], minlength=len(copies))
    left = leave_over(budgets, copies, allocation.campaign_spend, given, terms.decide)
    return Plan(rows, candidates, allocation, draw_lots(world, candidates, allocation, left, terms.decide, lottery))


def find_candidates(screened: Screened, terms: SimpleNamespace) -> tuple[IntArray, Candidates]:
    """Eligible pairs of reachable customers that are worth their place, and where among the pairs they are."""
    world, pairs, worth = screened.world, screened.pairs, screened.worth
    is_likely = world.pairs["propensity"].to_numpy(dtype=float) >= terms.min_propensity
    is_worth_it = is_likely & (worth.expected_margin >= terms.min_expected_margin)
    rows = np.flatnonzero(screened.is_eligible & screened.is_reachable[pairs.customer] & is_worth_it)
    campaign = pd.Index(world.campaigns["campaign_id"]).get_indexer(world.offers["campaign_id"]).astype(np.int64)
    scope = pd.factorize(world.offers["scope_category"], sort=True)[0].astype(np.int64)
    offer, value, cost = pairs.offer[rows], worth.expected_margin[rows], worth.expected_cost[rows]
    return rows, Candidates(pairs.customer[rows], offer, campaign[offer], scope[offer], value, cost)


def draw_lots(
    world: World,
    candidates: Candidates,
    allocation: Allocation,
    left: Limits,
    terms: SimpleNamespace,
    lottery: Lottery,
) -> Draw:
    softening = Softening(terms.exploration_candidates, terms.exploration_temperature)
    names = world.customers["customer_id"].tolist()
    return draw_assignments(candidates, allocation.is_chosen, left, names, lottery, softening)


def assign(plan: Plan) -> pd.DataFrame:
    """The assigned pairs with arm, probability and rank, by customer and rank; `row` is the place among the pairs."""
    draw, pairs = plan.draw, plan.candidates
    explores, is_held_out = draw.explores[pairs.customer], draw.is_held_out[pairs.customer]
    assigned = pd.DataFrame(
        {
            "row": plan.rows,
            "customer": pairs.customer,
            "offer": pairs.offer,
            "value": pairs.value,
            "cost": pairs.cost,
            "arm": np.select([is_held_out, explores], ["holdout", "exploration"], "treatment"),
            "probability": draw.probability,
        }
    )[np.where(explores, draw.is_drawn, plan.allocation.is_chosen)]
    ordered = assigned.sort_values(["customer", "value", "offer"], ascending=[True, False, True], ignore_index=True)
    return ordered.assign(rank=rank_within(ordered["customer"].to_numpy()) + 1)
