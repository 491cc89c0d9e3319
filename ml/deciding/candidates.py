"""What may be planned or explored on a day: pairs of customer and offer, each with the terms the customer would get."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, Candidates, FloatArray, IntArray
from ml.deciding.limits import needed_today
from ml.deciding.screen import Screened, Terms
from ml.deciding.thresholds import list_steps, value_steps
from ml.deciding.value import DECIMALS


@dataclass(frozen=True)
class Options:
    """n candidates: `rows` are their places among the pairs; the basket needed and the discount they promise; what they
    are expected to cost the partner, to give the customer and to clear of stock, in currency."""

    rows: IntArray
    candidates: Candidates
    min_basket: FloatArray
    discount_value: FloatArray
    partner_cost: FloatArray
    benefit: FloatArray
    stock: FloatArray
    is_step: BoolArray

    @property
    def goals(self) -> FloatArray:
        """Profit, customers' benefit and stock cleared of each candidate (n x 3)."""
        return np.column_stack([self.candidates.value, self.benefit, self.stock])

    def __len__(self) -> int:
        return len(self.rows)


def list_options(screened: Screened, terms: Terms, weights: FloatArray) -> Options:
    """Eligible pairs of reachable customers, on the offer's own terms and on every step of its menu, that are worth a
    thought: by their profit, or by all goals with the weights that are decided by."""
    reachable = np.flatnonzero(screened.is_eligible & screened.is_reachable[screened.pairs.customer])
    own = list_own_terms(screened, reachable[is_likely(screened, terms.decide)[reachable]], terms.shop)
    options = add_steps(screened, own)
    least = min(terms.decide.min_expected_margin, terms.decide.exploration_floor)
    is_bearable = (options.candidates.value >= least) | (options.goals @ weights >= least)
    return take(options, is_bearable | is_needed(screened, options))


def face_value_of(screened: Screened, options: Options) -> FloatArray:
    """What a use of each candidate takes off, in currency."""
    return np.where(options.is_step, options.discount_value, screened.worth.face_value[options.rows])


def depth_of(screened: Screened, options: Options) -> FloatArray:
    """The discount of each candidate as a share of the goods it is for, as the customer usually buys them."""
    amount = np.maximum(screened.worth.amount[options.rows], np.where(options.is_step, options.min_basket, 0.0))
    return np.divide(face_value_of(screened, options), amount, out=np.zeros(len(options)), where=amount > 0)


def is_likely(screened: Screened, terms: SimpleNamespace) -> BoolArray:
    return screened.world.pairs["propensity"].to_numpy(dtype=float) >= terms.min_propensity


def is_needed(screened: Screened, options: Options) -> BoolArray:
    """Candidates of new offers that must be issued today whatever they earn, as far as that is known."""
    needed = needed_today(screened)[options.candidates.offer] > 0
    return needed & np.isfinite(options.candidates.value)


def list_own_terms(screened: Screened, rows: IntArray, shop: SimpleNamespace) -> Options:
    world, worth, offer = screened.world, screened.worth, screened.pairs.offer[rows]
    campaign = pd.Index(world.campaigns["campaign_id"]).get_indexer(world.offers["campaign_id"]).astype(np.int64)
    scope = pd.factorize(world.offers["scope_category"], sort=True)[0].astype(np.int64)
    terms = world.offers[["min_basket", "discount_value", "overstock_rate"]].astype("float64").iloc[offer]
    propensity = world.pairs["propensity"].to_numpy(dtype=float)[rows]
    rate = world.offers["shop_funded_rate"].astype(float).fillna(shop.default_shop_funded_rate)
    funded = np.asarray(rate, dtype=np.float64)[offer]
    benefit = share_benefit(propensity * worth.face_value[rows], worth.expected_cost[rows], funded)
    return Options(
        rows=rows,
        candidates=Candidates(
            screened.pairs.customer[rows],
            offer,
            campaign[offer],
            scope[offer],
            worth.value[rows],
            worth.expected_cost[rows],
        ),
        min_basket=terms["min_basket"].to_numpy(),
        discount_value=terms["discount_value"].to_numpy(),
        partner_cost=(benefit * (1 - funded)).round(DECIMALS),
        benefit=benefit,
        stock=(propensity * worth.amount[rows] * terms["overstock_rate"].to_numpy()).round(DECIMALS),
        is_step=np.zeros(len(rows), dtype=bool),
    )


def share_benefit(expected: FloatArray, cost: FloatArray, funded: FloatArray) -> FloatArray:
    """Discounts expected of both payers: expected costs may have been corrected by what earlier ones came to
    (ml/deciding/spend_control.py), and the partner's part goes along.

    >>> share_benefit(np.array([1.0, 1.0]), np.array([0.6, 0.0]), np.array([0.5, 0.0])).tolist()
    [1.2, 1.0]
    """
    own = expected * funded
    corrected = np.divide(expected * cost, own, out=expected.copy(), where=own > 0)
    return np.asarray(corrected.round(DECIMALS), dtype=np.float64)


def add_steps(screened: Screened, own: Options) -> Options:
    """The options with those of the menus behind them."""
    world, pairs = screened.world, own.candidates
    places = np.arange(len(own))
    usual = world.pairs["mean_scope_amount"].to_numpy(dtype=float)[own.rows]
    steps = list_steps(places, pairs.offer, usual, world.offers, world.rulebook.offer_menus)
    if not len(steps):
        return own
    value, cost = value_steps(steps, pairs.value, pairs.cost)
    return join(
        own,
        Options(
            rows=own.rows[steps.row],
            candidates=with_money(pairs.take(steps.row), value, cost),
            min_basket=steps.min_basket,
            discount_value=steps.discount_value,
            partner_cost=(own.partner_cost[steps.row] * steps.cost_rate).round(DECIMALS),
            benefit=(own.benefit[steps.row] * steps.cost_rate).round(DECIMALS),
            stock=(own.stock[steps.row] * steps.benefit_rate).round(DECIMALS),
            is_step=np.ones(len(steps), dtype=bool),
        ),
    )


def with_money(pairs: Candidates, value: FloatArray, cost: FloatArray) -> Candidates:
    return Candidates(pairs.customer, pairs.offer, pairs.campaign, pairs.scope, value, cost)


def join(first: Options, second: Options) -> Options:
    """Both, by customer and offer; the own terms before the steps."""
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in Options.__annotations__
        if name != "candidates"
    }
    pairs = (
        np.concatenate([getattr(first.candidates, name), getattr(second.candidates, name)])
        for name in Candidates.__annotations__
    )
    return take(Options(candidates=Candidates(*pairs), **columns), np.argsort(columns["rows"], kind="stable"))


def take(options: Options, rows: IntArray | BoolArray) -> Options:
    columns = {name: getattr(options, name)[rows] for name in Options.__annotations__ if name != "candidates"}
    return Options(candidates=options.candidates.take(rows), **columns)
