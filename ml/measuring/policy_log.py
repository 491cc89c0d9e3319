"""Off-policy evaluation of a frame from anywhere: a row per decision, with names of columns instead of arrays."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
import pandas as pd

from ml.measuring.adjustment import FloatArray, IntArray
from ml.measuring.comparison import unit_codes
from ml.measuring.decision_log import Log, make_log
from ml.measuring.off_policy import DEFAULT_LIMITS, Limits, evaluate

FOLDS = 5
SEED = 20171127
ROUNDS = 150
LIGHTGBM = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 30,
    "lambda_l2": 10,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": SEED,
    "verbose": -1,
}
Predict = Callable[[pd.DataFrame], FloatArray]
Learn = Callable[[pd.DataFrame, FloatArray], Predict]


@dataclass(frozen=True)
class Columns:
    """Which columns of a log mean what.

    `reward` (number), `probability` (of the logged action when it was taken), `action` (any label), `target` (the
    target policy's probability of the logged action) or `targets` (one column per action, {label: column}), `unit`
    (customer; rows of one hang together), `features` (what the reward model may know; numbers or categories).
    """

    reward: str
    probability: str
    action: str
    target: str | None = None
    targets: dict[str, str] | None = None
    unit: str | None = None
    features: Sequence[str] = ()


def evaluate_policy(
    frame: pd.DataFrame, columns: Columns, limits: Limits = DEFAULT_LIMITS, confidence: float = 0.95
) -> pd.DataFrame:
    """Every estimator the columns allow, a row each: value, interval, effective units, refusal and caveat.

    With only `target` ips and snips; with `targets` and `features` also dm, dr and switch_dr, on a reward model that is
    cross-fitted by unit. Raises ValueError for a log that cannot be (see `make_log`) or columns that do not fit.

    >>> frame = pd.DataFrame({"margin": [1.0, 0.0], "chance": 0.5, "offer": ["a", "b"], "new": [1, 0]})
    >>> frame = pd.concat([frame] * 200)
    >>> table = evaluate_policy(frame, Columns("margin", "chance", "offer", target="new"))
    >>> table[["estimator", "value", "refusal"]].to_dict("records")[0]
    {'estimator': 'ips', 'value': 1.0, 'refusal': ''}
    """
    log = read_log(frame, columns)
    names = ("ips", "snips") if log.predicted is None else ("ips", "snips", "dr", "switch_dr", "dm")
    return pd.DataFrame([asdict(evaluate(log, name, limits, confidence)) for name in names])


def read_log(frame: pd.DataFrame, columns: Columns, learn: Learn | None = None) -> Log:
    """The frame as a Log, with a reward model where every action's target probability and features are given."""
    if (columns.target is None) == (columns.targets is None):
        raise ValueError("name either the target's probability of the logged action or those of every action")
    if missing := [name for name in named(columns) if name not in frame]:
        raise ValueError(f"the log has no column {', '.join(missing)}")
    reward, logged = (frame[name].to_numpy(dtype=float) for name in (columns.reward, columns.probability))
    unit = None if columns.unit is None else frame[columns.unit].to_numpy()
    if columns.targets is None:
        return make_log(reward, logged, frame[columns.target].to_numpy(dtype=float), unit=unit)
    labels = list(columns.targets)
    action = encode_actions(frame[columns.action], labels)
    target = frame[list(columns.targets.values())].to_numpy(dtype=float)
    predicted = None
    if columns.features:
        units = unit_codes(unit, len(frame))
        features = frame[list(columns.features)].reset_index(drop=True)
        predicted = cross_fit_rewards(features, action, reward, len(labels), units, learn or learn_rewards)
    return make_log(reward, logged, target, action, predicted, unit)


def named(columns: Columns) -> list[str]:
    single = [columns.reward, columns.probability, columns.action, columns.target, columns.unit]
    return [name for name in (*single, *(columns.targets or {}).values(), *columns.features) if name is not None]


def encode_actions(actions: pd.Series, labels: Sequence[str]) -> IntArray:
    codes = pd.Categorical(actions.astype(str), categories=[str(label) for label in labels]).codes.astype(np.int64)
    if (codes < 0).any():
        unknown = actions[codes < 0].iloc[0]
        raise ValueError(f"the log has the action {unknown}, of which the target's probability is not given")
    return codes


def cross_fit_rewards(
    features: pd.DataFrame, action: IntArray, reward: FloatArray, actions: int, units: IntArray, learn: "Learn"
) -> FloatArray:
    """Expected reward of every action (n × actions) from models that saw none of the row's unit.

    Source: Chernozhukov et al. 2018, definition 3.1. Units are dealt to folds by lot, with a fixed seed.
    """
    fold = np.random.default_rng(SEED).integers(0, FOLDS, units.max() + 1)[units]
    predicted = np.full((len(reward), actions), reward.mean())
    for one in range(FOLDS):
        inside, outside = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        if not len(inside) or not len(outside):
            continue
        predict = learn(with_action(features.iloc[outside], action[outside], actions), reward[outside])
        for code in range(actions):
            predicted[inside, code] = predict(with_action(features.iloc[inside], np.full(len(inside), code), actions))
    return predicted


def with_action(features: pd.DataFrame, action: IntArray, actions: int) -> pd.DataFrame:
    """Features with the action as one column per action, so that a model may split on one alone."""
    shown = pd.DataFrame(np.eye(actions)[action], index=features.index, columns=[f"action {i}" for i in range(actions)])
    return pd.concat([features, shown], axis=1)


def learn_rewards(features: pd.DataFrame, reward: FloatArray) -> Predict:
    """A small boosted regression, the same on every machine; numbers or categories, missing values as they are."""
    known = features.assign(**{name: features[name].astype("category") for name in categories(features)})
    types = {name: known[name].dtype for name in categories(features)}
    data = lightgbm.Dataset(known.set_axis([f"f{i}" for i in range(known.shape[1])], axis=1), reward)
    model = lightgbm.train(LIGHTGBM, data, ROUNDS)

    def predict(asked: pd.DataFrame) -> FloatArray:
        typed = asked.assign(**{name: asked[name].astype(dtype) for name, dtype in types.items()})
        named_alike = typed.set_axis([f"f{i}" for i in range(typed.shape[1])], axis=1)
        return np.asarray(model.predict(named_alike, num_threads=1), dtype=float)

    return predict


def categories(features: pd.DataFrame) -> list[str]:
    return [str(name) for name in features if not pd.api.types.is_numeric_dtype(features[name])]
