"""A log of decisions as arrays: what was done with which chance, what it earned, and what another policy would do."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.measuring.adjustment import FloatArray, IntArray
from ml.measuring.comparison import unit_codes


@dataclass(frozen=True)
class Log:
    """n logged decisions of units (customers): the reward of the action taken, and its chance under two policies.

    `logged` and `target` are probabilities of the action taken; `predicted` a model's expected reward of it and
    `predicted_target` that of the target's actions on average, both from a model that did not see the row.
    """

    reward: FloatArray
    logged: FloatArray
    target: FloatArray
    units: IntArray
    predicted: FloatArray | None = None
    predicted_target: FloatArray | None = None

    @property
    def weight(self) -> FloatArray:
        return self.target / self.logged


def make_log(
    reward: npt.ArrayLike,
    logged: npt.ArrayLike,
    target: npt.ArrayLike,
    action: npt.ArrayLike | None = None,
    predicted: npt.ArrayLike | None = None,
    unit: npt.ArrayLike | None = None,
) -> Log:
    """A checked log; `target` and `predicted` may cover every action (n × k, then `action` gives codes 0..k-1).

    With only the taken action's `target` (n) a reward model cannot be used, because the actions not taken are unknown.
    Raises ValueError where lengths differ, a logged probability is not within (0, 1], a target probability not within
    [0, 1], the probabilities of a row do not sum to 1, or a number is missing.

    >>> log = make_log([1.0, 0.0], [0.5, 0.5], [[1.0, 0.0], [1.0, 0.0]], action=[0, 1])
    >>> log.weight.tolist()
    [2.0, 0.0]
    """
    rewards, chances = np.asarray(reward, dtype=float), np.asarray(logged, dtype=float)
    wanted = np.asarray(target, dtype=float)
    rows = np.arange(len(rewards))
    taken = wanted if wanted.ndim == 1 else wanted[rows, np.asarray(action, dtype=int)]
    check(rewards, chances, taken, wanted)
    units = unit_codes(unit, len(rewards))
    if predicted is None:
        return Log(rewards, chances, taken, units)
    model = np.asarray(predicted, dtype=float)
    if wanted.ndim != 2 or model.shape != wanted.shape:
        raise ValueError("a reward model needs the target's probability and a prediction for every action (n × k)")
    own = model[rows, np.asarray(action, dtype=int)]
    return Log(rewards, chances, taken, units, own, (wanted * model).sum(axis=1))


def check(reward: FloatArray, logged: FloatArray, taken: FloatArray, target: FloatArray) -> None:
    if not len(reward) == len(logged) == len(target) or not len(reward):
        raise ValueError("reward, logged and target must be of one length, and not empty")
    if not np.isfinite(reward).all():
        raise ValueError("a reward is not a number")
    if not ((logged > 0) & (logged <= 1)).all():
        raise ValueError("a logged probability must lie within (0, 1]: what was done had a chance")
    if not ((taken >= 0) & (taken <= 1)).all():
        raise ValueError("a target probability must lie within [0, 1]")
    if target.ndim == 2 and not np.allclose(target.sum(axis=1), 1, atol=1e-6):
        raise ValueError("the target's probabilities of a row must sum to 1 over the actions")
