"""Planned against actual cost of redemptions: what it says of tomorrow's costs, and what is kept back for chance.

Costs are planned as sums of expected discounts. What customers really used of offers whose days are over tells by how
much the plans were wrong; the factor of each kind of offer corrects the next day's expected costs.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ml.allocation import FloatArray, IntArray
from ml.deciding.value import DECIMALS, Worth

ALL = ""


@dataclass(frozen=True)
class Risk:
    """How often a budget may turn out too small, and the relative error (0–1) that all expected costs share."""

    rate: float
    cost_error: float


LEAST_FACTOR = 0.1
FACTOR_COLUMNS = [
    "offer_type", "offers_given", "redemption_count", "planned_cost", "actual_cost", "ratio", "factor", "factor_low",
    "factor_high", "factor_error",
]  # fmt: skip
# Offers that were sent and can no longer be used: their planned cost before any correction, and what was used of them.
# Only plans of the model that costs rest on today: a newer one has learned from the same uses, and what it learned is
# not to be corrected a second time. Corrections are taken back as they were made (factors_of).
SPENT = """
    with offers as (
        select * from staging.stg_shop__offers qualify row_number() over (partition by offer_id order by day desc) = 1
    ),

    discounts as ({discounts}),

    factors as (
        select day, offer_type, factor from ml.spend_factors where day < $day
    ),

    sent as (
        select
            assignments.customer_id, assignments.offer_id, assignments.day, assignments.valid_until,
            assignments.propensity, coalesce(offers.offer_type, '') as offer_type,
            assignments.expected_cost / coalesce(of_kind.factor, of_all.factor, 1) as planned
        from ml.assignments as assignments
        left join offers on assignments.offer_id = offers.offer_id
        left join factors as of_kind
            on assignments.day = of_kind.day and coalesce(offers.offer_type, '') = of_kind.offer_type
        left join factors as of_all on assignments.day = of_all.day and of_all.offer_type = ''
        where
            assignments.day >= $day - $spend_days and assignments.valid_until < $day and assignments.expected_cost > 0
            and (assignments.model_versions ->> 'offer_effect') = $effect_version
            and (assignments.model_versions ->> $family) = $version
            and {is_shown}
    ),

    used as (
        select
            sent.customer_id, sent.offer_id, sent.day, count(*) as redemption_count, sum(discounts.discount) as discount
        from sent
        inner join discounts
            on
                sent.customer_id = discounts.customer_id and sent.offer_id = discounts.offer_id
                and discounts.redemption_date between sent.day and sent.valid_until
        group by all
    )

    select
        sent.offer_type,
        count(*) as offers_given,
        coalesce(sum(used.redemption_count), 0)::bigint as redemption_count,
        sum(sent.planned)::double as planned_cost,
        coalesce(sum(used.discount), 0)::double as actual_cost,
        -- a redemption happens or not
        sum(((1 - sent.propensity) / nullif(sent.propensity, 0) * sent.planned::double ^ 2)::decimal(38, 9))::double
            as planned_variance,
        coalesce(sum((used.discount::double ^ 2)::decimal(38, 9)), 0)::double as actual_variance
    from sent
    left join used using (customer_id, offer_id, day)
    group by sent.offer_type
    order by sent.offer_type
"""


def no_factors() -> pd.DataFrame:
    """Where nothing was ever planned no cost is corrected."""
    return pd.DataFrame(columns=FACTOR_COLUMNS)


def estimate_factors(spent: pd.DataFrame, terms: SimpleNamespace) -> pd.DataFrame:
    """By how much to multiply the expected cost of each kind of offer, and of all ('' first), with a 95 % interval.

    `spent` has per offer_type offers_given, redemption_count, planned_cost and actual_cost (currency) with their
    variances. Actual by planned of all offers is shrunk toward 1 as far as chance may have moved it (normal prior of
    deviation `spend_prior_error`), that of a kind toward all by `spend_kind_error` (empirical Bayes: Efron and Morris
    1975). Without history the factor is 1.

    >>> spent = pd.DataFrame({"offer_type": ["coupon"], "offers_given": [1000], "redemption_count": [120],
    ...     "planned_cost": [100.0], "actual_cost": [120.0], "planned_variance": [90.0], "actual_variance": [120.0]})
    >>> terms = SimpleNamespace(spend_prior_error=0.15, spend_kind_error=0.2)
    >>> estimate_factors(spent, terms)[["offer_type", "ratio", "factor"]].round(3).to_numpy().tolist()
    [['', 1.2, 1.13], ['coupon', 1.2, 1.184]]
    """
    numbers = spent.drop(columns="offer_type")
    whole = numbers.sum().to_frame().T.assign(offer_type=ALL)
    total = shrink(whole, 1.0, terms.spend_prior_error)
    known = spent[spent["planned_cost"] > 0]
    kinds = [total, *([shrink(known, float(total["factor"].iloc[0]), terms.spend_kind_error)] if len(known) else [])]
    counts = {"offers_given": "int64", "redemption_count": "int64"}
    return pd.concat(kinds, ignore_index=True)[FACTOR_COLUMNS].astype(counts)


def shrink(spent: pd.DataFrame, toward: float, error: float) -> pd.DataFrame:
    """Ratio of actual to planned, drawn toward a value known to within `error`, the more the less was planned."""
    planned = spent["planned_cost"].to_numpy(dtype=float)
    variances = spent[["planned_variance", "actual_variance"]].max(axis=1).to_numpy(dtype=float)
    safe = np.where(planned > 0, planned, 1.0)
    ratio = np.where(planned > 0, spent["actual_cost"].to_numpy(dtype=float) / safe, np.nan)
    precision = np.where(planned > 0, safe**2 / np.maximum(variances, 1e-9), 0.0)
    factor = (precision * np.nan_to_num(ratio) + toward / error**2) / (precision + 1 / error**2)
    left = 1 / np.sqrt(precision + 1 / error**2)
    reach = NormalDist().inv_cdf(0.975) * left
    return spent.assign(
        ratio=ratio,
        factor=np.maximum(factor, LEAST_FACTOR),
        factor_low=np.maximum(factor - reach, 0.0),
        factor_high=factor + reach,
        factor_error=left,
    )


def factors_of(factors: pd.DataFrame, offer_types: pd.Series) -> FloatArray:
    """The factor of each offer's kind; that of all where its kind has no history, and 1 where there is none at all."""
    known = dict(zip(factors["offer_type"], factors["factor"], strict=True))
    return offer_types.fillna(ALL).map(lambda kind: known.get(kind, known.get(ALL, 1.0))).to_numpy(dtype=float)


def correct_costs(worth: Worth, factor: FloatArray) -> Worth:
    """The worth of n pairs with expected costs times the factor of each, taken off or added to what they bring.

    >>> plain = Worth(*(np.array([one]) for one in (8.0, 1.0, 0.3, 0.1, np.nan, np.nan)))
    >>> corrected = correct_costs(plain, np.array([2.0]))
    >>> corrected.expected_cost.tolist(), corrected.expected_margin.round(4).tolist()
    ([0.2], [0.2])
    """
    extra = worth.expected_cost * (factor - 1)
    return replace(
        worth,
        expected_margin=(worth.expected_margin - extra).round(DECIMALS),
        expected_cost=(worth.expected_cost + extra).round(DECIMALS),
        incremental_margin=(worth.incremental_margin - extra).round(DECIMALS),
    )


def keep_reserve(remaining: FloatArray, variance: FloatArray, scale: FloatArray, risk: Risk) -> FloatArray:
    """The most that may be planned so that what is really used stays within what remains, but for a risk.

    The largest x with  x + z sqrt(variance + scale x + (error x)²) <= remaining  for each of k campaigns: `variance`
    (currency²) that of offers still open, `scale` (currency) what a redemption costs, whose variance is as large as
    its expected cost times that; `error` the relative error that all costs share; z the normal quantile of
    1 - the risk's rate. Found by halving; never below 0.

    >>> keep_reserve(np.array([100.0]), np.array([0.0]), np.array([5.0]), Risk(0.5, 0.2)).round(6).tolist()
    [100.0]
    >>> keep_reserve(np.array([100.0]), np.array([0.0]), np.array([5.0]), Risk(0.001, 0.0)).round(1).tolist()
    [50.8]
    """
    z = NormalDist().inv_cdf(1 - risk.rate)
    low, high = np.zeros(len(remaining)), np.maximum(remaining, 0.0)
    for _ in range(60):
        middle = (low + high) / 2
        needed = middle + z * np.sqrt(variance + scale * middle + (risk.cost_error * middle) ** 2)
        low, high = np.where(needed <= remaining, middle, low), np.where(needed <= remaining, high, middle)
    return high if z <= 0 else low


def error_of(factors: pd.DataFrame) -> float:
    """The relative error that the costs of a day share; none where nobody keeps factors."""
    whole = factors[factors["offer_type"] == ALL]
    return float((whole["factor_error"] / whole["factor"]).iloc[0]) if len(whole) else 0.0


def scale_of_redemptions(campaign: IntArray, cost: FloatArray, discount: FloatArray, campaigns: int) -> FloatArray:
    """What a redemption of each of k campaigns takes off (currency): of n pairs the mean, weighted by expected cost.

    Whether a discount is used is chance, so costs vary by their expectation times what one use takes off.

    >>> scale_of_redemptions(np.array([0, 0]), np.array([0.3, 0.1]), np.array([5.0, 1.0]), 1).tolist()
    [4.0]
    """
    total = np.bincount(campaign, cost, campaigns)
    weighted = np.bincount(campaign, cost * discount, campaigns)
    return np.divide(weighted, total, out=np.zeros(campaigns), where=total > 0)
