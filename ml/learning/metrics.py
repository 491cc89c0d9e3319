"""How good scores are: ranking, precision, calibration and gain, each for weighted rows.

`outcome` is 1 where it happened, `score` any number (ranking) or a probability in 0-1 (the others), `weight` how many
rows of the population a row stands for. All are arrays of length n; `*_error` and `*_loss` down is good.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Scores = npt.NDArray[np.floating]
EPSILON = 1e-12
COARSE = 4096  # places that are enough for an interval: an AUC moves by less than 1e-4


def auc(outcome: npt.ArrayLike, score: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Area under the ROC curve: chance that a positive row scores above a negative one, ties counting half.

    Not a number where one of the classes is missing. Source: Hanley and McNeil 1982, Radiology 143(1).

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 3 / 4
    True
    >>> auc([0, 1], [0.5, 0.5])
    0.5
    >>> auc([0, 0, 1], [0.9, 0.1, 0.5], weight=[3, 1, 1]) == 1 / 4
    True
    """
    return Ranking.of(score).auc(*as_rows(outcome, weight))


def average_precision(outcome: npt.ArrayLike, score: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Mean of the precision at each positive row, ties taken together.

    >>> average_precision([1, 0, 1], [0.9, 0.8, 0.7]) == (1 / 1 + 2 / 3) / 2
    True
    """
    return Ranking.of(score).average_precision(*as_rows(outcome, weight))


@dataclass(frozen=True)
class Ranking:
    """The place of each row's score among the `size` distinct ones, lowest first; ranked once, measured often."""

    place: npt.NDArray[np.intp]
    size: int

    @classmethod
    def of(cls, score: npt.ArrayLike) -> "Ranking":
        distinct, place = np.unique(np.asarray(score), return_inverse=True)
        return cls(place, len(distinct))

    def coarse(self, places: int) -> "Ranking":
        """Neighbouring scores taken together as ties, in at most `places` groups of about as many rows.

        >>> Ranking.of([0.1, 0.2, 0.3, 0.4]).coarse(2).place.tolist()
        [0, 0, 1, 1]
        """
        if self.size <= places:
            return self
        rows = np.bincount(self.place, minlength=self.size)
        group = (np.cumsum(rows) - 1) * places // len(self.place)
        return Ranking(group[self.place], places)

    def by_tie(self, amount: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(self.place, amount, self.size), dtype=float)

    def auc(self, outcome: FloatArray, weight: FloatArray) -> float:
        positive, negative = self.by_tie(outcome * weight), self.by_tie((1 - outcome) * weight)
        pairs = positive.sum() * negative.sum()
        below = np.cumsum(negative) - negative / 2
        return float(positive @ below / pairs) if pairs > 0 else float("nan")

    def average_precision(self, outcome: FloatArray, weight: FloatArray) -> float:
        positive, rows = self.by_tie(outcome * weight)[::-1], self.by_tie(weight)[::-1]
        total = positive.sum()
        precision = np.cumsum(positive) / np.maximum(np.cumsum(rows), EPSILON)
        return float(positive @ precision / total) if total > 0 else float("nan")


def log_loss(outcome: npt.ArrayLike, probability: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Mean negative log likelihood of the outcomes.

    >>> log_loss([1, 0], [0.5, 0.5]) == float(np.log(2))
    True
    """
    happened, rows = as_rows(outcome, weight)
    chance = np.clip(np.asarray(probability, dtype=float), EPSILON, 1 - EPSILON)
    return float(np.average(-(happened * np.log(chance) + (1 - happened) * np.log1p(-chance)), weights=rows))


@dataclass(frozen=True)
class Bin:
    """Rows of similar predicted probability: mean prediction, rate that happened with its interval, rows (weighted)."""

    predicted: float
    actual: float
    low: float
    high: float
    rows: int


def calibration_table(
    outcome: npt.ArrayLike, probability: npt.ArrayLike, weight: npt.ArrayLike | None = None, bins: int = 10
) -> list[Bin]:
    """Bins of about equal weight, lowest predictions first; intervals are Wilson's at 95 %, on unweighted counts.

    >>> table = calibration_table([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], bins=2)
    >>> [(row.predicted, row.actual, row.rows) for row in table]
    [(0.25, 0.5, 2), (0.75, 1.0, 2)]
    """
    happened, rows = as_rows(outcome, weight)
    chance = np.asarray(probability, dtype=float)
    place = bin_places(chance, rows, bins)
    return [make_bin(happened[place == one], chance[place == one], rows[place == one]) for one in np.unique(place)]


def bin_places(score: Scores, weight: FloatArray, bins: int) -> npt.NDArray[np.intp]:
    """The bin (0..bins-1) of each row by running weight; equal scores share a bin.

    >>> bin_places(np.array([0.1, 0.1, 0.1, 0.9]), np.ones(4), 2).tolist()
    [0, 0, 0, 1]
    """
    order = np.argsort(score, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    _, group = np.unique(score[order], return_inverse=True)
    center = np.bincount(group, middle) / np.bincount(group)
    place = np.empty(len(score), dtype=np.intp)
    place[order] = np.minimum((center[group] / weight.sum() * bins).astype(np.intp), bins - 1)
    return place


def make_bin(outcome: FloatArray, probability: FloatArray, weight: FloatArray) -> Bin:
    actual = float(np.average(outcome, weights=weight))
    low, high = wilson(actual, weight.sum() ** 2 / (weight**2).sum())
    return Bin(float(np.average(probability, weights=weight)), actual, low, high, round(float(weight.sum())))


def wilson(rate: float, rows: float, z: float = 1.959964) -> tuple[float, float]:
    """Interval of a rate. Source: Wilson 1927, JASA 22(158).

    >>> [round(end, 3) for end in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    spread = z * np.sqrt(rate * (1 - rate) / rows + z**2 / (4 * rows**2))
    center = rate + z**2 / (2 * rows)
    low, high = (center - spread) / (1 + z**2 / rows), (center + spread) / (1 + z**2 / rows)
    return max(0.0, float(low)), min(1.0, float(high))


def calibration_error(
    outcome: npt.ArrayLike, probability: npt.ArrayLike, weight: npt.ArrayLike | None = None, bins: int = 10
) -> float:
    """Expected calibration error: mean distance of prediction and rate over bins of about equal weight.

    Source: Naeini, Cooper and Hauskrecht 2015, AAAI, with equal-mass bins.

    >>> calibration_error([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], bins=2)
    0.25
    """
    table = calibration_table(outcome, probability, weight, bins)
    rows = np.array([one.rows for one in table], dtype=float)
    return float(np.average([abs(one.predicted - one.actual) for one in table], weights=rows))


def gain_curve(
    outcome: npt.ArrayLike, score: npt.ArrayLike, weight: npt.ArrayLike | None = None, steps: int = 20
) -> list[dict[str, float]]:
    """Share of all positives found when contacting the best shares of rows; lift is found over contacted.

    >>> gain_curve([1, 0, 0, 0], [0.9, 0.1, 0.2, 0.3], steps=2)[1]
    {'contacted': 0.5, 'found': 1.0, 'lift': 2.0}
    """
    happened, rows = as_rows(outcome, weight)
    order = np.argsort(-np.asarray(score, dtype=float), kind="stable")
    contacted = np.r_[0, np.cumsum(rows[order])] / rows.sum()
    found = np.r_[0, np.cumsum((happened * rows)[order])] / max(float(happened @ rows), EPSILON)
    shares = np.linspace(0, 1, steps + 1)
    return [
        {"contacted": round(float(x), 6), "found": round(float(y), 6), "lift": round(float(y / x), 6) if x else 0.0}
        for x, y in zip(shares, np.interp(shares, contacted, found), strict=True)
    ]


Measure = Callable[[Ranking, FloatArray, FloatArray], float]
RANKING_METRICS: dict[str, Measure] = {"auc": Ranking.auc, "average_precision": Ranking.average_precision}


def bootstrap(
    metric: str,
    outcome: npt.ArrayLike,
    scores: dict[str, Scores],
    clusters: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    replicates: int = 200,
    seed: int = 0,
) -> dict[str, FloatArray]:
    """The metric of every named score in each of `replicates` resamples of whole clusters (customers), paired.

    Resampling customers, not rows, keeps the dependence of a customer's rows in the interval. Source: Efron and
    Tibshirani 1993, chapter 8; Field and Welsh 2007, JRSS B 69(3), on the cluster bootstrap.

    >>> scores = {"a": np.array([0.1, 0.9, 0.2, 0.8])}
    >>> bootstrap("auc", [0, 1, 0, 1], scores, ["u", "v", "w", "x"], replicates=5)["a"].shape
    (5,)
    """
    happened, rows = as_rows(outcome, weight)
    _, code = np.unique(np.asarray(clusters), return_inverse=True)
    size = int(code.max(initial=0)) + 1
    random = np.random.default_rng(seed)
    rankings = {name: Ranking.of(score).coarse(COARSE) for name, score in scores.items()}
    draws = {name: np.empty(replicates) for name in scores}
    for replicate in range(replicates):
        copies = np.bincount(random.integers(size, size=size), minlength=size)[code] * rows
        for name, ranking in rankings.items():
            draws[name][replicate] = RANKING_METRICS[metric](ranking, happened, copies)
    return draws


def interval(draws: FloatArray, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap draws; draws without both classes are left out.

    >>> interval(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    known = draws[~np.isnan(draws)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def win_rate(challenger: FloatArray, other: FloatArray) -> float:
    """Share of paired draws in which the challenger is better, ties counting half.

    >>> win_rate(np.array([0.8, 0.7, 0.6]), np.array([0.7, 0.7, 0.7]))
    0.5
    """
    known = ~(np.isnan(challenger) | np.isnan(other))
    better = (challenger > other) + (challenger == other) / 2
    return float(better[known].mean()) if known.any() else 0.0


def as_rows(outcome: npt.ArrayLike, weight: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    happened = np.asarray(outcome, dtype=float)
    return happened, np.ones(len(happened)) if weight is None else np.asarray(weight, dtype=float)
