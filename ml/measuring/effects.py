"""What campaigns and offers changed: everything that was drawn by lot, compared with what the lot withheld."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.allocation import BoolArray, FloatArray
from ml.measuring.comparison import Choices
from ml.measuring.intervals import quantile_of
from ml.measuring.lift import Lift, estimate_lift
from ml.measuring.ratios import estimate_ratio
from ml.measuring.sequential import always_valid

COVARIATES = ["orders_before", "margin_before"]
ALL = "all"
ORDERS, MONEY, SHARE = "orders per customer", "currency per customer", "currency per currency spent"
RETURN = "return_on_spend"
HELD_OUT_ELSEWHERE = (
    "Held-out customers are shown no other campaign either, so what those did to the same customers counts too."
)
STILL_OPEN = "Some customers can still use the offer: the effect so far."
NOT_FOLLOWED = "The days after the offer are not over: purchases that were only brought forward still count as extra."
FEW_BUYERS = "Among few buyers an interval of one offer misses more often than it says; its kind tells more."


@dataclass(frozen=True)
class Quantity:
    """An outcome as a sum of columns of the units; `after` tells that the days after the offer must be over.

    Headlines get the interval that holds for few and skewed outcomes (seconds each, ml/measuring/rerandomisation.py).
    """

    name: str
    unit: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    after: bool = False
    is_headline: bool = False

    def of(self, units: pd.DataFrame) -> FloatArray:
        amount = units[list(self.plus)].sum(axis=1) - units[list(self.minus)].sum(axis=1)
        return amount.to_numpy(dtype=float)


MARGIN = ("margin_in_scope", "margin_of_substitutes", "margin_elsewhere")
QUANTITIES = (
    Quantity("orders", ORDERS, ("orders",)),
    Quantity("revenue", MONEY, ("revenue",), is_headline=True),
    Quantity("margin", MONEY, MARGIN),
    Quantity("margin_in_scope", MONEY, ("margin_in_scope",)),
    Quantity("margin_of_substitutes", MONEY, ("margin_of_substitutes",)),
    Quantity("margin_elsewhere", MONEY, ("margin_elsewhere",)),
    Quantity("cost", MONEY, ("cost",)),
    Quantity("earned", MONEY, MARGIN, ("cost",), is_headline=True),
    Quantity("followup_margin", MONEY, ("followup_margin",), after=True),
    Quantity("earned_after_all", MONEY, (*MARGIN, "followup_margin"), ("cost",), after=True, is_headline=True),
)


@dataclass(frozen=True)
class Reading:
    """How outcomes are read: confidence of intervals, fewest customers of a group, customers a campaign is made for."""

    confidence: float
    least_customers: int
    planned_customers: int


def measure_effects(units: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """One row per origin, level, campaign, kind of offer, offer, arm and quantity; texts are '' where all are meant.

    `units` holds one row per customer and campaign or offer that a lot showed or withheld (queries/units.sql):
    is_shown, shown_probability, chosen_by, is_closed, is_followed_up, days_looked, the covariates and the outcomes, in
    orders and currency. Effects are per customer shown, totals over all of these. Difference in means adjusted for
    what the same customers bought before (ml/measuring/lift.py); a customer of many campaigns counts as one unit.
    """
    rows = [
        dict(zip(KEYS, key, strict=True)) | {"arm": arm} | effect
        for level, units_of_level in split_levels(units)
        for key, group in units_of_level.assign(level=level).groupby(KEYS, sort=True)
        for arm, part in split_arms(group)
        for effect in measure_group(part, reading)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "arm", *EFFECT_COLUMNS])


KEYS = ["origin", "level", "campaign_id", "offer_type", "offer_id"]


def split_levels(units: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Everything, kinds of offers over all campaigns, campaigns, offers: each unit with the keys of its level."""
    known = units.assign(offer_type=units["offer_type"].fillna(""))
    is_offer = known["offer_id"] != ""
    campaigns, offers = known[~is_offer].assign(offer_type=""), known[is_offer]
    yield "all", campaigns.assign(campaign_id="")
    yield "offer_type", offers.assign(campaign_id="", offer_id="")
    yield "campaign", campaigns
    yield "offer", offers


EFFECT_COLUMNS = [
    "quantity", "unit", "value", "low", "high", "sequential_low", "sequential_high", "total", "total_low", "total_high",
    "shown_customers", "withheld_customers", "is_final", "is_observational", "method", "caveat",
]  # fmt: skip


def split_arms(group: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Everybody, and where there are both, what the plan chose and what only a lot chose: each with its ghosts."""
    yield ALL, group
    if group["chosen_by"].nunique() > 1:
        yield from ((str(arm), part) for arm, part in group.groupby("chosen_by", sort=True))


def measure_group(units: pd.DataFrame, reading: Reading) -> list[dict]:
    """Every quantity of customers who are compared with each other, then the return on spend."""
    shown = units["is_shown"].to_numpy(dtype=bool)
    if min(shown.sum(), (~shown).sum()) < reading.least_customers:
        return []
    over = units["is_followed_up"].to_numpy(dtype=bool)
    effects = [measure_quantity(quantity, units, reading) for quantity in QUANTITIES if not quantity.after]
    if over.all():
        effects += [measure_quantity(quantity, units, reading) for quantity in QUANTITIES if quantity.after]
    return [*effects, measure_return(units, bool(over.all()), reading)]


def measure_quantity(quantity: Quantity, units: pd.DataFrame, reading: Reading) -> dict:
    outcome, shown = quantity.of(units), units["is_shown"].to_numpy(dtype=bool)
    covariates, chance = units[COVARIATES].to_numpy(dtype=float), units["shown_probability"].to_numpy(dtype=float)
    choices = Choices(redraws=quantity.is_headline and not is_single_offer(units))
    lift = estimate_lift(outcome, shown, covariates, chance, repeated(units), reading.confidence, choices)
    return describe(quantity.name, quantity.unit, lift, look_early(lift, units, reading), units)


def is_single_offer(units: pd.DataFrame) -> bool:
    return bool((units["offer_id"] != "").all())


def repeated(units: pd.DataFrame) -> pd.Series | None:
    """The customer of each unit where one has several."""
    return None if units["customer_id"].is_unique else units["customer_id"]


def look_early(lift: Lift, units: pd.DataFrame, reading: Reading) -> Lift:
    """The interval for whoever looks every day and may stop at any.

    Once every unit keeps its outcome that of ml/measuring/sequential.py, before that one by the day of the look; each
    takes half of the error, so that together they hold at the confidence.
    """
    half = 1 - (1 - reading.confidence) / 2
    if units["is_closed"].all():
        return always_valid(lift, reading.planned_customers, half)
    return widen_by_looks(lift, int(units["days_looked"].max()), half)


def widen_by_looks(lift: Lift, look: int, confidence: float) -> Lift:
    """The interval at the k-th daily look, k from 1, with the share 1 / (k (k + 1)) of the error: all looks add to 1.

    Holds whatever the looks have in common (Bonferroni), so also for outcomes that are still growing.

    >>> lift = Lift(1.0, 0.8, 1.2, 500, 500, "by hand", error=0.1)
    >>> [round(widen_by_looks(lift, look, 0.95).high, 2) for look in (1, 7)]
    [1.22, 1.33]
    """
    error_rate = (1 - confidence) / (look * (look + 1))
    margin = quantile_of(1 - error_rate) * lift.error
    return replace(lift, low=min(lift.value - margin, lift.low), high=max(lift.value + margin, lift.high))


def measure_return(units: pd.DataFrame, is_over: bool, reading: Reading) -> dict:
    """Extra margin per unit of discount, after what was only brought forward where that is known."""
    columns = [*MARGIN, *(["followup_margin"] if is_over else [])]
    shown = units["is_shown"].to_numpy(dtype=bool)
    ratio = estimate_ratio(
        units[columns].sum(axis=1).to_numpy(dtype=float),
        units["cost"].to_numpy(dtype=float),
        shown,
        units[COVARIATES].to_numpy(dtype=float),
        units["shown_probability"].to_numpy(dtype=float),
        repeated(units),
        reading.confidence,
        Choices(redraws=False),
    )
    as_lift = Lift(ratio.value, ratio.low, ratio.high, ratio.treated_count, ratio.control_count, ratio.method)
    return describe(RETURN, SHARE, as_lift, None, units) | {"total": np.nan, "total_low": np.nan, "total_high": np.nan}


def describe(name: str, unit: str, lift: Lift, early: Lift | None, units: pd.DataFrame) -> dict:
    customers = lift.treated_count
    return {
        "quantity": name,
        "unit": unit,
        "value": lift.value,
        "low": finite(lift.low),
        "high": finite(lift.high),
        "sequential_low": finite(early.low) if early else np.nan,
        "sequential_high": finite(early.high) if early else np.nan,
        "total": lift.value * customers,
        "total_low": finite(lift.low) * customers,
        "total_high": finite(lift.high) * customers,
        "shown_customers": customers,
        "withheld_customers": lift.control_count,
        "is_final": bool(units["is_followed_up"].all()),
        "is_observational": False,
        "method": lift.method,
        "caveat": name_caveats(units),
    }


def finite(end: float) -> float:
    """An end that the data leave open is not a number."""
    return end if np.isfinite(end) else np.nan


def name_caveats(units: pd.DataFrame) -> str:
    is_open: BoolArray = ~units["is_closed"].to_numpy(dtype=bool)
    said = [
        (is_open.any(), STILL_OPEN),
        (not units["is_followed_up"].all(), NOT_FOLLOWED),
        (is_single_offer(units), FEW_BUYERS),
        ((units["arm"] == "holdout").any() and (units["origin"] == "platform").any(), HELD_OUT_ELSEWHERE),
    ]
    return " ".join(text for holds, text in said if holds)
