"""How far Student's statistic strays when nothing but the lot decides: quantiles that hold for few and skewed outcomes.

With fifty held-out customers of whom four bought, the mean and its standard error are small together, and Student's
interval covers the truth in 70 to 90 of 100 cases instead of 95. Drawing the arms again from the pooled residuals shows
how skewed the statistic really is: the control borrows the shape of its tail from the many who were treated.
Studentised re-randomisation is exact where treating does nothing and right in large samples where it does (Chung and
Romano 2013, Annals of Statistics 41(2); Wu and Ding 2021, JASA 116).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.measuring.adjustment import BoolArray, FloatArray, IntArray

DRAWS = 999
SEED = 20171127
MOST_WORK = 200_000_000  # residuals drawn in all: a few seconds
CHUNK = 4_000_000
LEAST_UNITS = 20  # with fewer there are too few different lotteries
UNITS_PER_SQUARED_SKEWNESS = 355  # Kohavi et al. 2014, KDD: enough for Student's interval of one arm


@dataclass(frozen=True)
class Lots:
    """The units chance drew: pooled residuals, rows, whether treated, and the chance of it (None: one for all).

    Sorted by residual, so that the order of rows changes nothing.
    """

    residual: FloatArray
    rows: FloatArray
    treated: BoolArray
    chance: FloatArray | None

    @property
    def smaller(self) -> int:
        return int(min(self.treated.sum(), (~self.treated).sum()))

    @property
    def needs_drawing(self) -> bool:
        """Whether too few units for the skewness of their outcomes."""
        away = self.residual - self.residual.mean()
        deviation = float(away.std())
        if deviation == 0 or len(away) < LEAST_UNITS:
            return False
        skewness = float((away**3).mean()) / deviation**3
        return self.smaller < UNITS_PER_SQUARED_SKEWNESS * skewness**2


def gather_lots(residual: FloatArray, treated: BoolArray, units: IntArray, chance: FloatArray | None) -> Lots | None:
    """Rows summed by unit; None where a unit is in both arms or its rows' chances differ: then no one lot drew it."""
    total = np.bincount(units)
    in_treated = np.bincount(units, treated)
    if ((in_treated > 0) & (in_treated < total)).any():
        return None
    own = None
    if chance is not None:
        own = np.bincount(units, chance) / total
        if not np.allclose(own[units], chance):
            return None
    summed = np.bincount(units, residual).astype(float)
    order = np.lexsort((in_treated, total, summed))
    return Lots(summed[order], total[order].astype(float), in_treated[order] > 0, None if own is None else own[order])


def draw_statistics(lots: Lots, draws: int = DRAWS, seed: int = SEED) -> FloatArray | None:
    """Student's statistic (treated minus control) of at least `draws` repeated lotteries; None where too much work.

    >>> outcome = np.array([0.0] * 95 + [1.0] * 5) - 0.05
    >>> lots = Lots(outcome, np.ones(100), np.arange(100) < 80, None)
    >>> lots.needs_drawing, draw_statistics(lots).shape
    (True, (1000,))
    """
    random = np.random.default_rng(seed)
    drawn = by_blocks if lots.chance is None else by_chances
    if work(lots, draws) > MOST_WORK:
        return None
    statistics = np.concatenate([studentise(*sums) for sums in drawn(lots, draws, random)])
    return statistics[np.isfinite(statistics)]


def work(lots: Lots, draws: int) -> int:
    blocks = len(lots.rows) // lots.smaller if lots.chance is None else 1
    return len(lots.rows) * -(-draws // blocks)


def moments(residual: FloatArray, rows: FloatArray) -> FloatArray:
    return np.stack([residual, rows, residual**2, residual * rows, rows**2])


def by_blocks(lots: Lots, draws: int, random: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
    """A shuffle cut into blocks of the smaller arm's size: each block is a lottery, the rest its other arm."""
    everybody = moments(lots.residual, lots.rows).sum(axis=1, keepdims=True)
    size, blocks = lots.smaller, len(lots.rows) // lots.smaller
    for _ in range(-(-draws // blocks)):
        order = random.permutation(len(lots.rows))[: blocks * size].reshape(blocks, size)
        block = block_moments(lots, order)
        rest = everybody - block
        yield (block, rest) if lots.treated.sum() == size else (rest, block)


def block_moments(lots: Lots, order: IntArray) -> FloatArray:
    """Summed moments (5 × blocks) of the units in each block; most of them are known where every unit has one row."""
    residual = lots.residual[order]
    if (lots.rows == 1).all():
        total, size = residual.sum(axis=1), np.full(len(order), float(order.shape[1]))
        return np.stack([total, size, np.einsum("bs,bs->b", residual, residual), total, size])
    return moments(residual, lots.rows[order]).sum(axis=2)


def by_chances(lots: Lots, draws: int, random: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Every unit's own lot again, with its own chance and the weight that goes with it."""
    assert lots.chance is not None
    if_treated = moments(lots.residual / lots.chance, lots.rows / lots.chance)
    if_control = moments(lots.residual / (1 - lots.chance), lots.rows / (1 - lots.chance))
    everybody = if_control.sum(axis=1, keepdims=True)
    at_once = max(CHUNK // len(lots.rows), 1)
    for _ in range(-(-draws // at_once)):
        is_drawn = (random.random((len(lots.rows), at_once), dtype=np.float32) < lots.chance[:, None]).astype(float)
        yield add_up(if_treated, is_drawn), everybody - add_up(if_control, is_drawn)


def add_up(columns: FloatArray, is_drawn: FloatArray) -> FloatArray:
    """A product without BLAS, whose threads wait for each other on a busy machine (measured: twelve times slower)."""
    return np.asarray(np.einsum("cm,mk->ck", columns, is_drawn), dtype=float)


def studentise(treated: FloatArray, control: FloatArray) -> FloatArray:
    """Difference of means by its standard error, from the summed moments (5 × k) of both arms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [arm[0] / arm[1] for arm in (treated, control)]
        variances = [
            (arm[2] - 2 * mean * arm[3] + mean**2 * arm[4]) / arm[1] ** 2 / (1 - arm[4] / arm[1] ** 2)
            for arm, mean in zip((treated, control), means, strict=True)
        ]
        return np.asarray((means[0] - means[1]) / np.sqrt(sum(variances)), dtype=float)
