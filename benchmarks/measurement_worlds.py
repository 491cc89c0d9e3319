"""Worlds whose truth is known in closed form, for judging intervals: experiments, and logs of policies."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.measuring.adjustment import BoolArray, FloatArray, IntArray

ACTIVE_RATE = 0.3
RARE_RATE = ACTIVE_RATE * 0.2 + (1 - ACTIVE_RATE) * 0.03  # 8 in 100 buy
ACTIONS = 5
AMOUNT = 20.0


@dataclass(frozen=True)
class Experiment:
    """n customers: outcome, arm, spend before, chance of being treated, and the true mean effect."""

    outcome: FloatArray
    treated: BoolArray
    before: FloatArray
    chance: FloatArray
    truth: float


@dataclass(frozen=True)
class Setting:
    """What to draw: the outcome's kind, customers, effect, and the share held out (of active ones where it differs)."""

    kind: str
    units: int = 2000
    effect: float = 0.0
    control_rate: float = 0.05
    active_control_rate: float | None = None


@dataclass(frozen=True)
class Draw:
    """n customers before their outcome: active or not, treated or not, by how much treating raises the outcome."""

    active: BoolArray
    treated: BoolArray
    effect: float
    random: np.random.Generator

    def __len__(self) -> int:
        return len(self.active)

    @property
    def lifted(self) -> FloatArray:
        return np.where(self.treated, 1 + self.effect, 1.0)


def normal(draw: Draw) -> tuple[FloatArray, float]:
    return 2.0 * draw.active + draw.effect * draw.treated + draw.random.normal(size=len(draw)), draw.effect


def orders(draw: Draw) -> tuple[FloatArray, float]:
    """Counts with more spread than Poisson's."""
    rate = np.where(draw.active, 1.0, 0.2) * draw.random.gamma(2, 0.5, len(draw))
    mean = ACTIVE_RATE * 1.0 + (1 - ACTIVE_RATE) * 0.2
    return draw.random.poisson(rate * draw.lifted).astype(float), draw.effect * mean


def purchase(draw: Draw) -> tuple[FloatArray, float]:
    bought = draw.random.random(len(draw)) < np.where(draw.active, 0.2, 0.03) * draw.lifted
    return bought.astype(float), draw.effect * RARE_RATE


def rare_spend(draw: Draw, deviation: float = 1.0) -> tuple[FloatArray, float]:
    """92 of 100 spend nothing, the others lognormally much."""
    bought, effect = purchase(draw)
    return bought * draw.random.lognormal(3, deviation, len(draw)), effect * float(np.exp(3 + deviation**2 / 2))


def heavy_spend(draw: Draw) -> tuple[FloatArray, float]:
    return rare_spend(draw, deviation=1.5)


KINDS: dict[str, Callable[[Draw], tuple[FloatArray, float]]] = {
    "normal": normal,
    "orders": orders,
    "purchase": purchase,
    "rare spend": rare_spend,
    "heavy spend": heavy_spend,
}


def draw_experiment(setting: Setting, seed: list[int]) -> Experiment:
    random = np.random.default_rng(seed)
    active = random.random(setting.units) < ACTIVE_RATE
    before = active * random.lognormal(3, 1, setting.units)
    if_active = setting.control_rate if setting.active_control_rate is None else setting.active_control_rate
    held_out = np.where(active, if_active, setting.control_rate)
    treated = random.random(setting.units) > held_out
    outcome, truth = KINDS[setting.kind](Draw(active, treated, setting.effect, random))
    return Experiment(outcome, treated, np.log1p(before), 1 - held_out, truth)


@dataclass(frozen=True)
class Decisions:
    """A log of n decisions among ACTIONS, and the target policy's probability of each action (n × ACTIONS)."""

    context: FloatArray
    action: IntArray
    reward: FloatArray
    logged: FloatArray
    target: FloatArray


TASTE = np.random.default_rng(0).normal(size=(3, ACTIONS)) * 0.7
BELIEF = TASTE + np.random.default_rng(7).normal(size=TASTE.shape) * 0.5  # what the logging policy thinks of it


def expected_reward(context: FloatArray) -> FloatArray:
    chance = 1 / (1 + np.exp(2.2 - 0.6 * (context @ TASTE)))
    return np.asarray(AMOUNT * np.exp(0.3 * np.tanh(context[:, [0]])) * chance, dtype=float)


def softmax(values: FloatArray, temperature: float) -> FloatArray:
    weight = np.exp((values - values.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=float)


def platform(score: FloatArray) -> FloatArray:
    """The plan with 95 %, else a draw from the softened policy as in ml/deciding/assignment.py."""
    value = np.exp(score / 2)
    softened = softmax(value / value.max(axis=1, keepdims=True), 0.5)
    return 0.95 * np.eye(ACTIONS)[score.argmax(axis=1)] + 0.05 * softened


LOGGING: dict[str, Callable[[FloatArray], FloatArray]] = {
    "uniform": lambda score: np.full(score.shape, 1 / ACTIONS),
    "softmax": lambda score: softmax(score, 0.5),
    "greedy with a fifth at random": lambda score: 0.8 * np.eye(ACTIONS)[score.argmax(axis=1)] + 0.2 / ACTIONS,
    "the platform's": platform,
}
TARGETS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "best": lambda score: np.eye(ACTIONS)[score.argmax(axis=1)],
    "softer": lambda score: softmax(score, 0.3),
}


def draw_decisions(logging: str, target: str, rows: int, seed: list[int]) -> Decisions:
    random = np.random.default_rng(seed)
    context = random.normal(size=(rows, 3))
    chance = LOGGING[logging](context @ BELIEF)
    action = (chance.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    taken = np.arange(rows), action
    typical = AMOUNT * np.exp(0.3 * np.tanh(context[:, 0]))
    bought = random.random(rows) < expected_reward(context)[taken] / typical
    reward = bought * typical * random.lognormal(-0.5, 1, rows)  # lognormal of mean 1
    return Decisions(context, action, reward, chance[taken], TARGETS[target](context @ TASTE))


def true_value(target: str, rows: int = 400_000) -> float:
    """Mean expected reward under the target, over so many contexts that its error is below a thousandth."""
    context = np.random.default_rng(99).normal(size=(rows, 3))
    return float((TARGETS[target](context @ TASTE) * expected_reward(context)).sum(axis=1).mean())
