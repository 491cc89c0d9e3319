"""What campaigns are known to have earned: their response, and the effect where chance drew a control group."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.measuring.intervals import UNKNOWN, Estimate, estimate_difference, estimate_share

RESPONSE = "response of exposed customers"
EFFECT = "mean spend of treated minus held-out customers over {days} days, in currency per customer"
REPLAYED = "A replay of the past: nothing that was decided here was sent, so no effect can be measured."
NOT_DRAWN = "Nobody drew lots over who was exposed: the rate is a response, not an effect."
NOT_RECORDED = "Discounts are not recorded; the face value is taken for each redemption."
NO_CONTROL = "No held-out group has had its window of {days} days yet."
SPEND = "Spend counts whatever was bought, not only products in scope."


@dataclass(frozen=True)
class Setting:
    """How outcomes are to be read: whether the source replays the past, days of a window, confidence of intervals."""

    is_replay: bool
    window_days: int
    confidence: float


def summarise_campaigns(responses: pd.DataFrame, spends: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """One row per campaign with rate, interval, cost and, where a control group exists, lift and return on spend.

    `responses` has per campaign exposed_customers, redeeming_customers, redemption_count, discount_cost and
    unrecorded_count; `spends` one row per campaign and customer whose window has closed: arm (treatment or holdout),
    amount and margin of what they bought in it, and the discount they used, in currency.
    """
    hits = responses["redeeming_customers"].to_numpy(dtype=float)
    exposed = responses["exposed_customers"].to_numpy(dtype=float)
    rate, low, high = estimate_share(hits, exposed, setting.confidence)
    known = responses.assign(redemption_rate=rate, redemption_rate_low=low, redemption_rate_high=high)
    effects = [measure_effect(spends[spends["campaign_id"] == name], setting) for name in known["campaign_id"]]
    lifts, unrecorded = [lift for lift, _ in effects], known["unrecorded_count"].tolist()
    return known.assign(
        lift=[lift.value for lift in lifts],
        lift_low=[lift.low for lift in lifts],
        lift_high=[lift.high for lift in lifts],
        return_on_spend=[earned for _, earned in effects],
        method=[name_method(lift, setting) for lift in lifts],
        caveat=[name_caveats(count, lift, setting) for count, lift in zip(unrecorded, lifts, strict=True)],
    ).drop(columns="unrecorded_count")


def measure_effect(spends: pd.DataFrame, setting: Setting) -> tuple[Estimate, float]:
    """Lift in currency per customer and extra margin per unit of discount; unknown without a control or in a replay."""
    if setting.is_replay:
        return UNKNOWN, np.nan
    treated, control = (spends[spends["arm"] == arm] for arm in ("treatment", "holdout"))
    lift = difference(treated, control, "amount", setting)
    extra_margin = difference(treated, control, "margin", setting).value * len(treated)
    cost = float(treated["discount"].sum())
    return lift, extra_margin / cost if cost > 0 else np.nan


def difference(treated: pd.DataFrame, control: pd.DataFrame, what: str, setting: Setting) -> Estimate:
    amounts = treated[what].to_numpy(dtype=float), control[what].to_numpy(dtype=float)
    return estimate_difference(*amounts, setting.confidence)


def is_known(lift: Estimate) -> bool:
    return bool(np.isfinite(lift.value))


def name_method(lift: Estimate, setting: Setting) -> str:
    return EFFECT.format(days=setting.window_days) if is_known(lift) else RESPONSE


def name_caveats(unrecorded_count: int, lift: Estimate, setting: Setting) -> str:
    why = SPEND if is_known(lift) else REPLAYED if setting.is_replay else NO_CONTROL.format(days=setting.window_days)
    return " ".join([NOT_DRAWN, why, *([NOT_RECORDED] if unrecorded_count else [])])
