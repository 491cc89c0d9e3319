"""What managers limit over the candidates of a day, in the allocator's terms: partners' budgets, minimum issues of new
offers, and which offers never go to a customer together."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ml.allocation import AT_LEAST, Candidates, FloatArray, IntArray, Limits, Resource, Rule
from ml.deciding.budgets import pace_budgets
from ml.deciding.exclusions import Exclusions, find_exclusions
from ml.deciding.minimums import cap_by_money
from ml.deciding.screen import Screened, Terms

PARTNER_BUDGET, MINIMUM_ISSUE, EXCLUSION = "budget of partner", "minimum issue of offer", "exclusion"
NOBODY = -1


def add_managers_limits(
    limits: Limits, candidates: Candidates, partner_cost: FloatArray, screened: Screened, terms: Terms
) -> Limits:
    """The limits of a plan with what managers set besides: `partner_cost` is what each of the n candidates is expected
    to cost its partner, in currency."""
    exclusions = find_day_exclusions(screened, terms)
    resources = (
        *limit_partners(screened, candidates, partner_cost, terms.decide),
        *issue_new_offers(screened, candidates, limits),
    )
    return replace(
        limits,
        resources=(*limits.resources, *resources),
        rules=(*limits.rules, *keep_apart(exclusions, candidates)),
        is_alone=exclusions.is_alone[candidates.offer],
    )


def find_day_exclusions(screened: Screened, terms: Terms) -> Exclusions:
    """What stacking rules forbid among the day's offers, with the baskets that customers usually have."""
    world, pairs = screened.world, screened.pairs
    amount = pd.Series(screened.worth.amount).groupby(pairs.offer).median().reindex(range(len(world.offers)))
    value = world.offers["discount_value"].astype(float).to_numpy()
    is_points = (world.offers["discount_type"] == "points").to_numpy()
    offers = world.offers.assign(
        stacking_group=world.rulebook.terms_of(world.offers)["stacking_group"].to_numpy(),
        amount=amount.to_numpy(dtype=float),
        worth=np.nan_to_num(np.where(is_points, value * terms.shop.point_value, value)),
    )
    return find_exclusions(offers, world.rulebook.stacking_rules, terms.decide.min_stacked_rate)


def keep_apart(exclusions: Exclusions, candidates: Candidates) -> tuple[Rule, ...]:
    return tuple(Rule(EXCLUSION, group[candidates.offer], 1) for group in exclusions.groups)


def limit_partners(
    screened: Screened, candidates: Candidates, partner_cost: FloatArray, terms: SimpleNamespace
) -> tuple[Resource, ...]:
    """Each partner's budget of the day; exploration's share of it stays for the explorers."""
    partners = screened.world.rulebook.partners
    if partners.empty:
        return ()
    partner = partner_of(screened)[candidates.offer]
    limit = pace_partners(partners, screened.world.day, terms.pacing_rate) * (1 - terms.exploration_rate)
    labels = partners["partner_id"].tolist()
    return (Resource(PARTNER_BUDGET, partner, partner_cost, limit, labels=labels),)


def partner_of(screened: Screened) -> IntArray:
    """The partner (its place in the rulebook) of each offer; -1 where none is known."""
    world = screened.world
    names = world.rulebook.terms_of(world.offers)["partner_id"]
    return pd.Index(world.rulebook.partners["partner_id"]).get_indexer(pd.Index(names)).astype(np.int64)


def pace_partners(partners: pd.DataFrame, day: date, pacing_rate: float) -> FloatArray:
    """What each partner may be made to pay on the day, in currency: nothing outside its days, paced as campaigns are
    where it has a budget and a last day.

    >>> partners = pd.DataFrame({"budget": [70.0, None, 70.0], "used": [10.0, 0.0, 10.0], "committed": 0.0,
    ...     "end_date": pd.to_datetime(["2017-11-30", None, None]), "is_paying": [True, True, True]})
    >>> pace_partners(partners, date(2017, 11, 27), pacing_rate=1.5).tolist()
    [22.5, inf, 60.0]
    """
    ends = partners["end_date"].fillna(pd.Timestamp(day))
    whole = partners.assign(budget=partners["budget"].fillna(np.inf), end_date=ends)
    paced = pace_budgets(whole, day, pacing_rate)
    return np.where(partners["is_paying"].to_numpy(dtype=bool), paced, 0.0)


def issue_new_offers(screened: Screened, candidates: Candidates, limits: Limits) -> tuple[Resource, ...]:
    """At least so many copies of each new offer today: an even share of what its minimum still lacks, as far as there
    are customers, copies and the money of its campaign for it."""
    needed = needed_today(screened)
    if not needed.any():
        return ()
    reachable = np.bincount(first_of_customer(candidates), minlength=len(needed))
    wanted = np.minimum(needed, np.minimum(reachable, limits.offer_copies)).astype(np.int64)
    limit = cap_by_money(wanted, candidates, limits.campaign_budget)
    labels = screened.world.offers["offer_id"].tolist()
    return (Resource(MINIMUM_ISSUE, candidates.offer, 1.0, limit.astype(float), AT_LEAST, labels),)


def first_of_customer(candidates: Candidates) -> IntArray:
    """The offer of each pair of customer and offer, once."""
    pairs = np.unique(np.stack([candidates.customer, candidates.offer]), axis=1)
    return pairs[1] if pairs.size else np.zeros(0, dtype=np.int64)


def needed_today(screened: Screened) -> IntArray:
    """Copies of each offer that its minimum issue asks for today."""
    world = screened.world
    minimum = world.rulebook.terms_of(world.offers)["minimum_issue"].astype(float).fillna(0).to_numpy()
    lacking = np.maximum(minimum - screened.issued, 0)
    days_left = (pd.to_datetime(world.offers["valid_until"]) - pd.Timestamp(world.day)).dt.days + 1
    return np.ceil(lacking / days_left.clip(lower=1).to_numpy()).astype(np.int64)


def restrain_exploration(candidates: Candidates, screened: Screened, terms: Terms) -> Candidates:
    """The candidates as explorers may draw them: what excludes each other counts as one scope, of which one offer is
    drawn at most. An offer that goes with no other excludes them all: where there is one, explorers draw one offer."""
    exclusions = find_day_exclusions(screened, terms)
    groups = exclusions.groups
    if exclusions.is_alone.any():
        groups = np.zeros((1, len(exclusions.is_alone)), dtype=np.int64)
    if not len(groups):
        return candidates
    scope = merge_scopes(pd.factorize(screened.world.offers["scope_category"], sort=True)[0], groups)
    return replace(candidates, scope=scope[candidates.offer])


def merge_scopes(scope: IntArray, groups: IntArray) -> IntArray:
    """One code for all offers that are linked by scopes or groups of exclusion (their connected components).

    >>> merge_scopes(np.array([0, 0, 1, 2]), np.array([[-1, 0, 0, -1]])).tolist()
    [0, 0, 0, 1]
    """
    linked = np.vstack(
        [scope, *(np.where(group >= 0, scope.max() + 1 + row, NOBODY) for row, group in enumerate(groups))]
    )
    offers, codes = np.nonzero(linked.T >= 0)[0], linked.T[linked.T >= 0]
    count = len(scope)
    shape = (count + int(linked.max()) + 1,) * 2
    graph = coo_array((np.ones(len(offers)), (offers, codes + count)), shape=shape)
    component = connected_components(graph, directed=False)[1][:count]
    return pd.factorize(component)[0].astype(np.int64)


def spare_partners(
    purse: Limits, candidates: Candidates, partner_cost: FloatArray, screened: Screened, terms: SimpleNamespace
) -> Limits:
    """The purse of the explorers with no more copies of a partner's offers than its share for exploration pays."""
    partners = screened.world.rulebook.partners
    if partners.empty:
        return purse
    partner = partner_of(screened)
    day = pace_partners(partners, screened.world.day, terms.pacing_rate)
    is_limited = np.isfinite(day)
    share = np.full(len(day), np.inf)
    share[is_limited] = day[is_limited] * terms.exploration_rate
    dearest = np.zeros(len(partner))
    np.maximum.at(dearest, candidates.offer, partner_cost)
    own = partner >= 0
    offers_of = np.bincount(partner[own], minlength=len(partners))
    money = np.full(len(partner), np.inf)
    money[own] = (share / np.maximum(offers_of, 1))[partner[own]]
    affordable = np.floor(np.divide(money, dearest, out=np.full(len(partner), np.inf), where=dearest > 0))
    return replace(purse, offer_copies=np.minimum(purse.offer_copies, affordable))
