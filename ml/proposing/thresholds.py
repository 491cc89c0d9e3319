"""Spend thresholds from the customers' own baskets: the steps of a menu of which each customer gets one at most.

An amount off d from a basket of T on does two things. Baskets of T and more take it for nothing. Baskets below may be
filled up: who misses g = T - b buys goods for g more and takes d off. The chance of that is taken to be

    fill_rate · min(d / g, 1) · max(1 - g / (reach_rate · b), 0)

nobody fills up for nothing, the nearer the goal and the larger the reward the more do (the goal gradient of Kivetz,
Urminsky and Zheng, 2006, in its simplest form), and no basket grows by more than `reach_rate`. An offer then brings

    b >= T: -d        b < T: chance · (g · margin rate · (1 - pull-forward) - d)

What ml/deciding/thresholds.py later credits a step with is more careful; here it is decided which steps to have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from warehouse.errors import BadInput


@dataclass(frozen=True)
class ThresholdTerms:
    """Depths (amount off as a share of the basket needed), shares of baskets that thresholds are taken from, the most
    steps of a menu, and what is assumed: `fill_rate` (chance to fill up where hardly anything is missing) and
    `reach_rate` (share of a basket by which it grows at most)."""

    depths: Sequence[float] = (0.03, 0.05, 0.08, 0.1)
    shares: Sequence[float] = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
    steps: int = 4
    fill_rate: float = 0.5
    reach_rate: float = 0.5
    margin_rate: float = 0.25
    pull_forward_rate: float = 0.2
    least_baskets: int = 3


@dataclass(frozen=True)
class Menu:
    """K steps: min_basket and discount_value (currency), customers who would get each, and what it brings a basket.

    `best` is the step of each of the C `customers` (-1: none pays), `gain` what it brings per basket of theirs, in
    currency.
    """

    steps: pd.DataFrame
    customers: np.ndarray
    best: np.ndarray
    gain: FloatArray


def choose_menu(baskets: pd.DataFrame, terms: ThresholdTerms = ThresholdTerms()) -> Menu:
    """The few steps that together bring most, each customer with the best of them by the own past baskets.

    `baskets` has customer_id and amount (currency), a row per basket; customers with fewer than `least_baskets` tell
    too little. Steps are added one by one, each the one that brings most beside those there are.

    >>> frame = pd.DataFrame({"customer_id": ["a"] * 4 + ["b"] * 4, "amount": [18.0, 17, 16, 9, 48, 47, 45, 44]})
    >>> menu = choose_menu(frame, ThresholdTerms(shares=(0.4, 1.0), margin_rate=0.6))
    >>> menu.steps[["min_basket", "discount_value", "customers"]].values.tolist()
    [[20.0, 0.5, 1.0], [50.0, 1.5, 1.0]]
    """
    values, customers, offers = value_customers(baskets, terms)
    chosen: list[int] = []
    needed = offers["min_basket"]
    reached = np.zeros(len(customers))
    while len(chosen) < min(terms.steps, len(offers)):
        gains = np.maximum(values, reached[:, None]).sum(axis=0) - reached.sum()
        gains[needed.isin(needed.iloc[chosen])] = 0  # a basket needed has one amount off
        best = int(gains.argmax())
        if gains[best] <= 1e-9:
            break
        chosen.append(best)
        reached = np.maximum(reached, values[:, best])
    return as_menu(values[:, chosen], customers, offers.iloc[chosen].reset_index(drop=True))


def as_menu(values: FloatArray, customers: np.ndarray, steps: pd.DataFrame) -> Menu:
    if not len(steps):
        nobody = np.full(len(customers), -1)
        return Menu(steps.assign(customers=0, expected_margin=0.0), customers, nobody, np.zeros(len(customers)))
    best = np.where(values.max(axis=1) > 0, values.argmax(axis=1), -1)
    gain = np.maximum(values.max(axis=1), 0)
    count = np.bincount(best[best >= 0], minlength=len(steps))
    total = np.bincount(best[best >= 0], gain[best >= 0], minlength=len(steps))
    return Menu(steps.assign(customers=count, expected_margin=total / np.maximum(count, 1)), customers, best, gain)


def value_customers(baskets: pd.DataFrame, terms: ThresholdTerms) -> tuple[FloatArray, np.ndarray, pd.DataFrame]:
    """What each of O offers brings a basket of each of C customers (C × O, currency), the customers, and the offers."""
    missing = sorted({"customer_id", "amount"} - set(baskets.columns))
    if missing:
        raise BadInput(f"a frame of baskets needs customer_id and amount; {', '.join(missing)} are missing")
    known = baskets[baskets["customer_id"].notna() & (baskets["amount"] > 0)]
    known = known[known.groupby("customer_id")["amount"].transform("size") >= terms.least_baskets]
    offers = list_offers(known["amount"].to_numpy(float), terms)
    code, customers = pd.factorize(known["customer_id"], sort=True)
    count = np.maximum(np.bincount(code, minlength=len(customers)), 1)
    amount = known["amount"].to_numpy(float)
    columns = [
        np.bincount(code, value_baskets(amount, needed, off, terms), minlength=len(customers)) / count
        for needed, off in zip(offers["min_basket"], offers["discount_value"], strict=True)
    ]
    values = np.column_stack(columns) if columns else np.zeros((len(customers), 0))
    return values, np.asarray(customers), offers


def value_baskets(amount: FloatArray, needed: float, off: float, terms: ThresholdTerms) -> FloatArray:
    """What an offer brings each of n baskets (currency), by the rule above.

    >>> terms = ThresholdTerms(fill_rate=0.5, margin_rate=0.5, pull_forward_rate=0.0)
    >>> value_baskets(np.array([60.0, 40.0]), 50.0, 2.0, terms).round(3).tolist()  # 0.05 · (10 · 0.5 - 2)
    [-2.0, 0.15]
    """
    gap = needed - amount
    near = np.maximum(1 - gap / (terms.reach_rate * amount), 0)
    chance = terms.fill_rate * np.minimum(off / np.maximum(gap, 1e-9), 1) * near
    filled = chance * (gap * terms.margin_rate * (1 - terms.pull_forward_rate) - off)
    return np.where(gap > 0, filled, -off)


def list_offers(amount: FloatArray, terms: ThresholdTerms) -> pd.DataFrame:
    """Baskets needed, as they are usually told, with each amount off that is at least half a unit of money."""
    if not len(amount):
        return pd.DataFrame({"min_basket": [], "discount_value": []}, dtype=float)
    needed = sorted({as_told(one) for one in np.quantile(amount, terms.shares)})
    pairs = {(one, round(one * depth * 2) / 2) for one in needed for depth in terms.depths}
    kept = sorted((one, off) for one, off in pairs if 0.5 <= off < one)
    return pd.DataFrame(kept, columns=["min_basket", "discount_value"], dtype=float)


def as_told(amount: float) -> float:
    """The next multiple of 5 above an amount, of 10 from 100 on, of 1 below 10.

    >>> [as_told(one) for one in (3.2, 41.0, 45.0, 117.3)]
    [4.0, 45.0, 45.0, 120.0]
    """
    step = 1 if amount < 10 else 5 if amount < 100 else 10
    return float(np.ceil(amount / step) * step)


def value_later(menu: Menu, later: pd.DataFrame, terms: ThresholdTerms) -> FloatArray:
    """What the step each customer was given brings on each of n later baskets (currency); nothing without a step.

    A step that suits past baskets best suits later ones less: it was also chosen for their luck.
    """
    step = later["customer_id"].map(dict(zip(menu.customers, menu.best, strict=True))).fillna(-1).to_numpy(int)
    amount, value = later["amount"].to_numpy(float), np.zeros(len(later))
    for place, (needed, off) in enumerate(menu.steps[["min_basket", "discount_value"]].to_numpy()):
        value = np.where(step == place, value_baskets(np.maximum(amount, 0.01), needed, off, terms), value)
    return value
