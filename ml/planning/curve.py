"""What each of several budgets would earn: the day's allocation again and again with the same candidates."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray
from ml.decide import Plan, plan_offers
from ml.deciding.chance import Lottery
from ml.deciding.screen import Screened, Terms, screen_pairs
from ml.deciding.world import World
from ml.planning.change import Change, change_world, discount_rates, is_meant, reprice

MULTIPLES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
BY_MODEL, BY_CHANCE = "uncertainty of the estimated effects", "chance of use alone; a response, not an effect"
COLUMNS = [
    "budget", "is_asked", "customers", "offers", "cost", "value", "low", "high", "shadow_price", "gap_rate",
    "earned_by_all", "interval",
]  # fmt: skip


def draw_curve(world: World, change: Change, terms: Terms, lottery: Lottery, bounds: pd.DataFrame) -> pd.DataFrame:
    """One row per budget, from a quarter of the one asked for to four times it.

    Value (currency) is what the plan is expected to earn with the changed campaigns once holdout and controls are
    withheld; `earned_by_all` that of all campaigns, which compete for the same customers. `bounds` holds per customer
    and offer how far below and above its estimate the effect may be; without them the interval is that of chance alone.
    """
    screened = reprice(screen_pairs(change_world(world, change), terms), discount_rates(world, change))
    half = find_halves(screened, bounds)
    return pd.DataFrame(list(plan_each(screened, change, terms, lottery, half)), columns=COLUMNS)


def plan_each(screened: Screened, change: Change, terms: Terms, lottery: Lottery, half: pd.DataFrame) -> Iterator[dict]:
    for multiple in MULTIPLES:
        world = change_world(screened.world, Change(change.campaign), multiple)
        morning = replace(screened, world=world)
        plan = plan_offers(morning, terms, lottery)
        yield sum_up(morning, plan, change, lottery, half) | {"is_asked": multiple == 1.0}


def find_halves(screened: Screened, bounds: pd.DataFrame) -> pd.DataFrame:
    """How far below and above each pair's effect may be, in the order of the pairs; not numbers where nobody knows."""
    pairs = screened.world.pairs[["customer_id", "offer_id"]]
    return pairs.merge(bounds, how="left", on=["customer_id", "offer_id"])[["below", "above"]]


def sum_up(screened: Screened, plan: Plan, change: Change, lottery: Lottery, half: pd.DataFrame) -> dict:
    """What a plan would bring, reach and cost with the campaigns that were changed."""
    world, chosen = screened.world, chosen_rows(plan)
    pairs = plan.candidates.take(chosen)
    meant = is_meant(change, world.campaigns["campaign_id"])
    own = meant[pairs.campaign]
    value, shown = float(pairs.value[own].sum()), lottery.shown_rate  # what is withheld earns nothing
    below, above, words = spread_of(screened, plan.options.rows[chosen][own], pairs.value[own], half)
    return {
        "budget": float(world.campaigns.loc[meant, "budget"].sum()),
        "customers": len(np.unique(pairs.customer[own])) * shown,
        "offers": int(own.sum()) * shown,
        "cost": float(pairs.cost[own].sum()) * shown,
        "value": value * shown,
        "low": (value - below) * shown,
        "high": (value + above) * shown,
        "shadow_price": price_of(plan.allocation.campaign_price, meant),
        "gap_rate": float(plan.allocation.gap),
        "earned_by_all": float(pairs.value.sum()) * shown,
        "interval": words,
    }


def chosen_rows(plan: Plan) -> IntArray:
    return np.flatnonzero(plan.is_profitable)[plan.allocation.is_chosen]


def price_of(prices: FloatArray, meant: np.ndarray) -> float:
    """Margin that one more unit of the budgets would bring: the best of the campaigns that are meant."""
    known = prices[meant & np.isfinite(prices)]
    return float(known.max()) if len(known) else float("nan")


def spread_of(screened: Screened, rows: IntArray, value: FloatArray, half: pd.DataFrame) -> tuple[float, float, str]:
    """How far below and above the sum may be. Effects err together, so their halves add up; chances are independent."""
    own = half.iloc[rows]
    if len(own) and own.notna().all(axis=None):
        return float(own["below"].sum()), float(own["above"].sum()), BY_MODEL
    propensity = screened.world.pairs["propensity"].to_numpy(dtype=float)[rows]
    variance = float((value**2 * (1 - propensity) / np.maximum(propensity, 1e-9)).sum())
    reach = NormalDist().inv_cdf(0.975) * variance**0.5
    return reach, reach, BY_CHANCE
