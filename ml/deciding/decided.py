"""The three tables of a day's decisions: one answer per customer, the offers assigned, the catalogue as planned."""

import numpy as np
import pandas as pd

from ml.allocation import CAMPAIGN_BUDGET, OFFER_COPIES, Allocation, Candidates, FloatArray, IntArray
from ml.deciding.assignment import Draw
from ml.deciding.limits import LEAST_RETURN, MINIMUM_ISSUE, NOBODY, needed_today
from ml.deciding.partners import PARTNER_BUDGET, partner_of
from ml.deciding.reasons import give_reasons
from ml.deciding.screen import Screened, Terms
from ml.deciding.sending import send_times


def describe_decisions(screened: Screened, candidates: Candidates, draw: Draw, assigned: pd.DataFrame) -> pd.DataFrame:
    """The rows of ml.decisions: the first status that holds for each customer, in the order of ml/decide.py.

    `candidates` are the pairs that were worth planning.
    """
    world, count = screened.world, len(screened.world.customers)
    sent = count_rows(assigned[assigned["is_sent"]], count)
    obstacles = {
        "permanent": draw.is_held_out,
        "fraud_review": screened.is_under_review,
        "no_consent": ~screened.has_consent,
        "contact_limit": screened.is_contacted_enough,
        "not_eligible": ~screened.has_any(screened.is_eligible),
        "controls": (sent == 0) & (count_rows(assigned, count) > 0),
        "offered": sent > 0,
        "no_profitable_offer": np.bincount(candidates.customer, minlength=count) == 0,
    }
    status = pd.Series(np.select(list(obstacles.values()), list(obstacles), "budget_exhausted"))
    return pd.DataFrame(
        {
            "day": world.day,
            "customer_id": world.customers["customer_id"],
            "status": status.replace({"permanent": "holdout", "controls": "holdout"}),
            "offer_count": sent,
            "is_held_out": draw.is_held_out,
            "has_plan": draw.has_plan,
            "run_id": world.run_id,
        }
    )


def count_rows(assigned: pd.DataFrame, customers: int) -> IntArray:
    return np.bincount(assigned["customer"].to_numpy(dtype=np.int64), minlength=customers)


def describe_assignments(screened: Screened, assigned: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """The rows of ml.assignments: what was assigned, why, when to send it and how probable the assignment was."""
    world, rows = screened.world, assigned["row"].to_numpy(dtype=np.int64)
    habits, people = screened.habits, assigned["customer"].to_numpy(dtype=np.int64)
    customers = world.customers.iloc[people].reset_index(drop=True)
    offers = world.offers.iloc[assigned["offer"]].reset_index(drop=True)
    facts = describe_pairs(screened, assigned)
    is_effect = np.isfinite(screened.worth.incremental_margin[rows])
    return offers[["offer_id", "campaign_id", "valid_from", "valid_until"]].assign(
        day=world.day,
        customer_id=customers["customer_id"],
        rank=assigned["rank"],
        channel=screened.channel[rows],
        channel_basis=screened.channel_basis(rows),
        send_at=send_times(habits.hour[people], world.day, world.time_zone),
        hour_basis=habits.hour_basis[people],
        min_basket=assigned["min_basket"],
        discount_value=assigned["discount_value"],
        propensity=facts["propensity"],
        expected_uplift=screened.worth.uplift[rows],
        expected_margin=np.where(is_effect, screened.worth.expected_margin[rows], assigned["value"]),
        expected_incremental_margin=np.where(is_effect, assigned["value"], np.nan),
        expected_cost=assigned["cost"],
        expected_partner_cost=assigned["partner_cost"],
        affinity=np.nan,
        reasons=give_reasons(customers, offers, facts, terms.shop.currency),
        arm=assigned["arm"],
        assignment_probability=assigned["probability"],
        shown_probability=assigned["shown_probability"],
        model_versions=world.model_versions,
        run_id=world.run_id,
    )


def describe_pairs(screened: Screened, assigned: pd.DataFrame) -> pd.DataFrame:
    """What is known of each assigned pair, for its reasons."""
    rows = assigned["row"].to_numpy(dtype=np.int64)
    facts = screened.world.pairs.iloc[rows].reset_index(drop=True)
    is_step, worth = assigned["is_step"].to_numpy(dtype=bool), screened.worth
    return facts.assign(
        amount=worth.amount[rows],
        face_value=np.where(is_step, assigned["discount_value"], worth.face_value[rows]),
        step_basket=np.where(is_step, assigned["min_basket"], np.nan),
        arm=assigned["arm"],
    )


def describe_offer_plans(
    screened: Screened, candidates: Candidates, allocation: Allocation, assigned: pd.DataFrame
) -> pd.DataFrame:
    """The rows of ml.offer_plans: who could get each active offer, who gets it, what that does to the budget, and what
    one more unit of each limit on it would earn."""
    world, count = screened.world, len(screened.world.offers)
    sent = assigned[assigned["is_sent"]]
    offer = sent["offer"].to_numpy(dtype=np.int64)
    plans = pd.DataFrame(
        {
            "day": world.day,
            "offer_id": world.offers["offer_id"],
            "campaign_id": world.offers["campaign_id"],
            "eligible_count": np.bincount(screened.pairs.offer[screened.is_eligible], minlength=count),
            "candidate_count": np.bincount(candidates.offer, minlength=count),
            "reach_planned": np.bincount(offer, minlength=count),
            "cost_expected": np.bincount(offer, sent["cost"], count).astype(float),
            "margin_expected": np.bincount(offer, sent["value"], count).astype(float),
            "run_id": world.run_id,
        }
    )
    proof = {"day_value": allocation.value, "day_bound": allocation.bound, "day_gap_rate": gap_of(allocation)}
    return plans.assign(**price_offers(screened, allocation), **proof, **describe_budgets(plans, world.campaigns))


def price_offers(screened: Screened, allocation: Allocation) -> dict[str, FloatArray]:
    """What one more unit of each limit that holds for an offer would earn (m offers each): 0 where it is no obstacle,
    not a number where the offer has no such limit."""
    world = screened.world
    campaign = pd.Index(world.campaigns["campaign_id"]).get_indexer(world.offers["campaign_id"])
    own = np.arange(len(world.offers))
    minimum = np.where(needed_today(screened) > 0, own, NOBODY)
    copies = np.where(world.offers["issue_limit"].notna(), own, NOBODY)
    place = {
        "shadow_price": (CAMPAIGN_BUDGET, campaign),
        "partner_shadow_price": (PARTNER_BUDGET, partner_of(screened)),
        "copies_shadow_price": (OFFER_COPIES, copies),
        "minimum_shadow_price": (MINIMUM_ISSUE, minimum),
        "return_shadow_price": (LEAST_RETURN, campaign),
    }
    return {column: price_of(allocation, name, group) for column, (name, group) in place.items()}


def gap_of(allocation: Allocation) -> float:
    """Of a bound of nothing no share can have been missed."""
    return allocation.gap if np.isfinite(allocation.gap) else np.nan


def price_of(allocation: Allocation, name: str, group: IntArray) -> FloatArray:
    known = {use.group: use.shadow_price for use in allocation.uses if use.name == name}
    return np.array([known.get(one, np.nan) for one in group.tolist()], dtype=float)


def describe_budgets(plans: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Budget, use and remainder of each offer's campaign; what earlier offers may still cost does not remain."""
    own = campaigns.set_index("campaign_id").loc[plans["campaign_id"]].reset_index(drop=True)
    planned = plans.groupby("campaign_id")["cost_expected"].transform("sum")
    remaining = (own["budget"] - own["used"] - own["committed"] - planned).clip(lower=0)
    return pd.DataFrame({"budget": own["budget"], "budget_used_before": own["used"], "budget_remaining": remaining})
