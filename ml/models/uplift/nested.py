"""An expected outcome without treatment, learned from everything, with a treatment part shrunk by cross-validation.

Baselines differ by orders of magnitude between customers while offers act in proportion, so the usual form is
multiplicative: with τ(x) = β₀ + z·β the logarithm of the ratio of outcomes with and without treatment,

    E[Y | x, w] = m(x) · exp(w τ) / (1 − e + e · exp τ),        effect = m₀(x) · (exp τ − 1)

where m is the cross-fitted marginal outcome and e the chance of treatment. Working with m and with w minus its expected
value makes errors of m and of τ cancel to first order (Nie and Wager 2021, Biometrika 108(2), carried over to a log
link). Coefficients solve quasi-likelihood equations (Wooldridge 1999, J. Econometrics 90), which need no distribution:
zeros and heavy tails are fine; how the scatter grows with the mean is estimated. β is shrunk toward the
pooled constant effect β₀ alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import Boosted, read_arrays, with_constant, write_arrays
from ml.models.uplift.contract import Learner, linear_importance
from ml.models.uplift.folds import Folds
from ml.models.uplift.nuisances import encoded_baseline, marginal_outcome, objective_of
from ml.models.uplift.penalised import Shrinkage, choose_shrinkage, gram_by_fold, total
from ml.models.uplift.scaling import Scaling
from ml.models.uplift.trial import Baseline, Trial

STEPS = 4
BINS = 20
FURTHEST = 2.0  # a log ratio beyond it (7 times the outcome) is extrapolation
LEAST_RATE = 0.01  # no expected outcome is taken for less than this share of the mean
Working = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]


class NestedSLearner(Learner):
    """Setting `form`: multiplicative, or additive: E[Y | x, w] = m(x) + (w − e) τ(x)."""

    name = "nested_s_learner"

    @property
    def is_multiplicative(self) -> bool:
        return bool(self.recipe.settings["form"] == "multiplicative" and self.objective == "poisson")

    def learn(self, X: pd.DataFrame, trial: Trial, baseline: Baseline | None) -> None:
        self.objective = objective_of(trial.outcome)
        folds = Folds.of(trial.unit, int(self.recipe.settings["folds"]), self.recipe.seed)
        more = encoded_baseline(baseline, X, self.encoding.apply)
        marginal = marginal_outcome(X, trial, folds, self.recipe.settings, more)
        self.scaling = Scaling.fit(X)
        design = with_constant(self.scaling.apply(X))
        work = working_rows(trial, marginal, self.is_multiplicative)
        self.learn_coefficients(design, work, folds)
        self.learn_untreated(X, trial, design @ self.coefficients, more)
        self.base_effect = self.reference_effect()

    def learn_coefficients(self, design: FloatArray, work: Working, folds: Folds) -> None:
        """Settle the constant, choose the penalty around it, then iterate with that penalty."""
        self.coefficients = np.zeros(design.shape[1])
        self.shrinkage = Shrinkage()
        for _ in range(STEPS):
            self.step(design[:, :1], work, folds)
        self.shrinkage = choose_shrinkage(self.grams(design, work, folds), self.recipe.settings["penalties"])
        if self.shrinkage.kind != "constant":
            for _ in range(STEPS):
                self.step(design, work, folds)

    def grams(self, design: FloatArray, work: Working, folds: Folds) -> list[Any]:
        current = np.clip(design @ self.coefficients[: design.shape[1]], -FURTHEST, FURTHEST)
        lever, residual, weight = work(current)
        return gram_by_fold(design * lever[:, None], residual + lever * current, weight, folds)

    def step(self, design: FloatArray, work: Working, folds: Folds) -> None:
        solved = total(self.grams(design, work, folds)).solve(self.shrinkage)
        self.coefficients[: len(solved)] = solved

    def learn_untreated(
        self, X: pd.DataFrame, trial: Trial, change: FloatArray, more: tuple[pd.DataFrame, FloatArray]
    ) -> None:
        """m₀ from all rows: those of treated ones with the treatment's part taken out again."""
        if self.is_multiplicative:
            outcome = trial.outcome * np.exp(np.where(trial.treated, -np.clip(change, -FURTHEST, FURTHEST), 0))
        else:
            outcome = trial.outcome - trial.treated * change
        known = pd.concat([X, more[0]], ignore_index=True)
        weight = np.concatenate([trial.weights, np.ones(len(more[0]))])
        self.level = Boosted(self.recipe.settings, self.recipe.seed, self.objective)
        self.level.fit(known, np.concatenate([outcome, more[1]]), weight)

    def predict(self, X: pd.DataFrame) -> FloatArray:
        change = self.change(X)
        return self.level.predict(X) * np.expm1(change) if self.is_multiplicative else change

    def change(self, X: pd.DataFrame) -> FloatArray:
        """τ(x): the log ratio, or in the additive form the effect itself."""
        change: FloatArray = self.coefficients[0] + self.scaling.apply(X) @ self.coefficients[1:]
        return np.clip(change, -FURTHEST, FURTHEST) if self.is_multiplicative else change

    def untreated(self, X: pd.DataFrame) -> FloatArray:
        return self.level.predict(X)

    def reference_effect(self) -> float:
        """The effect on the average row, from which contributions count."""
        if not self.is_multiplicative:
            return float(self.coefficients[0])
        return float(self.level.reference * np.expm1(np.clip(self.coefficients[0], -FURTHEST, FURTHEST)))

    def explain(self, X: pd.DataFrame) -> FloatArray:
        parts = self.scaling.fold_back(self.scaling.apply(X) * self.coefficients[1:])
        if not self.is_multiplicative:
            return parts
        return explain_product(self.level.contributions(X), self.level.reference, parts, self.coefficients[0])

    def importance(self) -> dict[str, float]:
        return linear_importance(self.encoding.names, self.coefficients[1:])

    def details(self) -> dict[str, Any]:
        form = "multiplicative" if self.is_multiplicative else "additive"
        return {"form": form, "shrinkage": str(self.shrinkage), "constant": round(float(self.coefficients[0]), 6)}

    def write(self, folder: Path) -> None:
        state = self.scaling.state() | self.shrinkage.state() | {"coefficients": self.coefficients}
        write_arrays(folder / "change.npz", state | {"is_log": np.array(self.objective == "poisson")})
        self.level.write(folder / "level")

    def read(self, folder: Path) -> None:
        state = read_arrays(folder / "change.npz")
        self.scaling, self.coefficients = Scaling.from_state(state), state["coefficients"]
        self.shrinkage = Shrinkage.from_state(state)
        self.objective = "poisson" if state["is_log"] else "regression"
        self.level = Boosted(self.recipe.settings, self.recipe.seed, self.objective)
        self.level.read(folder / "level")


def working_rows(trial: Trial, marginal: FloatArray, is_multiplicative: bool) -> Working:
    """At a change τ (n): how far the row's expectation moves with τ, its residual on that scale, and its weight."""
    w, e = trial.treated.astype(float), trial.probability
    expected = np.maximum(marginal, LEAST_RATE * max(float(np.abs(marginal).mean()), 1e-9))
    power = variance_power(trial.outcome - expected, expected)
    if is_multiplicative:

        def work(change: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            mixed = 1 - e + e * np.exp(change)
            mean = expected * np.exp(w * change) / mixed
            lever = w - e * np.exp(change) / mixed
            return lever, (trial.outcome - mean) / mean, trial.weights * mean ** (2 - power)

        return work

    weight = trial.weights * expected**-power
    return lambda change: (w - e, trial.outcome - marginal - (w - e) * change, weight)


def variance_power(residual: FloatArray, expected: FloatArray) -> float:
    """The power p with which the variance of n outcomes grows with their expectation: 1 Poisson, 2 in proportion.

    The slope of log mean squares on log means over bins of the expectation, kept within 0 and 2, so that rows count by
    what they can tell. Source: variance functions of quasi-likelihood, Wedderburn 1974, Biometrika 61(3).

    >>> expected = np.repeat([1.0, 10.0, 100.0], 4)
    >>> round(variance_power(expected * np.tile([1.0, -1.0], 6), expected), 6)
    2.0
    """
    place = np.searchsorted(np.unique(np.quantile(expected, np.arange(1, BINS) / BINS)), expected, side="right")
    rows = np.bincount(place)
    kept = rows > 1
    means = np.log(np.bincount(place, expected)[kept] / rows[kept])
    squares = np.bincount(place, residual**2)[kept] / rows[kept]
    if kept.sum() < 2 or np.ptp(means) < 1e-9 or not (squares > 0).all():
        return 1.0
    slope = np.cov(means, np.log(squares))[0, 1] / means.var(ddof=1)
    return float(np.clip(slope, 0, 2))


def explain_product(log_level: FloatArray, level: float, log_change: FloatArray, change: float) -> FloatArray:
    """Parts in m·(exp τ − 1) minus its value at the reference, from parts (n×p) in log m and in τ; rows add up exactly.

    Shapley's value of the two factors (each moved first and last, averaged), each factor's move shared among features
    in proportion to their parts on the log scale (logarithmic mean Divisia index, Ang 2004, Energy Policy 32(9)).
    `level` and `change` are the factors' references, m and τ.

    >>> parts = explain_product(np.array([[np.log(2)]]), 3.0, np.array([[0.5]]), 0.1)
    >>> bool(np.isclose(parts.sum(), 6 * np.expm1(0.6) - 3 * np.expm1(0.1)))
    True
    """
    moved_level = level * np.exp(log_level.sum(axis=1))
    moved_change = np.clip(change + log_change.sum(axis=1), -FURTHEST, FURTHEST)
    ratio, start = np.expm1(moved_change), np.expm1(np.clip(change, -FURTHEST, FURTHEST))
    by_level = (moved_level - level) * (ratio + start) / 2
    by_change = (ratio - start) * (moved_level + level) / 2
    return share_out(by_level, log_level) + share_out(by_change, log_change)


def share_out(amount: FloatArray, parts: FloatArray) -> FloatArray:
    """Amounts (n) shared in proportion to parts (n×p) of the same sum's sign; equally where the parts cancel out."""
    sums = parts.sum(axis=1)
    is_flat = np.abs(sums) < 1e-9
    scaled = parts * (amount / np.where(is_flat, 1, sums))[:, None]
    return np.where(is_flat[:, None], (amount / max(parts.shape[1], 1))[:, None], scaled)
