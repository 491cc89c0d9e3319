import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.learning import metrics
from ml.learning.calibration import Calibrator, calibrate, expit, fit_isotonic, fit_platt, logit, pool_neighbours

RANDOM = np.random.default_rng(3)
TRUTH = expit(RANDOM.normal(-1.5, 1.2, 20_000))
OUTCOME = (RANDOM.random(20_000) < TRUTH).astype(float)
OVERCONFIDENT = expit(2 * logit(TRUTH) + 1)


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_mends_an_overconfident_score(fit):
    mended = fit(OUTCOME, OVERCONFIDENT).apply(OVERCONFIDENT)
    assert metrics.calibration_error(OUTCOME, OVERCONFIDENT) > 0.05
    assert metrics.calibration_error(OUTCOME, mended) < 0.015
    assert np.abs(mended - TRUTH).mean() < 0.02


def test_isotonic_mends_what_platt_cannot():
    bent = np.where(TRUTH < 0.2, TRUTH / 4, TRUTH)
    errors = [metrics.calibration_error(OUTCOME, fit(OUTCOME, bent).apply(bent)) for fit in (fit_isotonic, fit_platt)]
    assert errors[0] < 0.01 < errors[1]


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_keeps_the_order_of_the_scores_also_beyond_those_seen(fit):
    mended = fit(OUTCOME, OVERCONFIDENT).apply(np.linspace(0, 1, 1001))
    assert (np.diff(mended)[2:-2] > 0).all()
    assert ((mended > 0) & (mended < 1)).all()


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_order_is_kept_where_scores_tell_the_opposite(fit):
    mended = fit(1 - OUTCOME, OVERCONFIDENT).apply(np.linspace(0.01, 0.99, 99))
    assert (np.diff(mended) >= 0).all()


def test_weights_stand_for_rows():
    """Nine of ten negatives left out and weighted back give the rate of all."""
    kept = (OUTCOME == 1) | (np.random.default_rng(1).random(len(OUTCOME)) < 0.1)
    weight = np.where(OUTCOME == 1, 1, 10)[kept]
    mended = calibrate(OUTCOME[kept], OVERCONFIDENT[kept], weight).apply(OVERCONFIDENT)
    assert mended.mean() == pytest.approx(OUTCOME.mean(), abs=0.01)


def test_few_positives_get_platt_and_many_isotonic():
    assert calibrate(OUTCOME, OVERCONFIDENT, isotonic_positives=100).method == "isotonic"
    assert calibrate(OUTCOME[:200], OVERCONFIDENT[:200], isotonic_positives=100).method == "platt"


def test_reads_back_what_it_wrote():
    calibrator = fit_isotonic(OUTCOME, OVERCONFIDENT)
    again = Calibrator.from_json(calibrator.as_json())
    assert np.array_equal(again.apply(OVERCONFIDENT), calibrator.apply(OVERCONFIDENT))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_pooling_rises_and_keeps_the_mean(values):
    pooled = pool_neighbours(np.array(values), np.ones(len(values)))
    assert (np.diff(pooled) >= 0).all()
    assert pooled.mean() == pytest.approx(np.mean(values))
