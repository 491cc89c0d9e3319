"""What campaigns may spend on a day, and what is left of limited copies."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import Candidates, FloatArray, IntArray, Limits
from ml.deciding.spend_control import Risk, error_of, keep_reserve, scale_of_redemptions
from ml.deciding.world import World

Planner = Callable[[FloatArray], FloatArray]


def pace_budgets(campaigns: pd.DataFrame, day: date, pacing_rate: float, within: Planner | None = None) -> FloatArray:
    """What each campaign may spend on the day: at most `pacing_rate` times an even share of what remains, in currency.

    `campaigns` has budget, used (discounts given so far), committed (expected cost of offers given earlier that may
    still be used) and end_date. A campaign that has spent more than its budget may spend nothing. `within` says how
    much of what remains may be planned at all (ml/deciding/spend_control.py); without it everything.

    >>> campaigns = pd.DataFrame({"budget": [100.0, 100.0, 100.0], "used": [30.0, 30.0, 120.0],
    ...     "committed": [10.0, 10.0, 0.0], "end_date": pd.to_datetime(["2017-11-30", "2017-11-27", "2017-11-30"])})
    >>> pace_budgets(campaigns, date(2017, 11, 27), pacing_rate=1.5).tolist()  # 60 left for 4 days, for 1 day, none
    [22.5, 60.0, 0.0]
    """
    remaining = (campaigns["budget"] - campaigns["used"] - campaigns["committed"]).clip(lower=0).to_numpy(dtype=float)
    remaining = within(remaining) if within else remaining
    days_left = (pd.to_datetime(campaigns["end_date"]) - pd.Timestamp(day)).dt.days + 1
    return np.minimum(remaining, pacing_rate * remaining / days_left.clip(lower=1).to_numpy())


def keep_back(world: World, candidates: Candidates, discount: FloatArray, terms: SimpleNamespace) -> Planner:
    """How much of what remains of each campaign's budget may be planned, so that uses by chance stay within it.

    `discount` is what a use of each candidate takes off, in currency.
    """
    campaigns = world.campaigns
    scale = scale_of_redemptions(candidates.campaign, candidates.cost, discount, len(campaigns))
    variance = campaigns["committed_variance"].to_numpy(dtype=float)
    risk = Risk(terms.budget_risk_rate, error_of(world.spend_factors))
    return lambda remaining: keep_reserve(remaining, variance, scale, risk)


def remaining_copies(offers: pd.DataFrame, issued: IntArray) -> FloatArray:
    """Copies that may still be issued of each offer; infinity where there is no limit."""
    limit = offers["issue_limit"].astype(float).fillna(np.inf).to_numpy()
    return np.maximum(limit - issued, 0)


def limit_day(budgets: FloatArray, copies: FloatArray, terms: SimpleNamespace) -> Limits:
    """The limits of the plan: exploration's share of the money stays in the purse for the explorers."""
    return Limits(terms.offers_per_customer, terms.offers_per_scope, budgets * (1 - terms.exploration_rate), copies)


def fill_purse(budgets: FloatArray, copies: FloatArray, given: IntArray, terms: SimpleNamespace) -> Limits:
    """What explorers may take: exploration's share of the day's money, and the copies the plan left.

    However little the plan spends, exploration costs no more than its share.
    """
    money = budgets * terms.exploration_rate
    return Limits(terms.offers_per_customer, terms.offers_per_scope, money, np.maximum(copies - given, 0))
