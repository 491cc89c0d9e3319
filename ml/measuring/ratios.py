"""Effects per unit of what they cost: return on spend, extra margin per unit of discount."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.measuring.comparison import DEFAULT, Choices, compare_arms, reach
from ml.measuring.fieller import fieller_interval


@dataclass(frozen=True)
class Ratio:
    """Effect on one amount per unit of effect on another; infinite ends where the data leave the side open."""

    value: float
    low: float
    high: float
    treated_count: int
    control_count: int
    method: str


def estimate_ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    probability: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    confidence: float = 0.95,
    choices: Choices = DEFAULT,
) -> Ratio:
    """Effect of treating on `numerator` per unit of its effect on `denominator` (n each), with Fieller's interval.

    With the margin before discounts and the discounts themselves it is the return on spend; the control's discounts may
    be other than 0. Arguments otherwise as of `estimate_lift`. Not a number with infinite ends where an arm has fewer
    than two units or the denominator has no effect at all. Source: Fieller 1954.

    >>> margin, cost = [6.0, 8.0, 7.0, 1.0, 3.0, 2.0], [2.0, 3.0, 2.5, 0.0, 0.0, 0.0]
    >>> estimate_ratio(margin, cost, [True, True, True, False, False, False]).value
    2.0
    """
    given = (covariates, probability, cluster, choices)
    top, bottom = (compare_arms(amount, treated, *given) for amount in (numerator, denominator))
    counts = top.treated.unit_count, top.control.unit_count
    method = f"ratio of effects: {', '.join(top.words)} (Fieller)"
    if not top.is_known or bottom.value == 0:
        return Ratio(np.nan, -np.inf, np.inf, *counts, method)
    quantile = max(reach(amount, confidence, choices.redraws).either for amount in (top, bottom))
    values, influences = (top.value, bottom.value), (top.influence, bottom.influence)
    low, high = fieller_interval(values, influences, top.units, quantile)
    return Ratio(top.value / bottom.value, low, high, *counts, method)
