"""Whether what is said of effects holds: false positives, coverage, daily looks, and policies judged by a log.

Every world is drawn anew from a numbered seed, with a truth in closed form; targets are those of the issue of proof:
5 % ± 1.5 false positives, 93 to 97 % coverage, at most 5 % errors over 56 daily looks, 93 % of logs covered.
"""

import os
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.figures import Figure
from benchmarks.measurement_worlds import (
    ACTIONS,
    KINDS,
    LOGGING,
    TARGETS,
    Decisions,
    Experiment,
    Setting,
    draw_decisions,
    draw_experiment,
    true_value,
)
from ml.measuring.adjustment import FloatArray
from ml.measuring.comparison import Choices
from ml.measuring.decision_log import Log, make_log
from ml.measuring.lift import Lift, estimate_lift
from ml.measuring.off_policy import evaluate
from ml.measuring.policy_log import cross_fit_rewards
from ml.measuring.sequential import always_valid

RUNS = int(os.environ.get("PROMOLIFT_BENCHMARK_RUNS") or 400)
LOGS, LOG_ROWS = RUNS // 2, 5000
CAMPAIGNS = RUNS // 4  # looked at daily: each is 56 experiments
DAYS, PER_DAY = 56, 60
EFFECT = 0.2
SIZES = (500, 2000, 20_000)
ESTIMATORS = ("ips", "snips", "dr", "switch_dr")


def plain(world: Experiment) -> Lift:
    return estimate_lift(world.outcome, world.treated)


def students(world: Experiment) -> Lift:
    return estimate_lift(world.outcome, world.treated, choices=Choices(redraws=False))


def adjusted(world: Experiment) -> Lift:
    return estimate_lift(world.outcome, world.treated, world.before)


def weighted(world: Experiment) -> Lift:
    return estimate_lift(world.outcome, world.treated, world.before, world.chance)


def run() -> list[Figure]:
    return [*false_positives(), *coverage(), *daily_looks(), *policies()]


def false_positives() -> Iterator[Figure]:
    for kind in KINDS:
        found = [adjusted(draw_experiment(Setting(kind), [1, seed])).is_significant for seed in range(RUNS)]
        rate = float(np.mean(found))
        how = f"{rate:.1%} of {RUNS} A/A worlds, 2,000 customers, 5 % held out"
        yield Figure(
            f"false positives, {kind}", abs(rate - 0.05), "from 0.05", target=0.015, is_up_good=False, how_measured=how
        )


def coverage() -> Iterator[Figure]:
    """By size, adjusted by a covariate, and where active customers are held out three times as often as others."""
    for kind in KINDS:
        for units in SIZES:
            yield cover("no covariate", plain, Setting(kind, units, EFFECT))
        yield cover("adjusted", adjusted, Setting(kind, 2000, EFFECT))
        yield cover("differing chances", weighted, Setting(kind, 2000, EFFECT, active_control_rate=0.15))


def cover(way: str, estimate: Callable[[Experiment], Lift], setting: Setting) -> Figure:
    """Distance of the coverage from 95 %, beside that of Student's plain interval as the floor."""
    worlds = [draw_experiment(setting, [2, seed]) for seed in range(RUNS)]
    lifts = [estimate(world) for world in worlds]
    rate = np.mean([is_covered(lift, world.truth) for lift, world in zip(lifts, worlds, strict=True)])
    student = np.mean([is_covered(students(world), world.truth) for world in worlds])
    width = np.median([lift.high - lift.low for lift in lifts])
    return Figure(
        f"coverage, {setting.kind}, {setting.units:,} customers, {way}",
        abs(float(rate) - 0.95),
        "from 0.95",
        floor=abs(float(student) - 0.95),
        target=0.02,
        is_up_good=False,
        how_measured=f"{rate:.1%} of {RUNS}; Student's {student:.1%}; truth {worlds[0].truth:.2f}, width {width:.2f}",
    )


def is_covered(lift: Lift, truth: float) -> bool:
    return lift.low <= truth <= lift.high


def daily_looks() -> Iterator[Figure]:
    for kind in ("orders", "rare spend"):
        for control_rate in (0.05, 0.5):
            wrong = np.array([look_daily(kind, control_rate, seed) for seed in range(CAMPAIGNS)])
            how = f"of {CAMPAIGNS} worlds without effect, {PER_DAY} customers join a day, {control_rate:.0%} held out"
            yield Figure(
                f"wrong in {DAYS} daily looks, {kind}, {control_rate:.0%} control",
                float(wrong[:, 0].mean()),
                "share",
                floor=float(wrong[:, 1].mean()),
                target=0.05,
                is_up_good=False,
                how_measured=how,
            )


def look_daily(kind: str, control_rate: float, seed: int) -> tuple[bool, bool]:
    """Whether any daily look leaves out the truth: by the always valid interval, and by the ordinary one (floor)."""
    world = draw_experiment(Setting(kind, DAYS * PER_DAY, control_rate=control_rate), [3, seed])
    wrong = [False, False]
    for day in range(1, DAYS + 1):
        seen = slice(0, day * PER_DAY)
        lift = estimate_lift(world.outcome[seen], world.treated[seen], world.before[seen])
        always = always_valid(lift, planned_count=DAYS * PER_DAY)
        wrong = [wrong[0] or not is_covered(always, 0.0), wrong[1] or not is_covered(lift, 0.0)]
    return wrong[0], wrong[1]


def policies() -> Iterator[Figure]:
    for target in TARGETS:
        truth = true_value(target)
        for logging in LOGGING:
            logs = [as_log(draw_decisions(logging, target, LOG_ROWS, [4, seed])) for seed in range(LOGS)]
            for estimator in ESTIMATORS:
                yield judge(f"{estimator}, log of {logging}, target {target}", logs, estimator, truth)


def judge(name: str, logs: list[Log], estimator: str, truth: float) -> Figure:
    """Share of reported intervals that hold the true value."""
    found = [evaluate(log, estimator) for log in logs]
    reported = [one for one in found if one.is_reported]
    hits = [one.low <= truth <= one.high for one in reported]
    effective = np.mean([one.effective_count for one in found])
    how = f"{len(reported)} of {len(logs)} logs reported, {effective:,.0f} effective units, truth {truth:.2f}"
    if reported:
        how += f", width {np.median([one.high - one.low for one in reported]):.2f}"
    value = float(np.mean(hits)) if reported else None
    return Figure(f"off-policy coverage, {name}", value, "share", target=0.93, how_measured=how)


def as_log(decisions: Decisions) -> Log:
    features = pd.DataFrame(decisions.context, columns=["a", "b", "c"])
    rows = np.arange(len(features))
    model = cross_fit_rewards(features, decisions.action, decisions.reward, ACTIONS, rows, learn_linear)
    return make_log(decisions.reward, decisions.logged, decisions.target, decisions.action, model)


def learn_linear(features: pd.DataFrame, reward: FloatArray) -> Callable[[pd.DataFrame], FloatArray]:
    """Ridge regression with a slope per action: quick, and wrong enough to be a fair reward model."""
    design = interact(features)
    penalty = 10.0 * np.eye(design.shape[1])
    slopes = np.linalg.solve(design.T @ design + penalty, design.T @ reward)
    return lambda asked: np.asarray(interact(asked) @ slopes, dtype=float)


def interact(features: pd.DataFrame) -> FloatArray:
    values = features.to_numpy(dtype=float)
    context = np.column_stack([np.ones(len(values)), values[:, :-ACTIONS]])
    return np.einsum("na,nc->nac", values[:, -ACTIONS:], context).reshape(len(values), -1)
