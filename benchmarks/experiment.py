"""Whether `ml.experiment.evaluate` says what is true of tests whose truth is known: 200 without effect, 200 with one.

Outcomes in turn yes-or-no, counts and skewed amounts; lots in turn by halves and nine to one; features that matter and
that do not, words and gaps. `PROMOLIFT_BENCHMARK_TESTS=40` for fewer.
"""

import os
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.progress import track

from benchmarks.figures import Figure
from ml.experiment import evaluate
from ml.experimenting.finding import Finding

TESTS, ROWS, COST = 200, 800, 0.5
KINDS = ("yes or no", "count", "amount")
# one of each sort, the quick ones: false alarms of a choice grow with candidates that differ, not with their names
CANDIDATES = ("none", "uniform", "propensity", "t_learner", "t_learner_linear", "dr_learner_linear", "x_learner_linear")


@dataclass(frozen=True)
class World:
    """A test with its truth: the effect of each row in the unit of the outcome."""

    frame: pd.DataFrame
    effect: npt.NDArray[np.float64]
    cost: float


def draw_world(seed: int, has_effect: bool) -> World:
    """An arm that moves the half with a high feature: 0.3 of a chance, a whole order, or 12 of an amount."""
    random = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    feature, noise = random.normal(size=ROWS), random.normal(size=ROWS)
    arm = random.random(ROWS) < (0.5 if seed % 2 else 0.1)
    size = {"yes or no": 0.3, "count": 1.0, "amount": 12.0}[kind]
    effect = np.where(feature > 0, size, 0.0) if has_effect else np.zeros(ROWS)
    outcome = draw_outcome(kind, 0.3 * feature, effect * arm, random)
    words = random.choice(["a", "b", "c"], ROWS)
    frame = pd.DataFrame({"feature": feature, "noise": np.where(noise > 2, np.nan, noise), "word": words})
    return World(frame.assign(arm=np.where(arm, "treated", "control"), outcome=outcome), effect, size * COST * 0.5)


def draw_outcome(
    kind: str, level: npt.NDArray[np.float64], added: npt.NDArray[np.float64], random: np.random.Generator
) -> npt.NDArray[np.float64]:
    if kind == "yes or no":
        return (random.random(len(level)) < np.clip(0.3 + 0.3 * level, 0.05, 0.65) + added).astype(float)
    if kind == "count":
        return random.poisson(np.exp(level) + added).astype(float)
    return random.gamma(1.0, 20 * np.exp(level)) + added


def run() -> list[Figure]:
    """False alarms without an effect; with one, coverage of the intervals and what the policy earns of the possible."""
    count = int(os.environ.get("PROMOLIFT_BENCHMARK_TESTS") or TESTS)
    nothing = [ask(draw_world(seed, False), 0.0) for seed in track(range(count), "tests without effect")]
    worlds = [draw_world(1_000_000 + seed, True) for seed in range(count)]
    found = [ask(world, world.cost) for world in track(worlds, "tests with an effect")]
    return [*false_alarms(nothing), *hits(worlds, found)]


def ask(world: World, cost: float) -> Finding:
    return evaluate(world.frame, "arm", "outcome", cost=cost, candidates=CANDIDATES)


def false_alarms(findings: list[Finding]) -> list[Figure]:
    alarms = {
        "effect shown where there is none": [one.is_effect_shown for one in findings],
        "difference between customers shown where there is none": [one.rankings[0].is_shown for one in findings],
        "policy named where nothing is gained or lost": [one.policy.pays for one in findings],
        "check failed though lots were drawn": [not one.is_sound for one in findings],
    }
    return [share(name, values, is_up_good=False) for name, values in alarms.items()]


def hits(worlds: list[World], findings: list[Finding]) -> list[Figure]:
    pairs = list(zip(worlds, findings, strict=True))
    paid = [(world, one) for world, one in pairs if one.policy.pays]
    covered = [one.effects[0].effect.low <= expected(world) <= one.effects[0].effect.high for world, one in pairs]
    valued = [one.policy.value.low <= value_of(world, one) <= one.policy.value.high for world, one in paid]
    earned = sum(value_of(world, one) for world, one in paid)
    possible = sum(float(np.maximum(world.effect - world.cost, 0).mean()) for world in worlds)
    everybody = sum(max(float((world.effect - world.cost).mean()), 0) for world in worlds)
    return [
        share("interval of the average effect holds the truth", covered),
        share("interval of the policy's value holds the truth", valued),
        share("effect shown where there is one", [one.is_effect_shown for _, one in pairs]),
        share("policy named where one pays", [one.policy.pays for _, one in pairs]),
        Figure(
            "earned of the possible", earned / possible, "share", everybody / possible, how_measured="floor: everybody"
        ),
    ]


def expected(world: World) -> float:
    """Half of the customers have a high feature, whoever was drawn."""
    return float(world.effect.max()) / 2


def value_of(world: World, finding: Finding) -> float:
    """What the policy named truly earns per row."""
    given = finding.rows["assigned"].to_numpy() == "treated"
    return float(((world.effect - world.cost) * given).mean())


def share(name: str, values: list[bool], is_up_good: bool = True) -> Figure:
    """With the interval that chance leaves it (normal)."""
    rate = float(np.mean(values)) if values else None
    spread = NormalDist().inv_cdf(0.975) * np.sqrt((rate or 0) * (1 - (rate or 0)) / max(len(values), 1))
    how = f"{len(values)} tests of {ROWS} rows, ± {spread:.3f}"
    return Figure(name, rate, "share of the tests", how_measured=how, is_up_good=is_up_good)
