import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from ml.learning import metrics

RANDOM = np.random.default_rng(3)
SCORE = RANDOM.random(400).round(2)  # rounded, so that there are ties
OUTCOME = (RANDOM.random(400) < SCORE).astype(float)
WEIGHT = RANDOM.integers(1, 5, 400).astype(float)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_agrees_with_scikit_learn(weight):
    assert metrics.auc(OUTCOME, SCORE, weight) == pytest.approx(roc_auc_score(OUTCOME, SCORE, sample_weight=weight))
    assert metrics.average_precision(OUTCOME, SCORE, weight) == pytest.approx(
        average_precision_score(OUTCOME, SCORE, sample_weight=weight)
    )
    sure = np.clip(SCORE, 0.01, 0.99)
    assert metrics.log_loss(OUTCOME, sure, weight) == pytest.approx(log_loss(OUTCOME, sure, sample_weight=weight))


def test_a_weight_of_three_is_three_rows():
    three = np.repeat(np.arange(400), WEIGHT.astype(int))
    assert metrics.auc(OUTCOME, SCORE, WEIGHT) == pytest.approx(metrics.auc(OUTCOME[three], SCORE[three]))
    assert metrics.calibration_error(OUTCOME, SCORE, WEIGHT) == pytest.approx(
        metrics.calibration_error(OUTCOME[three], SCORE[three])
    )


def test_one_class_has_no_auc():
    assert np.isnan(metrics.auc([1, 1], [0.1, 0.2]))
    assert np.isnan(metrics.average_precision([0, 0], [0.1, 0.2]))


def test_calibration_error_sees_a_scale_that_is_off():
    assert metrics.calibration_error(OUTCOME, np.full(400, OUTCOME.mean())) == pytest.approx(0, abs=1e-12)
    assert metrics.calibration_error(OUTCOME, np.full(400, OUTCOME.mean() + 0.2)) == pytest.approx(0.2)


def test_calibration_table_counts_every_row_once():
    table = metrics.calibration_table(OUTCOME, SCORE)
    assert sum(row.rows for row in table) == 400
    assert [row.predicted for row in table] == sorted(row.predicted for row in table)
    assert all(row.low <= row.actual <= row.high for row in table)


def test_gain_of_a_perfect_order_finds_everybody_first():
    curve = metrics.gain_curve([1] * 10 + [0] * 90, np.arange(100, 0, -1), steps=10)
    assert curve[1] == {"contacted": 0.1, "found": 1.0, "lift": 10.0}


def test_bootstrap_resamples_customers_as_a_whole():
    """A customer's copies tell nothing new: with every row doubled the interval stays as wide."""
    scores, customers = {"a": SCORE}, np.arange(400)
    once = metrics.bootstrap("auc", OUTCOME, scores, customers, seed=1)["a"]
    twice = metrics.bootstrap("auc", np.tile(OUTCOME, 2), {"a": np.tile(SCORE, 2)}, np.tile(customers, 2), seed=1)["a"]
    assert twice == pytest.approx(once)
    low, high = metrics.interval(once)
    assert low < metrics.auc(OUTCOME, SCORE) < high


def test_bootstrap_is_paired_and_repeatable():
    scores = {"a": SCORE, "same": SCORE + 1, "coin": RANDOM.random(400)}
    draws = metrics.bootstrap("auc", OUTCOME, scores, np.arange(400), seed=1)
    assert draws["a"] == pytest.approx(draws["same"])
    assert metrics.win_rate(draws["a"], draws["same"]) == pytest.approx(0.5)
    assert metrics.win_rate(draws["a"], draws["coin"]) == 1
    again = metrics.bootstrap("auc", OUTCOME, scores, np.arange(400), seed=1)
    assert np.array_equal(draws["coin"], again["coin"])


def test_coarse_ranking_moves_an_auc_by_next_to_nothing():
    random = np.random.default_rng(5)
    score = random.random(50_000)
    outcome = (random.random(50_000) < score).astype(float)
    exact = metrics.Ranking.of(score)
    rows = np.ones(50_000)
    assert exact.coarse(metrics.COARSE).auc(outcome, rows) == pytest.approx(exact.auc(outcome, rows), abs=1e-4)
