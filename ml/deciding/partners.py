"""What partners may be made to pay on a day for their part of the offers: planned and explored within their budgets."""

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import Candidates, FloatArray, IntArray, Limits, Resource
from ml.deciding.budgets import Planner, pace_budgets
from ml.deciding.screen import Screened, Terms
from ml.deciding.spend_control import Risk, error_of, keep_reserve, scale_of_redemptions

PARTNER_BUDGET = "budget of partner"


@dataclass(frozen=True)
class PartnerMoney:
    """What each of n candidates is expected to cost its partner (n), and what each of k partners may be made to pay on
    the day (k), in currency."""

    cost: FloatArray
    budget: FloatArray


def fund_partners(
    screened: Screened, candidates: Candidates, cost: FloatArray, discount: FloatArray, terms: Terms
) -> PartnerMoney:
    """The money of the day: paced, and with a reserve for uses by chance as the budgets of campaigns keep one.

    Of each candidate `cost` is what its partner is expected to pay and `discount` what a use takes off, whoever pays.
    """
    partners, partner = screened.world.rulebook.partners, partner_of(screened)[candidates.offer]
    rate = screened.world.offers["shop_funded_rate"].astype(float).fillna(terms.shop.default_shop_funded_rate)
    own = partner >= 0
    used = (discount * (1 - rate.to_numpy(dtype=float)[candidates.offer]))[own]
    scale = scale_of_redemptions(partner[own], cost[own], used, len(partners))
    variance = partners["committed_variance"].to_numpy(dtype=float)
    risk = Risk(terms.decide.budget_risk_rate, error_of(screened.world.spend_factors))

    def within(remaining: FloatArray) -> FloatArray:
        is_limited = np.isfinite(remaining)
        kept = keep_reserve(remaining[is_limited], variance[is_limited], scale[is_limited], risk)
        allowed = remaining.copy()
        allowed[is_limited] = kept
        return allowed

    return PartnerMoney(cost, pace_partners(partners, screened.world.day, terms.decide.pacing_rate, within))


def limit_partners(
    screened: Screened, candidates: Candidates, money: PartnerMoney, terms: SimpleNamespace
) -> tuple[Resource, ...]:
    """Each partner's budget of the day; exploration's share of it stays for the explorers."""
    partners = screened.world.rulebook.partners
    if partners.empty:
        return ()
    partner = partner_of(screened)[candidates.offer]
    limit = money.budget * (1 - terms.exploration_rate)
    return (Resource(PARTNER_BUDGET, partner, money.cost, limit, labels=partners["partner_id"].tolist()),)


def partner_of(screened: Screened) -> IntArray:
    """The partner (its place in the rulebook) of each offer; -1 where none is known."""
    world = screened.world
    names = world.rulebook.terms_of(world.offers)["partner_id"]
    return pd.Index(world.rulebook.partners["partner_id"]).get_indexer(pd.Index(names)).astype(np.int64)


def pace_partners(partners: pd.DataFrame, day: date, pacing_rate: float, within: Planner | None = None) -> FloatArray:
    """What each partner may be made to pay on the day, in currency: nothing outside its days, paced as campaigns are
    where it has a budget and a last day. `within` says how much of what remains may be planned at all.

    >>> partners = pd.DataFrame({"budget": [70.0, None, 70.0], "used": [10.0, 0.0, 10.0], "committed": 0.0,
    ...     "end_date": pd.to_datetime(["2017-11-30", None, None]), "is_paying": [True, True, True]})
    >>> pace_partners(partners, date(2017, 11, 27), pacing_rate=1.5).tolist()
    [22.5, inf, 60.0]
    """
    ends = partners["end_date"].fillna(pd.Timestamp(day))
    whole = partners.assign(budget=partners["budget"].fillna(np.inf), end_date=ends)
    paced = pace_budgets(whole, day, pacing_rate, within)
    return np.where(partners["is_paying"].to_numpy(dtype=bool), paced, 0.0)


def spare_partners(
    purse: Limits, candidates: Candidates, money: PartnerMoney, screened: Screened, terms: SimpleNamespace
) -> Limits:
    """The purse of the explorers with no more copies of a partner's offers than its share for exploration pays."""
    if not len(money.budget):
        return purse
    partner = partner_of(screened)
    is_limited = np.isfinite(money.budget)
    share = np.full(len(money.budget), np.inf)
    share[is_limited] = money.budget[is_limited] * terms.exploration_rate
    dearest = np.zeros(len(partner))
    np.maximum.at(dearest, candidates.offer, money.cost)
    own = partner >= 0
    offers_of = np.bincount(partner[own], minlength=len(share))
    left = np.full(len(partner), np.inf)
    left[own] = (share / np.maximum(offers_of, 1))[partner[own]]
    affordable = np.floor(np.divide(left, dearest, out=np.full(len(partner), np.inf), where=dearest > 0))
    return replace(purse, offer_copies=np.minimum(purse.offer_copies, affordable))
