"""Intervals that hold however often and whenever one looks: for reading a campaign while it runs."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from ml.measuring.lift import Lift

LEAST_UNITS = 50


def always_valid(lift: Lift, planned_count: int, confidence: float = 0.95, least_units: int = LEAST_UNITS) -> Lift:
    """The lift with an interval that covers the truth at every look at once, not only at one fixed in advance.

    `lift` is of the same confidence; `planned_count` the number of units (both arms) at which the interval is to be
    tightest: the plan's, fixed before the first look. Units join over time and keep their outcome (its window has
    closed). The asymptotic confidence sequence by a normal mixture of Waudby-Smith et al. 2024, Annals of Statistics
    52(6), theorem 2.2, each side widened as much as the lift's own interval is against a normal one, because few and
    skewed outcomes err further. Being asymptotic it starts once the smaller arm has `least_units`; before that the
    interval is the whole line. Raises ValueError where the plan is not positive.

    >>> from ml.measuring.lift import estimate_lift
    >>> random = np.random.default_rng(1)
    >>> lift = estimate_lift(random.normal(size=400), np.arange(400) % 2 == 0)
    >>> wider = always_valid(lift, planned_count=1000)
    >>> wider.low < lift.low < lift.high < wider.high
    True
    """
    if planned_count <= 0:
        raise ValueError(f"the planned number of units must be positive, not {planned_count}")
    method = f"{lift.method}; always valid, tightest at {planned_count} units"
    if not lift.is_known or min(lift.treated_count, lift.control_count) < least_units:
        return replace(lift, low=-np.inf, high=np.inf, method=f"{method}; not before {least_units} units in each arm")
    count = lift.treated_count + lift.control_count
    wider = boundary(count, mixture_width(planned_count, 1 - confidence), 1 - confidence)
    wider = wider / NormalDist().inv_cdf(0.5 + confidence / 2)
    low, high = lift.value - wider * (lift.value - lift.low), lift.value + wider * (lift.high - lift.value)
    return replace(lift, low=low, high=high, method=method)


def boundary(count: int, width: float, error_rate: float) -> float:
    """How many standard errors the estimate may stray at any count.

    >>> round(boundary(1000, mixture_width(1000, 0.05), 0.05), 2)
    3.04
    """
    scale = count * width**2
    return float(np.sqrt((scale + 1) / scale * np.log((scale + 1) / error_rate**2)))


def mixture_width(count: int, error_rate: float) -> float:
    """The mixture's parameter rho that makes the boundary tightest at `count`.

    >>> round(mixture_width(1000, 0.05) ** 2 * 1000, 3)
    7.936
    """
    twice = -2 * np.log(error_rate)
    return float(np.sqrt((twice + np.log(twice + 1)) / count))
