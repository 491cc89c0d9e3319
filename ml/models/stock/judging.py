"""What policies would have cost in the newest weeks, had they ordered by what was known before them."""

import numpy as np

from ml.learning.metrics import FloatArray
from ml.models.contract import Recipe
from ml.models.stock.policies import FillRate, Policy
from ml.models.stock.replay import Lived, replay
from ml.models.stock.shelf import Shelf

LONGEST_CYCLE = 90  # days: what sells once in years is not held for years


def live_through(policy: Policy, shelf: Shelf, demand: FloatArray) -> Lived:
    """A policy's levels of one morning over the days (N × T) after it, from full shelves; a third is not counted."""
    levels = policy.levels(shelf)
    lead = shelf.column("lead_days")
    return replay(lambda _: levels, demand, lead, levels[1], demand.shape[1] // 3)


def missing_cost(shelf: Shelf, order_cost: float) -> FloatArray:
    """Currency (N,) by which a missed unit has to count for the service level to be the best.

    One unit more at the reorder level is held for a whole cycle and saves a unit where the cycle runs short: at the
    optimum a missed unit costs holding · days of a cycle / chance of running short, at the level that serves as asked.
    """
    reorder, upto = FillRate(Recipe("fill_rate", {"order_cost": order_cost})).levels(shelf)
    cycle = np.minimum((upto - reorder) / np.maximum(shelf.column("mean"), 1e-9), LONGEST_CYCLE)
    short = 1 - shelf.protected.at_most(reorder)
    return np.asarray(shelf.holding * cycle / np.clip(short, 1 - shelf.service, 1))


def cost_per_day(policy: Policy, shelf: Shelf, demand: FloatArray, order_cost: float) -> FloatArray:
    """Currency a day (N,): stock held, orders placed and units missed."""
    lived = live_through(policy, shelf, demand)
    days = demand.shape[1] - demand.shape[1] // 3
    missed = (lived.asked - lived.served) / days * missing_cost(shelf, order_cost)
    return np.asarray(shelf.holding * lived.held + order_cost * lived.orders / days + missed)
