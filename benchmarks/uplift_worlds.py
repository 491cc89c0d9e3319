"""Synthetic trials whose effects are known: zero-inflated, heavy-tailed outcomes and effects small beside them.

A row is a customer who was, or by lot was not, sent one of 16 offers. Baselines differ by orders of magnitude; nine
rows in ten have no outcome. What treating costs grows with depth and with what the customer would have bought anyway.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.trial import Trial

OFFERS, BOUGHT_RATE, MEAN_OUTCOME = 16, 0.08, 2.0
Change = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class World:
    """A trial of n rows with the true `effect` of treating each and what it is expected to `cost`, per row."""

    trial: Trial
    effect: FloatArray
    cost: FloatArray


def nothing(level: FloatArray, z: FloatArray, depth: FloatArray) -> FloatArray:  # noqa: ARG001
    return np.zeros(len(level))


def constant(level: FloatArray, z: FloatArray, depth: FloatArray) -> FloatArray:  # noqa: ARG001
    """Everybody gains the same amount, more with depth."""
    return 0.8 * depth


def heterogeneous(level: FloatArray, z: FloatArray, depth: FloatArray) -> FloatArray:
    """In proportion to the baseline; three of the features decide how much, and some customers are put off."""
    return level * np.expm1(depth * (0.35 + 0.5 * z[:, 0] - 0.4 * z[:, 1] + 0.3 * np.maximum(z[:, 2], 0)))


def harmful(level: FloatArray, z: FloatArray, depth: FloatArray) -> FloatArray:
    return level * np.expm1(-depth * (0.4 + 0.2 * np.abs(z[:, 0])))


WORLDS: dict[str, Change] = {
    "null": nothing,
    "constant": constant,
    "heterogeneous": heterogeneous,
    "harmful": harmful,
}


def build(name: str, rows: int, columns: int = 80, seed: int = 0, share: float = 0.5) -> World:
    """n rows × `columns` features, three of which decide the effect and two the baseline; `share` are treated."""
    random = np.random.default_rng([seed, sorted(WORLDS).index(name)])
    z = random.normal(size=(rows, columns - 2))
    offer = random.integers(0, OFFERS, rows)
    depth = np.linspace(0.05, 0.5, OFFERS)[offer]
    level = MEAN_OUTCOME * np.exp(1.0 * z[:, 3] + 0.6 * z[:, 4] - (1.0 + 0.36) / 2)
    effect = WORLDS[name](level, z, depth)
    cost = 0.05 + 0.15 * depth * level
    treated = random.random(rows) < share
    mean = level + np.where(treated, effect, 0)
    bought = random.random(rows) < BOUGHT_RATE
    outcome = np.where(bought, np.maximum(mean, 0) / BOUGHT_RATE * random.lognormal(-0.5, 1, rows), 0)
    # customers show themselves in counts and amounts, never in the level itself
    shown = z.copy()
    shown[:, 3] += random.normal(0, 0.3, rows)
    shown[random.random(shown.shape) < 0.05] = np.nan
    frame = pd.DataFrame(shown.astype(np.float32), columns=[f"z{place}" for place in range(columns - 2)])
    frame["depth"], frame["offer"] = depth, offer.astype(float)
    trial = Trial.of(frame, treated, outcome, probability=share, cost=cost * treated, kind=offer, depth=depth)
    return World(trial, effect, cost)
