"""Decide: one answer for every known customer, and the offers given within budgets, limits and chance.

A customer's status is the first that holds of: holdout (for good), fraud_review, no_consent, contact_limit,
not_eligible, holdout (campaigns' controls withheld every offer), offered, no_profitable_offer, budget_exhausted. So the
permanent holdout is the same share of customers on every day, what forbids contact comes before what limits it, and
money is named only where nothing else stood in the way.
"""

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

from ml import parameters
from ml.allocation import Allocation, BoolArray, Candidates, Limits, rank_within
from ml.deciding.assignment import Draw, draw_assignments, name_arms, probability_of_arms, spread
from ml.deciding.budgets import fill_purse, keep_back, limit_day, pace_budgets, remaining_copies
from ml.deciding.candidates import Options, depth_of, face_value_of, is_needed, list_options
from ml.deciding.chance import Lottery, Names, open_lottery
from ml.deciding.decided import describe_assignments, describe_decisions, describe_offer_plans
from ml.deciding.explaining import explain_nothing, explainer_of, response_explainer_of, say_nothing
from ml.deciding.exploration import Softening
from ml.deciding.limits import add_managers_limits, restrain_exploration
from ml.deciding.minimums import allocate_day
from ml.deciding.obstacles import Answers, give_answers
from ml.deciding.partners import fund_partners, spare_partners
from ml.deciding.pull_forward import decide_terms, read_pull_forward
from ml.deciding.screen import Screened, Terms, screen_pairs
from ml.deciding.telling import Explainer, ResponseExplainer, tell_assignments
from ml.deciding.world import World, read_world
from ml.planning.day import draw_frontier, weights_of
from ml.planning.frontier import Problem
from ml.recommend import affinity_of_pairs
from warehouse import runs, tables
from warehouse.arms import WITHHELD

PROFIT = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True)
class Plan:
    """The candidates with their terms, what was allocated, and what chance made of it.

    Offers may be planned where they are profitable, and explored at any other candidate.
    """

    options: Options
    limits: Limits
    is_profitable: BoolArray
    allocation: Allocation
    draw: Draw

    @property
    def candidates(self) -> Candidates:
        return self.options.candidates

    @property
    def profitable(self) -> Candidates:
        return self.candidates.take(self.is_profitable)


@dataclass(frozen=True)
class Decided:
    """The tables of a day."""

    decisions: pd.DataFrame
    assignments: pd.DataFrame
    offer_plans: pd.DataFrame
    spend_factors: pd.DataFrame
    frontier: pd.DataFrame


def decide(day: date) -> None:
    """Write the tables of Decided and the rate of ml.pull_forward for a day; a second run replaces the first."""
    known = parameters.load()
    with runs.stage("decide", day) as stage:
        world = read_world(day, runs.run_id(day))
        terms, lottery = Terms(known.shop, decide_terms(day), known.plan), open_lottery(world.run_id, known.decide)
        currency = known.shop.currency
        explain, explain_response = explainer_of(day, currency), response_explainer_of(day, currency)
        decided = decide_promotions(world, terms, lottery, explain, explain_response)
        for name, frame in vars(with_affinity(decided, day)).items():
            tables.replace_day(f"ml.{name}", day, as_declared(f"ml.{name}", frame))
        pulled = read_pull_forward(day).assign(day=day, run_id=world.run_id)
        tables.replace_day("ml.pull_forward", day, as_declared("ml.pull_forward", pulled))
        stage.rows = len(decided.decisions)


def with_affinity(decided: Decided, day: date) -> Decided:
    """Affinity informs and does not decide, so it is asked for only where something was assigned."""
    if decided.assignments.empty:
        return decided
    affinity = affinity_of_pairs(day, decided.assignments[["customer_id", "offer_id"]])
    return replace(decided, assignments=decided.assignments.assign(affinity=affinity))


def as_declared(table: str, frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[list(tables.TABLES[table].columns)], preserve_index=False)


def decide_promotions(
    world: World,
    terms: Terms,
    lottery: Lottery,
    explain: Explainer = explain_nothing,
    explain_response: ResponseExplainer = say_nothing,
) -> Decided:
    """One decision per known customer, the offers assigned with reasons and probabilities, and the planned catalogue.

    Takes the morning of a day as frames (ml/deciding/world.py). Nothing but these, the parameters and the lottery's key
    decides; ties go to the smaller customer and offer. `explain` says why effects are what they are,
    and `explain_response` why chances of use are. Raises ValueError where a pair's customer or offer is not in its
    frame.
    """
    screened = screen_pairs(world, terms)
    plan = plan_offers(screened, terms, lottery)
    assigned = assign(plan, lottery)
    answers = Answers(screened, plan.profitable, assigned, plan.allocation.campaign_price, terms)
    decisions = describe_decisions(screened, plan.profitable, plan.draw, assigned)
    assignments = describe_assignments(screened, assigned, terms)
    return Decided(
        decisions=decisions.assign(reason=give_answers(answers, decisions["status"], plan.draw.is_held_out)),
        assignments=assignments.assign(reasons=tell_assignments(assignments, answers, explain, explain_response)),
        offer_plans=describe_offer_plans(screened, plan.profitable, plan.allocation, assigned),
        spend_factors=world.spend_factors.assign(day=world.day, run_id=world.run_id),
        frontier=describe_frontier(screened, plan, terms),
    )


def plan_offers(screened: Screened, terms: Terms, lottery: Lottery) -> Plan:
    """Allocate to all who may be contacted, then let chance decide who gets what was planned and who explores."""
    world, limits = screened.world, terms.decide
    weights = PROFIT if terms.plan is None else weights_of(terms.plan)
    options = list_options(screened, terms, weights)
    candidates, merit = options.candidates, options.goals @ weights
    is_profitable = (merit >= limits.min_expected_margin) | is_needed(screened, options)
    discount = face_value_of(screened, options)
    reserve = keep_back(world, candidates, discount, limits)
    budgets = pace_budgets(world.campaigns, world.day, limits.pacing_rate, reserve)
    copies = remaining_copies(world.offers, screened.issued)
    day_limits = limit_day(budgets, copies, limits)
    partners = fund_partners(screened, candidates, options.partner_cost, discount, terms)
    day_limits = add_managers_limits(day_limits, candidates, partners, screened, terms)
    plannable = replace(candidates, value=merit).take(is_profitable)
    allocation = allocate_day(plannable, day_limits.take(is_profitable))
    is_planned = spread(allocation.is_chosen, np.flatnonzero(is_profitable), len(candidates))
    given = np.bincount(candidates.offer[is_planned], minlength=len(copies))
    purse = fill_purse(budgets, copies, given, limits)
    purse = spare_partners(purse, candidates, partners, screened, limits)
    draw = draw_lots(world, restrain_exploration(candidates, screened, terms), is_planned, purse, limits, lottery)
    return Plan(options, day_limits, is_profitable, allocation, draw)


def describe_frontier(screened: Screened, plan: Plan, terms: Terms) -> pd.DataFrame:
    """The rows of ml.frontier: what other weights of the goals, or other rules, would bring today."""
    if terms.plan is None:
        return pd.DataFrame()
    problem = Problem(plan.candidates, plan.options.goals, plan.limits)
    points = draw_frontier(problem, depth_of(screened, plan.options), terms.plan, screened.world.day.toordinal())
    return points.assign(day=screened.world.day, run_id=screened.world.run_id)


def draw_lots(
    world: World,
    candidates: Candidates,
    is_planned: BoolArray,
    purse: Limits,
    terms: SimpleNamespace,
    lottery: Lottery,
) -> Draw:
    softening = Softening(terms.exploration_candidates, terms.exploration_temperature, terms.exploration_floor)
    names = Names(world.customers["customer_id"].tolist(), world.campaigns["campaign_id"].tolist())
    return draw_assignments(candidates, is_planned, purse, names, lottery, softening)


def assign(plan: Plan, lottery: Lottery) -> pd.DataFrame:
    """What would be sent, with arm, probability and rank: by customer, what is sent before what is withheld, the best
    first; `row` is the place among the pairs."""
    draw, options, pairs = plan.draw, plan.options, plan.candidates
    arm = name_arms(draw, pairs.customer)
    assigned = pd.DataFrame(
        {
            "row": options.rows,
            "customer": pairs.customer,
            "offer": pairs.offer,
            "value": pairs.value,
            "cost": pairs.cost,
            "partner_cost": options.partner_cost,
            "min_basket": options.min_basket,
            "discount_value": options.discount_value,
            "is_step": options.is_step,
            "arm": arm,
            "is_sent": ~np.isin(arm.astype(str), WITHHELD),
            "probability": draw.probability * probability_of_arms(arm, lottery),
            "shown_probability": lottery.shown_rate,
        }
    )[draw.would_be_sent]
    order = {"customer": True, "is_sent": False, "value": False, "offer": True}
    ordered = assigned.sort_values(list(order), ascending=list(order.values()), ignore_index=True)
    return ordered.assign(rank=rank_within(ordered["customer"].to_numpy()) + 1)
