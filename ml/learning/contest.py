"""Candidates of a family against each other and a floor, by losses on a time none of them has seen.

A family brings a loss per unit (customer, series, product …) for every candidate, the smaller the better; the rules are
those of ml/learning/tournament.py: the best must beat the best floor, and the candidate in use is only left for another
that beats it. To beat means a smaller mean loss in at least `win_rate` of the bootstrap's draws over units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.learning.metrics import FloatArray

Losses = Mapping[str, FloatArray]


@dataclass(frozen=True)
class Contest:
    """What decides: losses (n) by candidate, names of floors, the one in use, and the numbers of ml/params.yml."""

    losses: Losses
    floors: Sequence[str]
    incumbent: str | None = None
    win_rate: float = 0.9
    replicates: int = 200
    confidence: float = 0.95
    seed: int = 0
    weights: FloatArray | None = None


@dataclass(frozen=True)
class Standing:
    """The mean loss of a candidate with its interval over resampled units."""

    name: str
    value: float
    low: float
    high: float
    draws: FloatArray


@dataclass(frozen=True)
class Outcome:
    name: str
    reason: str
    standings: Mapping[str, Standing]

    def as_json(self) -> dict[str, Any]:
        return {
            name: {"value": one.value, "low": one.low, "high": one.high} for name, one in sorted(self.standings.items())
        }


def decide(contest: Contest) -> Outcome:
    """Who serves, and why in a sentence.

    >>> losses = {"floor": np.array([2.0, 3, 4, 3]), "good": np.array([1.0, 2, 2, 2])}
    >>> decide(Contest(losses, ["floor"])).reason
    'good is chosen: a loss of 1.75 against 3 of floor.'
    """
    standings = stand(contest)
    floor = min((standings[name] for name in contest.floors), key=lambda one: one.value)
    rivals = [one for name, one in standings.items() if name not in contest.floors]
    best = min(rivals, key=lambda one: (one.value, one.name), default=floor)

    def beats(challenger: Standing, other: Standing) -> bool:
        return challenger.value < other.value and win_rate(challenger, other) >= contest.win_rate

    if not beats(best, floor):
        return Outcome(floor.name, f"The floor serves: {told(best)} does not beat {told(floor)}.", standings)
    held = standings.get(contest.incumbent) if contest.incumbent else None
    if held and held is not best and beats(held, floor) and not beats(best, held):
        return Outcome(held.name, f"{told(held)} stays: {told(best)} is not clearly better.", standings)
    reason = f"{best.name} is chosen: a loss of {best.value:.4g} against {floor.value:.4g} of {floor.name}."
    return Outcome(best.name, reason, standings)


def stand(contest: Contest) -> dict[str, Standing]:
    """Mean losses and their draws; the same resamples of units for all, units with an unknown loss left out for all."""
    losses = np.column_stack([np.asarray(one, dtype=float) for one in contest.losses.values()])
    weights = np.ones(len(losses)) if contest.weights is None else np.asarray(contest.weights, dtype=float)
    known = np.isfinite(losses).all(axis=1) & (weights > 0)
    losses, weights = losses[known], weights[known]
    draws = resample(losses, weights, contest.replicates, contest.seed)
    ends = np.quantile(draws, [(1 - contest.confidence) / 2, (1 + contest.confidence) / 2], axis=0)
    values = np.average(losses, axis=0, weights=weights)
    return {
        name: Standing(name, float(values[place]), float(ends[0, place]), float(ends[1, place]), draws[:, place])
        for place, name in enumerate(contest.losses)
    }


def resample(losses: FloatArray, weights: FloatArray, replicates: int, seed: int) -> FloatArray:
    """Weighted mean losses (replicates × candidates) of units drawn with replacement."""
    chance = np.random.default_rng(seed)
    share = np.full(len(losses), 1 / max(1, len(losses)))
    draws = np.empty((replicates, losses.shape[1]))
    for one in range(replicates):
        weight = chance.multinomial(len(losses), share) * weights
        draws[one] = weight @ losses / weight.sum()
    return draws


def win_rate(challenger: Standing, other: Standing) -> float:
    """Share of the draws in which the challenger loses less; ties count half."""
    return float(np.mean((challenger.draws < other.draws) + 0.5 * (challenger.draws == other.draws)))


def told(one: Standing) -> str:
    return f"{one.name} ({one.value:.4g})"
