"""Intervals of the metrics: whole units drawn again with replacement, all resamples at once.

For the resamples alone, scores and outcomes are taken together in at most `BLOCKS` groups of about as many rows:
an interval does not show it, and memory stays small.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ml.learning.metrics import interval
from ml.learning.uplift_metrics.curves import (
    area_of,
    auuc,
    cost_curve,
    cost_of,
    qini,
    qini_of,
    share_of_rows,
    share_of_total,
    uplift_at,
    uplift_at_of,
    uplift_of,
)
from ml.learning.uplift_metrics.held_out import Codes, FloatArray, HeldOut, Sums, amounts
from ml.learning.uplift_metrics.perfect import spread_of
from ml.measuring.intervals import Estimate

BLOCKS = 512
AT_ONCE = 8_000_000  # numbers held at a time
SHARES = (0.1, 0.2, 0.3, 0.5, 1.0)


def with_intervals(
    rows: HeldOut, replicates: int = 200, seed: int = 0, confidence: float = 0.95
) -> dict[str, Estimate]:
    """Every metric of the ranking with its percentile interval over resamples of units.

    Keys: qini, auuc, uplift_at_<per cent>, and cost_area_over_random where anything was spent; ends are not a number
    where no resample gave one. Source: Efron and Tibshirani 1993, chapter 13; Field and Welsh 2007, JRSS B 69(3).

    >>> found = with_intervals(HeldOut.of([1, 1, 0, 0] * 9, [1, 0, 1, 0] * 9, [1, 0, 0, 0] * 9), replicates=20)
    >>> found["qini"].value, found["qini"].low <= 1 <= found["qini"].high
    (1.0, True)
    """
    draws = draw_metrics(rows, replicates, seed)
    return {name: Estimate(value, *interval(draws[name], confidence)) for name, value in measure(rows).items()}


def measure(rows: HeldOut) -> dict[str, float]:
    values = {"qini": qini(rows), "auuc": auuc(rows)}
    values |= {share_name(share): uplift_at(rows, share) for share in SHARES}
    return values | ({"cost_area_over_random": cost_curve(rows).area_over_random} if rows.cost.any() else {})


def share_name(share: float) -> str:
    return f"uplift_at_{round(100 * share)}"


def draw_metrics(rows: HeldOut, replicates: int, seed: int) -> dict[str, FloatArray]:
    """Each metric in every resample of units; the same seed draws the same units whatever the score."""
    parts = [measure_resamples(rows, copies) for copies in draw_copies(rows.unit, replicates, seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def draw_copies(unit: Codes, replicates: int, seed: int) -> Iterator[FloatArray]:
    """How often each unit was drawn, resamples × units, a few resamples at a time."""
    random = np.random.default_rng(seed)
    size = int(unit.max()) + 1
    step = max(1, min(replicates, AT_ONCE // max(size, 8 * BLOCKS)))
    for start in range(0, replicates, step):
        draws = [random.integers(size, size=size) for _ in range(min(step, replicates - start))]
        yield np.array([np.bincount(draw, minlength=size) for draw in draws], dtype=float)


def measure_resamples(rows: HeldOut, copies: FloatArray) -> dict[str, FloatArray]:
    place = coarse_places(-rows.score)
    running = Sums(*(add_up(amount, rows.unit, place, copies) for amount in amounts(rows))).running()
    share, perfect = share_of_rows(running), perfect_areas(rows, copies)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = {
            "qini": area_of(share, qini_of(running)) / perfect,
            "auuc": area_of(share, uplift_of(running)) / perfect,
        }
    values |= {share_name(share): uplift_at_of(running, share) for share in SHARES}
    if rows.cost.any():
        values["cost_area_over_random"] = area_of(share_of_total(cost_of(running)), uplift_of(running))
    return {name: np.where(has_both_arms(running), draws, np.nan) for name, draws in values.items()}


def has_both_arms(running: Sums) -> npt.NDArray[np.bool_]:
    return np.asarray((running.treated[..., -1] > 0) & (running.control[..., -1] > 0))


def perfect_areas(rows: HeldOut, copies: FloatArray) -> FloatArray:
    place = coarse_places(rows.outcome)
    mean = np.bincount(place, rows.outcome) / np.bincount(place)
    arms = (add_up(weight, rows.unit, place, copies) for weight in (rows.treated_weight, rows.control_weight))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sum(spread_of(mean, weight) for weight in arms))


def add_up(amount: FloatArray, unit: Codes, place: Codes, copies: FloatArray) -> FloatArray:
    """Sum of an amount in each block of every resample: resamples × blocks."""
    shape = (copies.shape[1], int(place.max()) + 1)
    by_unit = sparse.csr_matrix((amount, (unit, place)), shape=shape)
    return np.asarray((by_unit.T @ copies.T).T)


def coarse_places(values: FloatArray) -> Codes:
    """The block of each row, lowest value first: equal values share one, and there are at most BLOCKS.

    >>> coarse_places(np.array([3.0, 1.0, 3.0])).tolist()
    [1, 0, 1]
    """
    distinct, place, rows = np.unique(values, return_inverse=True, return_counts=True)
    if len(distinct) <= BLOCKS:
        return np.asarray(place, dtype=np.intp)
    group = (np.cumsum(rows) - 1) * BLOCKS // len(values)
    return np.asarray(np.unique(group, return_inverse=True)[1][place], dtype=np.intp)
