"""What a model card says, as far as the page shows it; anything a card lacks is empty, never made up."""

import json
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd

from ml.reporting import names


@dataclass(frozen=True)
class Measured:
    """A metric with its interval; not a number where the card has none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PartResult:
    """What served one part of the recommendations, and how its recall compares with the floor's."""

    part: str
    candidate: str
    recall: Measured
    floor: float


@dataclass(frozen=True)
class Card:
    content: dict[str, Any]

    def measured(self, metric: str) -> Measured:
        return read_metric(self.content.get("metrics", {}).get(metric, {}))

    @property
    def earned_per_offer(self) -> Measured:
        """What a policy's offers earned each, on lots its learner had not seen, in currency."""
        value, rate = self.measured("policy_value"), self.content.get("standing", {}).get("treated_rate") or nan
        return Measured(value.value / rate, value.low / rate, value.high / rate)

    @property
    def calibration(self) -> pd.DataFrame:
        """predicted, actual, low, high, rows per bin."""
        return pd.DataFrame(self.content.get("calibration", []), columns=["predicted", "actual", "low", "high", "rows"])

    @property
    def gain(self) -> pd.DataFrame:
        """contacted, found: shares in 0-1."""
        return pd.DataFrame(self.content.get("gain", []), columns=["contacted", "found"])

    @property
    def parts(self) -> tuple[PartResult, ...]:
        """The parts of a family that is chosen part by part; empty for the others."""
        metrics = self.content.get("metrics", {})
        found = {part: metrics.get(f"recall_{part}") for part in names.PARTS if part in self.content.get("parts", {})}
        return tuple(
            PartResult(part, metric["candidate"], read_metric(metric), read_number(metric["floor"]))
            for part, metric in found.items()
            if metric
        )

    @property
    def caveat(self) -> str:
        return str(self.content.get("caveat", ""))

    @property
    def decision_in_words(self) -> str:
        return names.with_candidates(str(self.content.get("decision", "")))


def read_metric(entry: dict[str, Any]) -> Measured:
    return Measured(*(read_number(entry.get(name)) for name in ("value", "low", "high")))


def read_number(number: float | None) -> float:
    """Not a number where nothing could be measured, as for customers that a small shop has none of."""
    return nan if number is None else float(number)


def parse(text: str | None) -> Card:
    return Card(json.loads(text) if text else {})
