"""What decisions earn in simulated shops by the truth: in the default world over several seeds, and where offers harm.

PROMOLIFT_BENCHMARK_SEEDS (5), PROMOLIFT_BENCHMARK_WEEKS (8) and PROMOLIFT_BENCHMARK_CUSTOMERS (20,000) set the size: a
seed of eight weeks takes about twenty minutes on two quiet cores.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy import stats

from benchmarks.figures import Figure
from simulator import parameters as worlds
from warehouse import settings
from warehouse.errors import NotAvailable

SEEDS = int(os.environ.get("PROMOLIFT_BENCHMARK_SEEDS") or 5)
WEEKS = int(os.environ.get("PROMOLIFT_BENCHMARK_WEEKS") or 8)
CUSTOMERS = int(os.environ.get("PROMOLIFT_BENCHMARK_CUSTOMERS") or 20_000)
FIRST_SEED = 101  # no world that anything was chosen on
# Offers move nobody to buy, and messages annoy as always.
HARMFUL = {
    ("response", "strength"): [0.0, 0.0, 0.0, 0.0],
    ("response", "lift"): [0.0, 0.0, 0.0, 0.0],
    ("abuse", "strength"): 0.0,
    ("abuse", "stocking_lift"): 0.0,
}
SHARES = {
    "share of the oracle's margin": ("oracle_value", 0.85),
    "share of the knowable margin": ("knowable_value", None),
}
MARGINS = {"uniform_value": 1.5, "propensity_value": 1.0, "nothing_value": 0.0}
Totals = dict[str, float]


def run() -> list[Figure]:
    """Loops of the default world, then of one where offers earn nothing."""
    seeds = range(FIRST_SEED, FIRST_SEED + SEEDS)
    usual = [live(seed, worlds.FILE) for seed in seeds]
    with tempfile.TemporaryDirectory(prefix="promolift-world-") as folder:
        harmful = live(FIRST_SEED, write_world(Path(folder) / "harmful.yml"))
    return [
        *figures_of_shares(usual),
        *figures_of_margins(usual),
        *figures_of_budgets(usual),
        *figures_of_harm(harmful),
    ]


def write_world(file: Path) -> Path:
    sections = yaml.safe_load(worlds.FILE.read_text())
    for (section, name), value in HARMFUL.items():
        sections[section][name]["value"] = value
    file.write_text(yaml.safe_dump(sections, sort_keys=False))
    return file


def live(seed: int, world: Path) -> list[dict[str, Any]]:
    """The weeks of one loop, run as `make simulate` does, in a data folder of its own."""
    words = ["--seed", seed, "--weeks", WEEKS, "--customers", CUSTOMERS, "--params", world]
    settings.load().data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.load().data) as data:
        command = [sys.executable, "-m", "simulator", "loop", *map(str, words)]
        if subprocess.run(
            command, cwd=settings.ROOT, env=os.environ | {"PROMOLIFT_DATA": data}, check=False
        ).returncode:
            raise NotAvailable(f"the loop of seed {seed} stopped; nothing to measure")
        weeks: list[dict[str, Any]] = json.loads((Path(data) / "reports" / "simulation.json").read_text())["weeks"]
    return weeks


def total(weeks: Sequence[dict[str, Any]], name: str) -> float:
    return float(sum(week[name] for week in weeks))


def figures_of_shares(lived: Sequence[Sequence[dict[str, Any]]]) -> list[Figure]:
    """The mean over seeds of earned / best, with Student's interval."""
    figures = []
    for name, (best, target) in SHARES.items():
        shares = [total(weeks, "policy_value") / total(weeks, best) for weeks in lived]
        figures.append(Figure(name, float(np.mean(shares)), "share", target=target, how_measured=spread(shares)))
    return figures


def spread(values: Sequence[float]) -> str:
    """
    >>> spread([0.4, 0.6])
    '95 % interval -0.771 to 1.771 over 2 seeds'
    """
    if len(values) < 2:
        return "one seed"
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * float(stats.sem(values))
    mean = float(np.mean(values))
    return f"95 % interval {mean - reach:.3f} to {mean + reach:.3f} over {len(values)} seeds"


def figures_of_margins(lived: Sequence[Sequence[dict[str, Any]]]) -> list[Figure]:
    """Margin per seed, and in how many seeds it is at least so many times that of another policy."""
    earned = [total(weeks, "policy_value") for weeks in lived]
    figures = [Figure("margin earned", float(np.mean(earned)), "currency", how_measured=spread(earned))]
    for name, times in MARGINS.items():
        others = [total(weeks, name) for weeks in lived]
        ahead = sum(own >= max(times * other, other) for own, other in zip(earned, others, strict=True))
        told = f"of {len(lived)} seeds at least {times:g} × {np.mean(others):,.0f} on average"
        label = f"seeds ahead of {name.removesuffix('_value')}"
        figures.append(Figure(label, float(ahead), "seeds", target=float(len(lived)), how_measured=told))
    return figures


def figures_of_budgets(lived: Sequence[Sequence[dict[str, Any]]]) -> list[Figure]:
    weeks = [week for seed in lived for week in seed]
    over = sum(week["spend"] > week["budget"] for week in weeks)
    used = total(weeks, "spend") / total(weeks, "budget")
    how = f"of {len(weeks)}; {100 * used:.0f} % of the budgets was spent"
    return [Figure("weeks over budget", float(over), "weeks", target=0.0, is_up_good=False, how_measured=how)]


def figures_of_harm(weeks: Sequence[dict[str, Any]]) -> list[Figure]:
    lost, spent = total(weeks, "policy_value"), total(weeks, "expected_cost") / total(weeks, "budget")
    how = f"where offers move nobody, {len(weeks)} weeks, one seed"
    return [
        Figure("margin where offers only harm", lost, "currency", how_measured=how),
        Figure(
            "share of the budget planned where offers only harm", spent, "share", is_up_good=False, how_measured=how
        ),
    ]
