"""What managers limit over the candidates of a day, in the allocator's terms: partners' budgets
(ml/deciding/partners.py), minimum issues of new offers, the least return on spend, and which offers exclude others."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ml.allocation import AT_LEAST, Candidates, IntArray, Limits, Resource, Rule
from ml.deciding.exclusions import Exclusions, find_exclusions
from ml.deciding.minimums import cap_by_money
from ml.deciding.partners import PartnerMoney, limit_partners
from ml.deciding.screen import Screened, Terms

MINIMUM_ISSUE, LEAST_RETURN, EXCLUSION = "minimum issue of offer", "return on spend of campaign", "exclusion"
NOBODY = -1


def add_managers_limits(
    limits: Limits, candidates: Candidates, money: PartnerMoney, screened: Screened, terms: Terms
) -> Limits:
    """The limits of a plan with what managers set besides, over n candidates."""
    exclusions = find_day_exclusions(screened, terms)
    resources = (
        *limit_partners(screened, candidates, money, terms.decide),
        *issue_new_offers(screened, candidates, limits),
        *keep_return(candidates, screened.world.campaigns["campaign_id"].tolist(), terms.decide.min_return_on_spend),
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


def keep_return(candidates: Candidates, campaigns: list[str], least: float | None) -> tuple[Resource, ...]:
    """Of each campaign's plan together at least so much extra margin for every unit of cost; nothing where None.

    The value of a candidate is what is left after its cost, so its margin is both together.

    >>> pairs = Candidates(*(np.array(one) for one in ([0, 1], [0, 0], [0] * 2, [0] * 2, [1.0, 0.5], [1.0, 1.0])))
    >>> keep_return(pairs, ["C"], 1.75)[0].usage.tolist()  # margins of 2 and 1.5: the first makes up for the second
    [-0.25, 0.25]
    """
    if least is None:
        return ()
    lacking = least * candidates.cost - (candidates.value + candidates.cost)
    return (Resource(LEAST_RETURN, candidates.campaign, lacking, np.zeros(len(campaigns)), labels=campaigns),)


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
