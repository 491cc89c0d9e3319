"""What a model card says, as far as the page shows it; anything a card lacks is empty, never made up."""

import json
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Card:
    content: dict[str, Any]

    def interval(self, metric: str) -> Interval:
        """The interval of a metric; not a number where the card has none."""
        found = self.content.get("metrics", {}).get(metric, {})
        known = found if isinstance(found, dict) else {}
        return Interval(float(known.get("low", nan)), float(known.get("high", nan)))

    @property
    def calibration(self) -> pd.DataFrame:
        """predicted, actual, low, high, rows per bin."""
        return pd.DataFrame(self.content.get("calibration", []), columns=["predicted", "actual", "low", "high", "rows"])

    @property
    def gain(self) -> pd.DataFrame:
        """contacted, found: shares in 0-1."""
        return pd.DataFrame(self.content.get("gain", []), columns=["contacted", "found"])

    @property
    def caveat(self) -> str:
        return str(self.content.get("caveat", ""))


def parse(text: str | None) -> Card:
    return Card(json.loads(text) if text else {})
