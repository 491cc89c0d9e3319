"""What campaigns are known to have earned: their response, and the effect where chance drew a control group."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.measuring.effects import ALL, RETURN
from ml.measuring.intervals import estimate_share

RESPONSE = "response of exposed customers"
REPLAYED = "A replay of the past: nothing that was decided here was sent, so no effect can be measured."
NOT_DRAWN = "Nobody drew lots over who was exposed: the rate is a response, not an effect."
PARTLY_DRAWN = "The rate is a response, not an effect; the effect is that on customers over whom lots were drawn."
NOT_RECORDED = "Discounts are not recorded; the face value is taken for each redemption."
NO_CONTROL = "No effect is measured: too few customers were withheld by lot."
ORIGINS = ("platform", "shop")  # what was drawn here comes before what the shop drew by itself
RUNNING, FOLLOWED, EVALUATED = "running", "followed up", "evaluated"
# What the published columns are made of: per customer shown, or in total over these.
PER_CUSTOMER = {"lift": "revenue"}
TOTALS = {
    "incremental_orders": "orders",
    "incremental_revenue": "revenue",
    "incremental_margin": "margin",
    "incremental_margin_in_scope": "margin_in_scope",
    "incremental_margin_of_substitutes": "margin_of_substitutes",
    "incremental_margin_elsewhere": "margin_elsewhere",
    "cost": "cost",
    "earned": "earned",
    "brought_forward": "followup_margin",
    "earned_after_all": "earned_after_all",
}


@dataclass(frozen=True)
class Setting:
    """How outcomes are to be read: whether the source replays the past, confidence of intervals."""

    is_replay: bool
    confidence: float


def summarise_campaigns(responses: pd.DataFrame, effects: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """One row per campaign with rate, interval, cost and, where lots were drawn, every effect with its interval.

    `responses` has per campaign exposed_customers, redeeming_customers, redemption_count, discount_cost,
    unrecorded_count, is_over and is_followed_up; `effects` is what ml/measuring/effects.py or, weaker,
    ml/measuring/undrawn.py gives.
    """
    hits = responses["redeeming_customers"].to_numpy(dtype=float)
    exposed = responses["exposed_customers"].to_numpy(dtype=float)
    rate, low, high = estimate_share(hits, exposed, setting.confidence)
    known = responses.assign(
        redemption_rate=rate, redemption_rate_low=low, redemption_rate_high=high, stage=name_stages(responses)
    )
    wide = spread_effects(effects)
    joined = known.merge(wide, how="left", on="campaign_id")
    joined["method"] = joined["method"].fillna(RESPONSE)
    joined["is_observational"] = joined["is_observational"].ne(False)  # where nothing was compared too
    return joined.assign(caveat=name_caveats(joined, setting)).drop(
        columns=["unrecorded_count", "is_over", "is_followed_up", "effect_caveat"]
    )


def name_stages(responses: pd.DataFrame) -> np.ndarray:
    """Where in its life a campaign is: it runs, its customers are followed up, or nothing more will be found."""
    over, followed = (responses[name].to_numpy(dtype=bool) for name in ("is_over", "is_followed_up"))
    return np.select([~over, ~followed], [RUNNING, FOLLOWED], EVALUATED)


def spread_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """One row per campaign: the effects over all its offers as columns, of the better origin where there are two."""
    own = effects[(effects["level"] == "campaign") & (effects["arm"] == ALL)]
    first = own.assign(place=own["origin"].map(ORIGINS.index)).sort_values(["campaign_id", "place"], kind="stable")
    kept = first[first["place"] == first.groupby("campaign_id")["place"].transform("min")]
    by_quantity = kept.set_index(["campaign_id", "quantity"])
    rows = [describe_campaign(name, by_quantity.loc[name]) for name in kept["campaign_id"].unique()]
    return pd.DataFrame(rows, columns=[*EFFECT_COLUMNS])


def describe_campaign(name: str, found: pd.DataFrame) -> dict:
    row = {"campaign_id": name} | {
        f"{column}{end}": pick(found, quantity, f"{what}{end}") for column, quantity, what in SOURCES for end in ENDS
    }
    first = found.iloc[0]
    return row | {
        "earned_sequential_low": pick(found, "earned", "sequential_low") * first["shown_customers"],
        "earned_sequential_high": pick(found, "earned", "sequential_high") * first["shown_customers"],
        "shown_customers": first["shown_customers"],
        "withheld_customers": first["withheld_customers"],
        "is_observational": bool(first["is_observational"]),
        "method": first["method"],
        "effect_caveat": first["caveat"],
    }


ENDS = ("", "_low", "_high")
SOURCES = [
    *((column, quantity, "value") for column, quantity in PER_CUSTOMER.items()),
    (RETURN, RETURN, "value"),
    *((column, quantity, "total") for column, quantity in TOTALS.items()),
]
EFFECT_COLUMNS = [
    "campaign_id",
    *(f"{column}{end}" for column, _, _ in SOURCES for end in ENDS),
    "earned_sequential_low", "earned_sequential_high", "shown_customers", "withheld_customers", "is_observational",
    "method", "effect_caveat",
]  # fmt: skip


def pick(found: pd.DataFrame, quantity: str, column: str) -> float:
    named = {"value_low": "low", "value_high": "high"}.get(column, column)
    return float(found[named].to_dict().get(quantity, np.nan))


def name_caveats(results: pd.DataFrame, setting: Setting) -> list[str]:
    return [
        " ".join(
            [
                NOT_DRAWN if row.is_observational else PARTLY_DRAWN,
                *effect_caveats(row, setting),
                *([NOT_RECORDED] if row.unrecorded_count else []),
            ]
        )
        for row in results.itertuples()
    ]


def effect_caveats(row: Any, setting: Setting) -> list[str]:
    if isinstance(row.effect_caveat, str):
        return [row.effect_caveat] if row.effect_caveat else []
    return [REPLAYED if setting.is_replay else NO_CONTROL]
