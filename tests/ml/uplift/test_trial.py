"""What a trial refuses, and how a test with many arms becomes one."""

import numpy as np
import pandas as pd
import pytest

from ml.models.uplift.arms import ArmsLog, arm_shares, pool_arms
from ml.models.uplift.folds import Folds
from ml.models.uplift.propensity import estimate_probability
from ml.models.uplift.trial import Trial
from warehouse.errors import BadInput

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
WHOLE = {"treated": [True, False, True], "outcome": [1.0, 0.0, 2.0], "probability": [0.5, 0.5, 0.5]}


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"outcome": [1.0, np.nan, 2.0]}, "1 rows of the trial have no finite outcome"),
        ({"probability": [0.5, 1.0, 0.5]}, "strictly between 0 and 1"),
        ({"probability": [0.5, np.nan, 0.5]}, "strictly between 0 and 1"),
        ({"treated": [True, True, True]}, "rows that were not treated"),
        ({"outcome": [1.0, 2.0]}, "3 rows of features, but outcome has shape"),
        ({"probability": None}, "needs the chance"),
    ],
)
def test_says_in_one_sentence_what_is_wrong(broken, sentence):
    with pytest.raises(BadInput, match=sentence):
        Trial.of(FRAME, **{**WHOLE, **broken})


def test_takes_rows_by_mask_and_by_position():
    trial = Trial.of(FRAME, **WHOLE)
    by_mask, by_position = trial.take(np.array([True, True, False])), trial.take(np.array([0, 1]))
    assert by_mask.outcome.tolist() == by_position.outcome.tolist() == [1.0, 0.0]
    assert by_mask.features["x"].tolist() == [1.0, 2.0]


def three_arms(rows: int = 6000) -> tuple[ArmsLog, pd.DataFrame]:
    """Arm 1 adds 1, arm 2 adds 3; arm 2 is given more to those with a high x, who spend more anyway."""
    random = np.random.default_rng(4)
    x = random.integers(0, 2, rows).astype(float)
    chances = np.where(x[:, None] == 1, [0.2, 0.2, 0.6], [0.5, 0.3, 0.2])
    arm = (random.random(rows)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    outcome = 10 * x + np.array([0.0, 1, 3])[arm] + random.normal(0, 0.5, rows)
    log = ArmsLog(pd.DataFrame({"x": x}), arm, outcome, chances, 0.5 * arm, np.arange(rows))
    return log, pd.DataFrame({"depth": [0.1, 0.3]})


def test_pooled_rows_give_each_arm_its_own_effect():
    trial = pool_arms(*three_arms())
    weight = trial.weights / np.where(trial.treated, trial.probability, 1 - trial.probability)
    for kind, effect in ((0, 1.0), (1, 3.0)):
        with_, without = (
            np.average(trial.outcome[rows], weights=weight[rows])
            for rows in ((trial.kind == kind) & trial.treated, (trial.kind == kind) & ~trial.treated)
        )
        assert with_ - without == pytest.approx(effect, abs=0.25)


def test_control_rows_stand_once_per_arm_and_keep_their_unit():
    log, attributes = three_arms(500)
    trial = pool_arms(log, attributes)
    controls = int((log.arm == 0).sum())
    assert len(trial) == len(log.arm) + controls
    assert (np.unique(trial.unit[~trial.treated], return_counts=True)[1] == 2).all()
    assert set(trial.features.loc[trial.kind == 1, "depth"]) == {0.3}
    assert trial.cost[~trial.treated].tolist() == [0.0] * (2 * controls)


def test_arms_without_attributes_are_an_error():
    log, attributes = three_arms(50)
    with pytest.raises(BadInput, match="there are 2 arms, but attributes of 1"):
        pool_arms(log, attributes.iloc[:1])


def test_arm_shares_are_the_chances_of_a_plain_draw():
    assert arm_shares([0, 0, 1, 2])[3].tolist() == [0.5, 0.25, 0.25]


def test_chances_nobody_wrote_down_are_estimated_and_their_overlap_told():
    random = np.random.default_rng(3)
    x = random.normal(size=4000)
    true = 1 / (1 + np.exp(-4 * x))
    treated = random.random(4000) < true
    frame = pd.DataFrame({"x": x, "noise": random.normal(size=4000)})
    chance, overlap = estimate_probability(frame, treated, Folds.of(np.arange(4000), 4, 0), clip=0.05)
    is_inside = (true > 0.1) & (true < 0.9)
    # the squashed scale bends a logistic curve a little
    assert np.abs(chance - true)[is_inside].mean() < 0.06
    assert chance.min() == 0.05
    assert overlap.clipped_rate == pytest.approx(((true < 0.05) | (true > 0.95)).mean(), abs=0.1)
    assert overlap.treated_effective_size < treated.sum()


def test_folds_keep_a_unit_together():
    folds = Folds.of(np.repeat(np.arange(50), 3), 5, seed=2)
    assert (folds.fold.reshape(50, 3) == folds.fold.reshape(50, 3)[:, :1]).all()
    assert np.bincount(folds.fold).tolist() == [30] * 5
