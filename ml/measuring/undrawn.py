"""Campaigns over which nobody drew lots: weaker methods, which say so in every row (ml/measuring/observational.py)."""

import numpy as np
import pandas as pd

from ml.measuring.effects import ALL, EFFECT_COLUMNS, KEYS, MONEY, Reading, finite
from ml.measuring.observational import ObservationalLift, before_after, difference_in_differences


def compare_undrawn(spends: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """One row of revenue per campaign: the change of the exposed less that of the others, in currency per customer.

    `spends` has per campaign and customer is_shown, and revenue in three equally long spans (queries/undrawn.sql):
    earlier, before and after the campaign began. Where fewer than `least_customers` were not exposed it is the exposed
    customers' own change, weaker still.
    """
    rows = [
        describe(str(campaign), compare(group, reading))
        for campaign, group in spends.groupby("campaign_id", sort=True)
        if group["is_shown"].sum() >= reading.least_customers
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "arm", *EFFECT_COLUMNS])


def compare(group: pd.DataFrame, reading: Reading) -> ObservationalLift:
    shown = group["is_shown"].to_numpy(dtype=bool)
    earlier, before, after = (group[name].to_numpy(dtype=float) for name in ("earlier", "before", "after"))
    if (~shown).sum() < reading.least_customers:
        return before_after(before[shown], after[shown], reading.confidence)
    spans = np.column_stack([earlier, before])
    return difference_in_differences(before, after, shown, spans, reading.confidence)


def describe(campaign: str, lift: ObservationalLift) -> dict:
    customers = lift.treated_count
    return {
        "origin": "shop",
        "level": "campaign",
        "campaign_id": campaign,
        "offer_type": "",
        "offer_id": "",
        "arm": ALL,
        "quantity": "revenue",
        "unit": MONEY,
        "value": lift.value,
        "low": finite(lift.low),
        "high": finite(lift.high),
        "sequential_low": np.nan,
        "sequential_high": np.nan,
        "total": lift.value * customers,
        "total_low": finite(lift.low) * customers,
        "total_high": finite(lift.high) * customers,
        "shown_customers": customers,
        "withheld_customers": lift.control_count,
        "is_final": True,
        "is_observational": True,
        "method": lift.method,
        "caveat": lift.caveat,
    }
