"""What a test showed, in numbers and in words."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.experimenting.average import ArmEffect
from ml.experimenting.checks import Check
from ml.experimenting.learners import Fitted
from ml.experimenting.ranking import ArmRanking
from ml.measuring.intervals import Estimate


@dataclass(frozen=True)
class Candidate:
    """value: currency per row that its policy earns more than no treatment; treated: share of the rows it treats;
    risk: mean squared error of its effects less that of no effect (below 0 is better than knowing nothing)."""

    name: str
    value: Estimate
    treated: float
    risk: float
    folds: int


@dataclass(frozen=True)
class Policy:
    """name: the winner, or none where nothing pays; value: currency per row more than no treatment, of deciding in this
    way on rows that had no part in the choice; shares: of the rows by arm; cost: currency for all rows."""

    name: str
    winner: str
    value: Estimate
    shares: dict[str, float]
    cost: float
    budget: float | None

    @property
    def pays(self) -> bool:
        return self.name != "none"


@dataclass(frozen=True, eq=False)
class Finding:
    """What `ml.experiment.evaluate` found; `rows` has one row per row of the frame, in its order."""

    treatment: str
    outcome: str
    arms: tuple[str, ...]
    row_count: int
    unit_count: int
    chances: str
    is_observational: bool
    confidence: float
    checks: tuple[Check, ...]
    effects: tuple[ArmEffect, ...]
    rankings: tuple[ArmRanking, ...]
    candidates: tuple[Candidate, ...]
    policy: Policy
    rows: pd.DataFrame
    model: Fitted

    @property
    def is_effect_shown(self) -> bool:
        """Whether an arm changed the outcome on average, at the confidence shared between the arms."""
        return any(one.is_shown for one in self.effects)

    @property
    def is_sound(self) -> bool:
        return all(one.is_passed for one in self.checks)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The finding in plain words: what the arms changed, for whom, what pays, and what is wrong with the test."""
        warned = tuple(f"Careful: {one.sentence}" for one in self.checks if not one.is_passed)
        told = (self.tell_effect(), self.tell_differences(), self.tell_policy())
        label = "Observational: nobody drew lots, so none of these numbers is proof of an effect."
        return (*((label,) if self.is_observational else ()), *warned, *told)

    def tell_effect(self) -> str:
        shown = [one for one in self.effects if one.is_shown]
        if shown:
            said = "; ".join(self.in_words(one) for one in shown)
            return f"Effect shown: {said}, and the interval does not include zero."
        most = max(self.effects, key=lambda one: abs(one.effect.value))
        return f"No effect shown: {self.in_words(most)}, and the interval includes zero."

    def in_words(self, one: ArmEffect) -> str:
        return (
            f"{one.arm} changes {self.outcome} by {signed(one.effect.value)} per row "
            f"({one_range(one.effect, self.confidence)}) from {number(one.control_mean)}"
        )

    def tell_differences(self) -> str:
        shown = [one for one in self.rankings if one.is_shown]
        if not shown:
            return "No difference between customers shown: whom to treat cannot be told from these columns."
        said = "; ".join(
            f"Qini {one.metrics['qini'].value:.3f} ({one_range(one.metrics['qini'], self.confidence)}) for {one.arm}"
            for one in shown
        )
        return f"Who is treated matters: {said}, where 0 is a draw by lot."

    def tell_policy(self) -> str:
        policy = self.policy
        words = f"{signed(policy.value.value)} per row ({one_range(policy.value, self.confidence)})"
        if policy.winner == "none":
            return "Policy: none. Nothing is shown to pay."
        if not policy.pays:
            return f"Policy: none. Nothing is shown to pay: the best choice of {policy.winner} would earn {words}."
        given = ", ".join(f"{share:.0%} get {arm}" for arm, share in policy.shares.items())
        return (
            f"Policy: {policy.name}. {given}; it earns {words}, {signed(policy.value.value * self.row_count)} in all."
        )

    def as_json(self) -> dict[str, Any]:
        """Everything but the rows, as plain numbers and words; what is not a number is null."""
        content = {
            "sentences": list(self.sentences),
            "is_effect_shown": self.is_effect_shown,
            "is_observational": self.is_observational,
            "is_sound": self.is_sound,
            "treatment": self.treatment,
            "outcome": self.outcome,
            "control": self.arms[0],
            "arms": list(self.arms[1:]),
            "rows": self.row_count,
            "units": self.unit_count,
            "chances": self.chances,
            "confidence": self.confidence,
            "checks": [asdict(one) for one in self.checks],
            "effects": [asdict(one) for one in self.effects],
            "rankings": [ranking_as_json(one) for one in self.rankings],
            "candidates": [asdict(one) for one in self.candidates],
            "policy": asdict(self.policy),
            "model": self.model.card(),
        }
        plain: dict[str, Any] = as_plain(content)
        return plain


def ranking_as_json(one: ArmRanking) -> dict[str, Any]:
    metrics = {name: asdict(value) for name, value in one.metrics.items()}
    calibration = {
        "error": one.calibration.error,
        "slope": asdict(one.calibration.slope),
        "bins": [asdict(bin_) for bin_ in one.calibration.bins],
    }
    return {"arm": one.arm, "is_shown": one.is_shown, "metrics": metrics, "calibration": calibration}


def as_plain(content: Any) -> Any:
    """Numbers of numpy as Python's own, with None for what is not a finite number."""
    if isinstance(content, dict):
        return {str(name): as_plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_plain(value) for value in content]
    if isinstance(content, bool | np.bool_):
        return bool(content)
    if isinstance(content, float | np.floating):
        return float(content) if np.isfinite(content) else None
    return int(content) if isinstance(content, np.integer) else content


def number(amount: float) -> str:
    """As many digits as tell something.

    >>> number(0.012344), number(1234.5), number(-3.0), number(float("nan"))
    ('0.0123', '1,234', '-3', 'not known')
    """
    if not np.isfinite(amount):
        return "not known"
    return f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:.3g}"


def signed(amount: float) -> str:
    """
    >>> signed(0.5), signed(-2), signed(0)
    ('+0.5', '-2', '0')
    """
    return f"+{number(amount)}" if amount > 0 else number(amount)


def one_range(estimate: Estimate, confidence: float) -> str:
    return f"{100 * confidence:g} % interval {number(estimate.low)} to {number(estimate.high)}"
