"""What every section may ask for: the day, its frames, the sums and the parameters they were decided with."""

from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist

import pandas as pd

from ml.deciding.pull_forward import MEASURED
from ml.deciding.world import REDEMPTION
from ml.parameters import Section as Parameters
from ml.reporting.data import Frames
from ml.reporting.words import share


@dataclass(frozen=True)
class Range:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Totals:
    known: int
    offered: int
    held_out: int
    offers: int
    cost: Range
    margin: Range
    extra_margin: Range | None
    budget: float
    used_before: float


def by_chance(value: float, variance: float, confidence: float) -> Range:
    """Where a sum of independent responses falls by chance alone when every predicted probability is right.

    >>> by_chance(100.0, 25.0, 0.95)
    Range(value=100.0, low=90.2..., high=109.7...)
    """
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(variance)
    return Range(value, value - reach, value + reach)


def cost_by_chance(value: float, variance: float, confidence: float) -> Range:
    """As by_chance; a cost cannot fall below zero."""
    spread = by_chance(value, variance, confidence)
    return Range(value, max(0.0, spread.low), spread.high)


def customers_with(statuses: pd.DataFrame, status: str) -> int:
    return int(statuses.loc[statuses["status"] == status, "customers"].sum())


def add_up(frames: Frames, confidence: float, kept_rate: float) -> Totals:
    campaigns = frames.campaigns
    return Totals(
        known=int(frames.statuses["customers"].sum()),
        offered=customers_with(frames.statuses, "offered"),
        held_out=customers_with(frames.statuses, "holdout"),
        offers=int(campaigns["offers_given"].sum()),
        cost=cost_by_chance(campaigns["cost"].sum(), campaigns["cost_variance"].sum(), confidence),
        margin=by_chance(campaigns["margin"].sum(), campaigns["margin_variance"].sum(), confidence),
        extra_margin=add_up_effects(campaigns, kept_rate),
        budget=float(campaigns["budget"].sum()),
        used_before=float(campaigns["budget_used_before"].sum()),
    )


def add_up_effects(campaigns: pd.DataFrame, kept_rate: float) -> Range | None:
    """Extra margin of the day's offers and where it lies if every customer's effect is at the same end of its interval.

    `kept_rate` is the share that is not only pulled forward; None where no effects decided.

    >>> campaigns = pd.DataFrame({"extra_margin": [5.0], "extra_margin_below": [2.0], "extra_margin_above": [4.0]})
    >>> add_up_effects(campaigns, kept_rate=0.5)
    Range(value=5.0, low=4.0, high=7.0)
    """
    if campaigns["extra_margin"].isna().all():
        return None
    value, below, above = (float(campaigns[f"extra_margin{end}"].sum()) for end in ("", "_below", "_above"))
    return Range(value, value - kept_rate * below, value + kept_rate * above)


@dataclass(frozen=True)
class Facts:
    day: date
    frames: Frames
    totals: Totals
    parameters: Parameters
    reasons: dict[str, str]
    time_zone: str

    @property
    def currency(self) -> str:
        return str(self.parameters.shop.currency)

    @property
    def is_use_assumed(self) -> bool:
        """Whether offers were given without a model that has learned how offers are used."""
        models = self.frames.models
        learned = models.loc[models["role"] == "champion", "family"]
        return self.totals.offers > 0 and REDEMPTION not in set(learned)

    @property
    def pulled_forward(self) -> str:
        """The share of extra margin that is taken to be only bought earlier, and how that is known."""
        rate = share(pull_forward_of(self.frames, self.parameters))
        found = self.frames.pull_forward
        if found.empty or found["basis"].iloc[0] != MEASURED:
            return f"{rate} (assumed)"
        low, high = (share(float(found[f"measured_{end}"].iloc[0])) for end in ("low", "high"))
        return f"{rate} (measured between {low} and {high}, drawn toward what was assumed)"

    @property
    def margin_assumption(self) -> str:
        shop = self.parameters.shop
        overrides = (
            f", {len(shop.department_margin_rates)} departments by their own rate"
            if shop.department_margin_rates
            else ""
        )
        return f"margin is {share(shop.default_margin_rate)} of net sales where cost is unknown{overrides}"


def pull_forward_of(frames: Frames, parameters: Parameters) -> float:
    """The rate that the day was decided by; the parameter where none was written down."""
    known = frames.pull_forward["rate"]
    return float(known.iloc[0]) if len(known) else float(parameters.decide.pull_forward_rate)


def gather(day: date, frames: Frames, parameters: Parameters, reasons: dict[str, str], time_zone: str) -> Facts:
    """reasons: why each parameter has its value, by `section.name`; time_zone is the shop's."""
    totals = add_up(frames, parameters.measure.confidence_rate, 1 - pull_forward_of(frames, parameters))
    return Facts(day, frames, totals, parameters, reasons, time_zone)
