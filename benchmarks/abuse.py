"""Coupon abuse in simulated shops: who is found where there are rings, and who is flagged where there are none.

Seeds from 101 on, which no setting was chosen on (those were chosen on 1 to 3); 5,000 customers and 180 days each.
Honest families are added to the shops without rings, because the simulated customers outside rings share nothing.
"""

import os
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.abuse_worlds import Shop, add_families, open_shop
from benchmarks.figures import Figure
from ml.learning import stages
from ml.learning.metrics import FloatArray
from ml.models.abuse.catalogue import CATALOGUE

SEEDS = range(101, 101 + int(os.environ.get("PROMOLIFT_BENCHMARK_SEEDS") or 3))
RECALL, FLOOR = 0.6, "rules"
TARGETS = {"precision": 0.9, "flagged": 0.001}
REPLICATES = 1000


def run() -> list[Figure]:
    rings = [open_shop(seed) for seed in SEEDS]
    honest = [open_shop(seed, has_rings=False) for seed in SEEDS]
    families = [add_families(shop, seed) for shop, seed in zip(honest, SEEDS, strict=True)]
    names = [name for name in stages.recipes_of(CATALOGUE, "abuse") if name != "lightgbm"]
    found = {name: [judge(name, shop) for shop in rings] for name in names}
    figures = [figure for name in names for figure in figures_of_rings(name, found[name], found[FLOOR])]
    for label, shops in (("without abuse", honest), ("without abuse, a third in families", families)):
        shares = {name: [judge(name, shop) for shop in shops] for name in names}
        figures += [figure_of_flags(name, label, shares[name], shares[FLOOR]) for name in names]
    return figures


def judge(name: str, shop: Shop) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Score, whether flagged and whether an abuser of each customer."""
    model = CATALOGUE.make(stages.recipes_of(CATALOGUE, "abuse")[name]).fit(shop.activity)
    found = model.score(shop.activity)
    return found["score"].to_numpy(float), found["is_flagged"].to_numpy(float), shop.is_abuser.astype(float)


Judged = Sequence[tuple[FloatArray, FloatArray, FloatArray]]


def pool(judged: Judged) -> FloatArray:
    """Columns score, flagged, abuser of all shops' customers; scores are multiples of each shop's own level."""
    return np.concatenate([np.column_stack(one) for one in judged])


def precision_at(rows: FloatArray, recall: float = RECALL) -> float:
    """Precision of the shortest list that holds the recall; customers with equal scores count in full.

    >>> round(precision_at(np.array([[3.0, 1, 1], [2, 1, 0], [1, 1, 1], [0, 0, 0]])), 3)
    0.667
    """
    order = np.argsort(-rows[:, 0], kind="stable")
    score, hits = rows[order, 0], np.cumsum(rows[order, 2])
    reached = score[np.searchsorted(hits, np.ceil(recall * hits[-1]))]
    listed = rows[:, 0] >= reached
    return float(rows[listed, 2].mean())


def share_of(column: int, where: int) -> Callable[[FloatArray], float]:
    """The mean of a column among rows whose other column is 1; 0 where there are none."""
    return lambda rows: float(rows[rows[:, where] == 1, column].mean()) if rows[:, where].any() else 0.0


def figures_of_rings(name: str, judged: Judged, floor: Judged) -> list[Figure]:
    rows, simple = pool(judged), pool(floor)
    asked: dict[str, tuple[Callable[[FloatArray], float], float | None]] = {
        f"{name}, precision at recall {RECALL:.2f}": (precision_at, TARGETS["precision"]),
        f"{name}, precision of the flagged": (share_of(2, 1), None),
        f"{name}, share of abusers flagged": (share_of(1, 2), None),
    }
    told = f"{int(rows[:, 2].sum())} abusers of {len(rows):,} customers in {len(judged)} shops"
    return [
        Figure(
            label, value(rows), "share", value(simple), target=target, how_measured=f"{interval(rows, value)}; {told}"
        )
        for label, (value, target) in asked.items()
    ]


def figure_of_flags(name: str, label: str, judged: Judged, floor: Judged) -> Figure:
    rows, simple = pool(judged), pool(floor)
    share, most = float(rows[:, 1].mean()), max(float(one[1].mean()) for one in judged)
    told = f"{int(rows[:, 1].sum())} of {len(rows):,} customers; {most:.5f} in the worst of {len(judged)} shops"
    name = f"{name}, flagged {label}"
    return Figure(name, share, "share", float(simple[:, 1].mean()), None, told, TARGETS["flagged"], is_up_good=False)


def interval(rows: FloatArray, value: Callable[[FloatArray], float]) -> str:
    """95 % over resampled customers; the abusers of a ring go together, so the truth is wider."""
    chance = np.random.default_rng(0)
    known = rows[(rows[:, 0] > 0) | (rows[:, 2] == 1)]
    draws = [value(known[chance.integers(0, len(known), len(known))]) for _ in range(REPLICATES)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{low:.3f} to {high:.3f}"
