"""A test with many arms as rows of one pooled effect model: each arm against control, its attributes as features."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.learning.metrics import FloatArray
from ml.models.uplift.trial import Ints, Trial, codes
from warehouse.errors import BadInput

CONTROL = 0


@dataclass(frozen=True, eq=False)
class ArmsLog:
    """A test with K arms and a control: n rows; `arm` 0 is control and 1 … K the arms, `probability` n×(K+1) by arm.

    `cost` is what the row's own arm cost (0 under control); `unit` and `outcome` as in a Trial.
    """

    features: pd.DataFrame
    arm: Ints
    outcome: FloatArray
    probability: FloatArray
    cost: FloatArray
    unit: Ints
    is_observational: bool = False

    def __post_init__(self) -> None:
        n = len(self.features)
        wrong = [name for name in ("arm", "outcome", "cost", "unit") if getattr(self, name).shape != (n,)]
        if wrong or self.probability.shape[0] != n:
            raise BadInput(f"the log has {n} rows of features, but {(wrong or ['probability'])[0]} has another length")
        if not np.allclose(self.probability.sum(axis=1), 1):
            raise BadInput("the chances of the arms of a row must add up to 1")
        if self.arm.min() < 0 or self.arm.max() > self.arms:
            raise BadInput(f"arms are numbered 0 (control) to {self.arms}, one per column of the probabilities")

    @property
    def arms(self) -> int:
        """How many arms there are besides control."""
        return self.probability.shape[1] - 1


def arm_shares(arm: npt.ArrayLike) -> FloatArray:
    """The chances n×(K+1) of a test that drew every row alike: each arm's share of the rows.

    >>> arm_shares([0, 1, 1, 2]).tolist()[0]
    [0.25, 0.5, 0.25]
    """
    arm = codes(arm)
    share = np.bincount(arm) / len(arm)
    return np.tile(share, (len(arm), 1))


def pool_arms(log: ArmsLog, attributes: pd.DataFrame) -> Trial:
    """Stack each arm's rows and the control's into binary rows; `attributes` has one row per arm 1 … K, in order.

    A control row is repeated for each arm it could have been given, so its unit keeps it in one fold and one cluster.
    Given that a row is in arm a or control, it was treated with chance p_a / (p_a + p_0); it is in either with chance
    p_a + p_0, whose inverse weighs it, with mean 1 in each arm. Source: Imbens 2000, Biometrika 87(3), on the
    generalised propensity score.

    >>> log = ArmsLog(pd.DataFrame({"x": [1.0, 2, 3]}), np.array([0, 1, 2]), np.array([0.0, 1, 2]),
    ...     np.full((3, 3), 1 / 3), np.zeros(3), np.arange(3))
    >>> trial = pool_arms(log, pd.DataFrame({"depth": [0.1, 0.2]}))
    >>> trial.unit.tolist(), trial.treated.tolist(), trial.probability.tolist()
    ([0, 1, 0, 2], [False, True, False, True], [0.5, 0.5, 0.5, 0.5])
    """
    if len(attributes) != log.arms:
        raise BadInput(f"there are {log.arms} arms, but attributes of {len(attributes)}")
    parts = [against_control(log, arm) for arm in range(1, log.arms + 1)]
    rows = np.concatenate([part[0] for part in parts])
    arm = np.repeat(np.arange(log.arms), [len(part[0]) for part in parts])
    treated = log.arm[rows] != CONTROL
    features = pd.concat(
        [log.features.iloc[rows].reset_index(drop=True), attributes.iloc[arm].reset_index(drop=True)], axis=1
    )
    return Trial(
        features,
        treated,
        log.outcome[rows],
        np.concatenate([part[1] for part in parts]),
        np.where(treated, log.cost[rows], 0.0),
        log.unit[rows],
        arm,
        depth=attributes["depth"].to_numpy(dtype=float)[arm] if "depth" in attributes else None,
        is_observational=log.is_observational,
        weight=np.concatenate([part[2] for part in parts]),
    )


def against_control(log: ArmsLog, arm: int) -> tuple[npt.NDArray[np.intp], FloatArray, FloatArray]:
    """The rows of an arm and of control with the chance of the arm among the two, and their weights."""
    rows = np.flatnonzero((log.arm == arm) | (log.arm == CONTROL))
    either = log.probability[rows, arm] + log.probability[rows, CONTROL]
    weight = 1 / either
    return rows, log.probability[rows, arm] / either, weight / weight.mean()
