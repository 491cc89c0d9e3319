"""Doubly robust scores: what each row says about every arm, unbiased whatever the model where chances are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.experimenting.prepared import Prepared
from ml.learning.metrics import FloatArray
from ml.models.uplift.bases import Base, Boosted, Linear
from ml.models.uplift.folds import Folds, Positions


@dataclass(frozen=True, eq=False)
class Scores:
    """outcome and net: doubly robust scores, n×(K+1), of the outcome and of what it earns; untreated: n outcomes that
    are foreseen without treatment."""

    outcome: FloatArray
    net: FloatArray
    untreated: FloatArray


def score_rows(prepared: Prepared, folds: Folds, settings: Mapping[str, Any]) -> Scores:
    """What each row says about every arm; `folds` keep a row out of the models that foresee it."""
    foreseen = foresee(prepared, prepared.log.outcome, folds, settings)
    outcome = arm_scores(prepared, prepared.log.outcome, foreseen)
    if (prepared.net == prepared.log.outcome).all():
        return Scores(outcome, outcome, foreseen[:, 0])
    net = arm_scores(prepared, prepared.net, foresee(prepared, prepared.net, folds, settings))
    return Scores(outcome, net, foreseen[:, 0])


def arm_scores(prepared: Prepared, outcome: FloatArray, foreseen: FloatArray) -> FloatArray:
    """n×(K+1): the mean of a column over any rows chosen by their features is their mean outcome under that arm.

    outcome: n, the outcome itself or what it earned; foreseen: n×(K+1), by models that did not see the row.
    Source: Robins, Rotnitzky and Zhao 1994, JASA 89; cross-fitted as in Chernozhukov et al. 2018, Econometrics J. 21.
    """
    scores = foreseen.copy()
    rows, arm = prepared.rows, prepared.log.arm
    surprise = outcome - foreseen[rows, arm]
    scores[rows, arm] += surprise * own_weight(prepared)
    return scores


def own_weight(prepared: Prepared) -> FloatArray:
    """1/chance of the row's own arm, normalised within each arm (Hájek), so that chance imbalance does not scale it."""
    rows, arm = prepared.rows, prepared.log.arm
    weight = 1 / prepared.log.probability[rows, arm]
    total = np.bincount(arm, weight, len(prepared.arms))
    return np.asarray(weight * len(prepared) / total[arm])


def foresee(prepared: Prepared, outcome: FloatArray, folds: Folds, settings: Mapping[str, Any]) -> FloatArray:
    """Expected outcome of each row under each arm, from rows of that arm in other folds.

    Where chances are estimated too the answer leans on these models, so two that err differently are averaged.
    """
    X = prepared.encoded
    kinds: list[type[Base]] = [Linear, Boosted] if prepared.log.is_observational else [Linear]
    columns = [
        np.mean([foresee_arm(X, outcome, prepared.log.arm == arm, folds, kind(settings)) for kind in kinds], axis=0)
        for arm in range(len(prepared.arms))
    ]
    return np.column_stack(columns)


def foresee_arm(
    X: pd.DataFrame, outcome: FloatArray, member: npt.NDArray[np.bool_], folds: Folds, model: Base
) -> FloatArray:
    def learn(rows: Positions, others: Positions) -> FloatArray:
        own = rows[member[rows]]
        if not len(own) or np.ptp(outcome[own]) == 0 or not X.shape[1]:
            return np.full(len(others), outcome[own].mean() if len(own) else 0.0)
        inner = Folds.of(np.arange(len(own)), folds.count, 0) if isinstance(model, Linear) else None
        return model.fit(X.iloc[own], outcome[own], np.ones(len(own)), inner).predict(X.iloc[others])

    return folds.predict(learn)
