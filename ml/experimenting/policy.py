"""Who gets which arm: the arm that earns most where it pays, within the budget."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ml.learning.metrics import FloatArray

Arms = npt.NDArray[np.intp]
STEPS = 60


def best_arms(value: FloatArray) -> Arms:
    """The arm of highest value per row; 0 (nothing) where none is above 0.

    >>> best_arms(np.array([[0, 2, 1], [0, -1, -2.0]])).tolist()
    [1, 0]
    """
    return np.asarray(np.argmax(value, axis=1))


def within_budget(value: FloatArray, cost: FloatArray, budget: float | None) -> Arms:
    """The arms that earn most together while what they cost stays within the budget; value and cost n×(K+1).

    A price on money (the budget's shadow price, found by halving) is taken off every value; what is left of the budget
    then goes to the rows that the price just excludes, best value for money first, by lot among equals, so that the
    order of the file does not matter. Source: Everett 1963, Operations
    Research 11(3).

    >>> within_budget(np.array([[0, 3.0], [0, 2.0], [0, 1.0]]), np.array([[0, 1.0]] * 3), 2).tolist()
    [1, 1, 0]
    """
    free = best_arms(value)
    if budget is None or spent(free, cost) <= budget:
        return free
    low, high = 0.0, price_that_stops_all(value, cost)
    for _ in range(STEPS):
        price = (low + high) / 2
        low, high = (low, price) if spent(best_arms(value - price * cost), cost) <= budget else (price, high)
    return fill_up(best_arms(value - high * cost), best_arms(value - low * cost), value, cost, budget)


def price_that_stops_all(value: FloatArray, cost: FloatArray) -> float:
    paid = cost > 0
    return float((value[paid] / cost[paid]).max()) * 2 + 1.0 if paid.any() else 1.0


def fill_up(kept: Arms, wanted: Arms, value: FloatArray, cost: FloatArray, budget: float) -> Arms:
    rows, chosen = np.arange(len(kept)), kept.copy()
    more_cost, more_value = (amount[rows, wanted] - amount[rows, kept] for amount in (cost, value))
    left = budget - spent(kept, cost)
    open_rows = np.flatnonzero((more_cost > 0) & (more_value > 0))
    worth, lot = more_value[open_rows] / more_cost[open_rows], np.random.default_rng(0).random(len(open_rows))
    for row in open_rows[np.lexsort((lot, -worth))]:
        if more_cost[row] <= left:
            chosen[row], left = wanted[row], left - more_cost[row]
    return chosen


def spent(arms: Arms, cost: FloatArray) -> float:
    return float((cost[np.arange(len(arms)), arms] - cost[:, 0]).sum())


def policy_for(cost: FloatArray, budget: float | None, fold: npt.NDArray[np.intp]) -> Callable[[FloatArray], Arms]:
    """The policy of each fold by itself, each with its share of the budget by rows, as it would meet new customers."""

    def decide(value: FloatArray) -> Arms:
        arms = np.zeros(len(value), dtype=np.intp)
        for one in np.unique(fold):
            rows = fold == one
            share = None if budget is None else budget * float(rows.mean())
            arms[rows] = within_budget(value[rows], cost[rows], share)
        return arms

    return decide
