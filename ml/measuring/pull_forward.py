"""How much of what offers brought was only bought earlier: measured over everything the platform's lots decided."""

import numpy as np
import pandas as pd

from ml.measuring.comparison import Choices
from ml.measuring.effects import ALL, COVARIATES, EFFECT_COLUMNS, KEYS, MARGIN, Reading, describe, repeated
from ml.measuring.lift import Lift
from ml.measuring.ratios import estimate_ratio

PULL_FORWARD, SHARE = "pull_forward_rate", "share of the extra margin"
PLATFORM = "platform"


def measure_pull_forward(units: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The margin lost in the days after by the extra margin before, with Fieller's interval; a row or none.

    `units` as of `measure_effects` (ml/measuring/effects.py): those that the platform drew, all campaigns together,
    whose days after the offer are over. None where an arm has too few of them.
    """
    is_over = units["is_followed_up"].astype(bool) & (units["origin"] == PLATFORM) & (units["offer_id"] == "")
    over = units[is_over].reset_index(drop=True)
    shown = over["is_shown"].to_numpy(dtype=bool)
    if min(shown.sum(), (~shown).sum()) < reading.least_customers:
        return pd.DataFrame(columns=[*KEYS, "arm", *EFFECT_COLUMNS])
    ratio = estimate_ratio(
        -over["followup_margin"].to_numpy(dtype=float),
        over[list(MARGIN)].sum(axis=1).to_numpy(dtype=float),
        shown,
        over[COVARIATES].to_numpy(dtype=float),
        over["shown_probability"].to_numpy(dtype=float),
        repeated(over),
        reading.confidence,
        Choices(redraws=False),
    )
    as_lift = Lift(ratio.value, ratio.low, ratio.high, ratio.treated_count, ratio.control_count, ratio.method)
    key = dict.fromkeys(KEYS, "") | {"origin": PLATFORM, "level": "all", "arm": ALL}
    totals = dict.fromkeys(["total", "total_low", "total_high"], np.nan)
    return pd.DataFrame([key | describe(PULL_FORWARD, SHARE, as_lift, None, over) | totals])
