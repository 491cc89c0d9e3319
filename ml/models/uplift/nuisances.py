"""Expected outcomes that effect learners subtract, each predicted for rows it did not learn from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import Boosted
from ml.models.uplift.folds import Folds, Parts, Positions
from ml.models.uplift.trial import Baseline, Trial
from warehouse.errors import BadInput

TREATED = "is treated"
Found = TypeVar("Found")
FITTED_BY = ("rounds", "boosting")  # the settings that expected outcomes depend on
# Learners that follow each other on one trial expect the same outcomes; forgotten with the trial.
KNOWN: WeakKeyDictionary[Trial, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()


def objective_of(outcome: FloatArray) -> str:
    """A log link where the outcome is an amount (some negative ones are refunds), plain squares otherwise.

    >>> objective_of(np.array([0.0, 3.0, -0.1])), objective_of(np.array([1.0, -2.0]))
    ('poisson', 'regression')
    """
    gained, lost = np.maximum(outcome, 0).sum(), np.maximum(-outcome, 0).sum()
    return "poisson" if lost < 0.2 * gained else "regression"


def once(trial: Trial, key: tuple[Any, ...], work_out: Callable[[], Found]) -> Found:
    """What was worked out for this very trial before, or is now; nobody sees a difference but in time."""
    known = KNOWN.setdefault(trial, {})
    if key not in known:
        known[key] = work_out()
    found: Found = known[key]
    return found


def fingerprint(parts: Parts) -> int:
    return hash(tuple((rows.tobytes(), others.tobytes()) for rows, others in parts))


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Cross-fitted expected outcomes of n rows, untreated and treated."""

    untreated: FloatArray
    treated: FloatArray

    def scores(self, trial: Trial) -> FloatArray:
        """Doubly robust scores of the effect, shape (n,). Source: Robins, Rotnitzky and Zhao 1994, JASA 89.

        Γ = μ₁ − μ₀ + w (y − μ₁) / e − (1 − w) (y − μ₀) / (1 − e)

        >>> one = pd.DataFrame({"x": [0.0, 1]})
        >>> trial = Trial.of(one, [True, False], [3.0, 1.0], probability=0.5)
        >>> Outcomes(np.array([1.0, 1.0]), np.array([2.0, 2.0])).scores(trial).tolist()
        [3.0, 1.0]
        """
        e, y = trial.probability, trial.outcome
        correction = np.where(trial.treated, (y - self.treated) / e, -(y - self.untreated) / (1 - e))
        return self.treated - self.untreated + correction


def outcomes_by_arm(X: pd.DataFrame, trial: Trial, parts: Parts, settings: Mapping[str, Any]) -> Outcomes:
    """Expected outcomes of n rows without and with treatment, each from rows of that arm that the part lets teach."""
    key = ("by arm", fingerprint(parts), str({name: settings[name] for name in FITTED_BY}))
    return once(trial, key, lambda: fit_by_arm(X, trial, parts, settings))


def fit_by_arm(X: pd.DataFrame, trial: Trial, parts: Parts, settings: Mapping[str, Any]) -> Outcomes:
    def learn_from(arm: np.ndarray) -> FloatArray:
        def learn(rows: Positions, others: Positions) -> FloatArray:
            own = some(rows[arm[rows]])
            model = Boosted(settings, 0, objective_of(trial.outcome))
            return model.fit(X.iloc[own], trial.outcome[own], trial.weights[own]).predict(X.iloc[others])

        return parts.predict(learn)

    return Outcomes(learn_from(~trial.treated), learn_from(trial.treated))


def some(rows: Positions) -> Positions:
    if len(rows) == 0:
        raise BadInput("a part of the trial holds no row of one arm; use fewer folds, or more rows")
    return rows


def planned_costs(X: pd.DataFrame, trial: Trial, parts: Parts, settings: Mapping[str, Any]) -> FloatArray:
    """What treating each of n rows is expected to cost, from treated rows that the part lets teach; never below 0."""

    def learn(rows: Positions, others: Positions) -> FloatArray:
        own = some(rows[trial.treated[rows]])
        model = Boosted(settings, 0, objective_of(trial.cost))
        return model.fit(X.iloc[own], trial.cost[own], trial.weights[own]).predict(X.iloc[others])

    return np.maximum(parts.predict(learn), 0)


def marginal_outcome(
    X: pd.DataFrame, trial: Trial, folds: Folds, settings: Mapping[str, Any], baseline: tuple[pd.DataFrame, FloatArray]
) -> FloatArray:
    """E[Y | x], shape (n,), from every row of other folds whatever its arm, and from the untreated baseline rows.

    Treatment enters as a feature, so that rows never treated can take part; it is averaged over the row's own chance.
    """
    used = {name: settings[name] for name in FITTED_BY}
    key = ("marginal", fingerprint(folds), str(used), len(baseline[1]), float(baseline[1].sum()))
    return once(trial, key, lambda: fit_marginal(X, trial, folds, settings, baseline))


def fit_marginal(
    X: pd.DataFrame, trial: Trial, folds: Folds, settings: Mapping[str, Any], baseline: tuple[pd.DataFrame, FloatArray]
) -> FloatArray:
    more, outcome = baseline
    arm = X.assign(**{TREATED: trial.treated.astype(np.float32)})
    untreated = more.assign(**{TREATED: np.float32(0)})
    objective = objective_of(trial.outcome)

    def learn(rows: Positions, others: Positions) -> FloatArray:
        known = pd.concat([arm.iloc[rows], untreated], ignore_index=True)
        weight = np.concatenate([trial.weights[rows], np.ones(len(more))])
        model = Boosted(settings, 0, objective).fit(known, np.concatenate([trial.outcome[rows], outcome]), weight)
        with_, without = (model.predict(arm.iloc[others].assign(**{TREATED: np.float32(one)})) for one in (1, 0))
        chance = trial.probability[others]
        return chance * with_ + (1 - chance) * without

    return folds.predict(learn)


def encoded_baseline(baseline: Baseline | None, X: pd.DataFrame, encode: Any) -> tuple[pd.DataFrame, FloatArray]:
    """The baseline rows with the columns of X; what they lack is missing; no rows where there are none."""
    if baseline is None or len(baseline.features) == 0:
        return X.iloc[:0], np.array([])
    needed = {name.split(" = ")[0] for name in X.columns} - set(baseline.features.columns)
    return encode(baseline.features.assign(**dict.fromkeys(needed, np.nan))), np.asarray(baseline.outcome, dtype=float)
