"""Personal thresholds: of the steps of an offer's menu (basket needed, amount off) each customer gets one at most.

What a step is worth beside the offer's own terms is taken with care as long as no model of effects knows it. Let m be
what the customer's basket usually holds, (T0, d0) the offer's own terms and (T, d) a step. With the depth
x = d / max(m, T), what the offer takes off the basket that is needed for it:

- The response to depth is taken to be monotone and concave, and nothing without a discount. Then a shallower step keeps
  at least the share x / x0 of the benefit, a deeper one at least all of it; a deeper step is used at most x / x0 times
  as often, a shallower one at most as often.
- Of the baskets of a customer at most the share m / T reaches T (Markov's inequality), and that is taken for the share
  that does. r, the share for the step over that for the own terms, counts in both.

So benefit = benefit0 * min(1, min(1, x / x0) * r) and cost = cost0 * d / d0 * max(1, x / x0) * r: no credit for what a
deeper or nearer step may bring, and the cost of all who might use it. What customers buy more to reach a threshold is
in the benefit of the own terms, and nowhere else. A step is only preferred where it is better even so.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray

DECIMALS = 4


@dataclass(frozen=True)
class Steps:
    """n steps of customer-offer pairs: the `row` of the pair, the terms the customer would get, and what they do.

    `benefit_rate` and `cost_rate` are what the pair's expected benefit and cost are multiplied by.
    """

    row: IntArray
    min_basket: FloatArray
    discount_value: FloatArray
    benefit_rate: FloatArray
    cost_rate: FloatArray

    def __len__(self) -> int:
        return len(self.row)


def list_steps(rows: IntArray, offer: IntArray, amount: FloatArray, offers: pd.DataFrame, menus: pd.DataFrame) -> Steps:
    """The steps of the menus for n pairs, besides the offers' own terms.

    `rows` are the places of the pairs, `offer` their rows in the frame `offers`, `amount` what each customer's basket
    usually holds in currency (where nobody knows, there is no step). Only offers of an amount off with a minimum basket
    of their own have steps. The own terms, repeated in the menu, are no step.

    >>> offers = pd.DataFrame({"offer_id": ["T"], "discount_type": ["amount"], "min_basket": [50.0],
    ...     "discount_value": [5.0], "max_discount": [None]})
    >>> menus = pd.DataFrame({"offer_id": ["T", "T"], "min_basket": [30.0, 50.0], "discount_value": [2.0, 5.0]})
    >>> steps = list_steps(np.array([7]), np.array([0]), np.array([40.0]), offers, menus)
    >>> steps.row.tolist(), steps.benefit_rate.round(3).tolist(), steps.cost_rate.round(3).tolist()
    ([7], [0.625], [0.5])
    """
    if menus.empty or not len(rows):
        return Steps(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in range(4)))
    own = offers[["offer_id", "discount_type", "min_basket", "discount_value"]].assign(code=np.arange(len(offers)))
    own = own[(own["discount_type"] == "amount") & (own["min_basket"].astype(float) > 0)]
    own = own.astype({"min_basket": float, "discount_value": float}).drop(columns="discount_type")
    menu = menus.merge(own, on="offer_id", suffixes=("", "_own"))
    is_own = (menu["min_basket"] == menu["min_basket_own"]) & (menu["discount_value"] == menu["discount_value_own"])
    pairs = pd.DataFrame({"row": rows, "code": offer, "amount": amount})
    steps = pairs[pairs["amount"] > 0].merge(menu[~is_own], on="code")
    steps = steps.sort_values(["row", "min_basket"], ignore_index=True)
    usual, needed, value, own_needed, own_value = (
        steps[name].to_numpy(dtype=float)
        for name in ("amount", "min_basket", "discount_value", "min_basket_own", "discount_value_own")
    )
    depth_rate = depth_of(value, needed, usual) / depth_of(own_value, own_needed, usual)
    reach_rate = reach_of(needed, usual) / reach_of(own_needed, usual)
    return Steps(
        row=steps["row"].to_numpy(dtype=np.int64),
        min_basket=needed,
        discount_value=value,
        benefit_rate=np.minimum(1.0, np.minimum(1.0, depth_rate) * reach_rate),
        cost_rate=value / own_value * np.maximum(1.0, depth_rate) * reach_rate,
    )


def depth_of(value: FloatArray, needed: FloatArray, usual: FloatArray) -> FloatArray:
    return value / np.maximum(usual, needed)


def reach_of(needed: FloatArray, usual: FloatArray) -> FloatArray:
    return np.minimum(1.0, usual / needed)


def value_steps(steps: Steps, value: FloatArray, cost: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value and cost of each step in currency, from those of all pairs (value is after cost). What an offer spoils on
    its own terms it is not assumed to spoil less on others.

    >>> step = Steps(np.array([0]), np.array([30.0]), np.array([2.0]), np.array([0.625]), np.array([0.5]))
    >>> [amount.tolist() for amount in value_steps(step, value=np.array([2.0]), cost=np.array([5.0]))]
    [[1.875], [2.5]]
    """
    benefit = value[steps.row] + cost[steps.row]
    step_cost = cost[steps.row] * steps.cost_rate
    kept = np.where(benefit > 0, benefit * steps.benefit_rate, benefit)
    return (kept - step_cost).round(DECIMALS), step_cost.round(DECIMALS)
