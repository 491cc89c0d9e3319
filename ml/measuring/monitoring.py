"""Running campaigns watched against their plan: reach, uses, spend, and whether effects come as predicted."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

REACH, REDEMPTIONS, SPEND, BUDGET, EFFECT = "reach", "redemptions", "spend", "budget used", "effect"
UNITS = {
    REACH: "offers", REDEMPTIONS: "redemptions", SPEND: "currency", BUDGET: "share of the budget",
    EFFECT: "currency per customer shown",
}  # fmt: skip
COLUMNS = ["campaign_id", "indicator", "unit", "planned", "low", "high", "actual", "is_alert", "message"]


@dataclass(frozen=True)
class Rule:
    """When an indicator is an alert: outside so many times its plan at least, and outside what chance explains.

    `low` and `high` are shares of the plan (not a number: no limit on that side); `message` says what to look at.
    """

    indicator: str
    low: float
    high: float
    message: str


def read_rules(terms: SimpleNamespace) -> tuple[Rule, ...]:
    """The alerts as the parameter measure.alerts states them: indicator, low, high, message."""
    return tuple(
        Rule(entry["indicator"], as_limit(entry.get("low")), as_limit(entry.get("high")), entry["message"])
        for entry in terms.alerts
    )


def as_limit(limit: float | None) -> float:
    return np.nan if limit is None else float(limit)


def watch_campaigns(
    campaigns: pd.DataFrame, effects: pd.DataFrame, rules: tuple[Rule, ...], confidence: float
) -> pd.DataFrame:
    """One row per campaign and indicator: planned, the range that chance leaves it, actual, whether it alerts.

    `campaigns` is what queries/monitoring.sql gives; `effects` are those of ml/measuring/effects.py, whose interval is
    the range of the actual effect. An indicator is an alert when a rule's share of the plan is crossed and chance alone
    (the range at the confidence) does not explain it. The plan of an effect is after what is only pulled forward and
    the messages (ml/deciding/value.py), so both are taken off what was measured (`pull_forward_rate` of the margin,
    `message_cost` per customer shown) before the two are compared.
    """
    by_campaign = find_measured(effects)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rows = [
        judge(str(row.campaign_id), indicator, values, rules)
        for row in campaigns.itertuples(index=False)
        for indicator, values in read_indicators(row, by_campaign, z)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def find_measured(effects: pd.DataFrame) -> pd.DataFrame:
    """What the platform's lots say each campaign earned per customer shown, and the margin that is part of it."""
    measured = effects[(effects["level"] == "campaign") & (effects["arm"] == "all") & (effects["origin"] == "platform")]
    by_quantity = {name: own.set_index("campaign_id") for name, own in measured.groupby("quantity")}
    if "earned" not in by_quantity:
        return pd.DataFrame()
    return by_quantity["earned"].assign(margin=by_quantity["margin"]["value"])


def read_indicators(row: Any, effects: pd.DataFrame, z: float) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Each indicator as planned, the ends of what chance leaves it, and actual."""
    yield REACH, (row.reach_planned, row.reach_planned, row.reach_planned, row.reach)
    spread = z * np.sqrt(row.redemptions_variance)
    yield REDEMPTIONS, around(row.redemptions_planned, spread, row.redemptions)
    spread = z * np.sqrt(row.spend_variance)
    yield SPEND, around(row.spend_planned, spread, row.spend)
    if row.budget and row.budget > 0:
        yield BUDGET, (1.0, 0.0, 1.0, row.spend / row.budget)
    if row.campaign_id in effects.index and np.isfinite(row.effect_planned):
        found = effects.loc[row.campaign_id]
        half = (found["high"] - found["low"]) / 2  # what chance may have added to the effect, seen from the plan
        actual = found["value"] - row.pull_forward_rate * found["margin"] - row.message_cost
        yield EFFECT, (row.effect_planned, row.effect_planned - half, row.effect_planned + half, actual)


def around(planned: float, spread: float, actual: float) -> tuple[float, float, float, float]:
    return planned, max(planned - spread, 0.0), planned + spread, actual


def judge(campaign: str, indicator: str, values: tuple[float, ...], rules: tuple[Rule, ...]) -> dict:
    planned, low, high, actual = values
    broken = [rule.message for rule in rules if rule.indicator == indicator and is_broken(rule, values)]
    return {
        "campaign_id": campaign,
        "indicator": indicator,
        "unit": UNITS[indicator],
        "planned": planned,
        "low": low,
        "high": high,
        "actual": actual,
        "is_alert": bool(broken),
        "message": " ".join(broken),
    }


def is_broken(rule: Rule, values: tuple[float, ...]) -> bool:
    """
    >>> spend = Rule("spend", np.nan, 1.2, "dear")
    >>> is_broken(spend, (100.0, 80.0, 130.0, 125.0)), is_broken(spend, (100.0, 90.0, 110.0, 125.0))
    (False, True)
    """
    planned, low, high, actual = values
    too_low = actual < low and actual < planned * rule.low
    too_high = actual > high and actual > planned * rule.high
    return bool(too_low or too_high)
