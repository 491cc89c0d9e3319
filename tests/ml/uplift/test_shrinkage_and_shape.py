"""Small offers lean on their kind, and discounts work less and less: by hand, by property, and against what is true."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml.models.uplift.shape import DepthShape, fit_response
from ml.models.uplift.shrinkage import shrink_arms, shrink_toward_group
from warehouse.errors import BadInput

numbers = st.floats(-5, 5).map(lambda one: round(one, 3))
offers = st.lists(st.tuples(numbers, st.integers(1, 30), st.integers(0, 2)), min_size=1, max_size=10)
points = st.lists(st.tuples(st.integers(0, 10), numbers, st.integers(1, 9)), min_size=1, max_size=12)


def test_two_kinds_by_hand():
    """Kind 0 scatters by more than its errors, kind 1 has one offer and stays."""
    estimate, error = np.array([0.0, 4.0, 9.0]), np.ones(3)
    shrunk = shrink_toward_group(estimate, error, [0, 0, 1])
    between = (2**2 + 2**2 - 1) / (2 - 2 / 2)  # (Q − df) / (Σw − Σw²/Σw)
    assert shrunk.spread == pytest.approx(np.sqrt(between))
    pull = 1 / (1 + between)
    assert shrunk.estimate == pytest.approx([0 + 2 * pull, 4 - 2 * pull, 9])


@given(offers)
def test_lies_between_the_offer_and_its_kind_and_noise_leans_more(rows):
    estimate, error, kind = (np.array(column) for column in zip(*rows, strict=True))
    shrunk = shrink_toward_group(estimate.astype(float), error / 10, kind)
    assert ((shrunk.pull >= 0) & (shrunk.pull <= 1)).all()
    assert (np.diff(shrunk.pull[np.argsort(error, kind="stable")]) >= -1e-9).all()
    for one in np.unique(kind):
        inside = shrunk.estimate[kind == one]
        own = estimate[kind == one]
        assert inside.min() >= own.min() - 1e-6
        assert inside.max() <= own.max() + 1e-6


def test_comes_nearer_to_the_truth_than_plain_means():
    worse = 0
    for seed in range(50):
        random = np.random.default_rng(seed)
        kind = np.repeat([0, 1], 8)
        truth = np.array([1.0, 3.0])[kind] + random.normal(0, 0.3, 16)
        error = random.choice([0.1, 1.5], 16)
        plain = truth + error * random.normal(size=16)
        shrunk = shrink_toward_group(plain, error, kind).estimate
        worse += ((shrunk - truth) ** 2).sum() > ((plain - truth) ** 2).sum()
    assert worse <= 3


def test_stated_errors_of_shrunk_effects_are_about_right():
    missed = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        kind, error = np.repeat([0, 1], 20), random.choice([0.3, 1.0], 40)
        truth = np.array([1.0, 3.0])[kind] + random.normal(0, 0.5, 40)
        shrunk = shrink_toward_group(truth + error * random.normal(size=40), error, kind)
        missed.append((np.abs(shrunk.estimate - truth) > 1.96 * shrunk.error).mean())
    # τ² is estimated and taken as known, which costs two in a hundred
    assert 0.04 < np.mean(missed) < 0.09


def test_arms_of_a_trial_lean_on_their_kind():
    random = np.random.default_rng(0)
    arm = np.concatenate([np.zeros(2000), np.ones(2000), np.full(5, 2), [3]]).astype(np.int64)
    scores = np.where(arm == 2, 8.0, 1.0) + random.normal(0, 3, len(arm))
    told = shrink_arms(scores, arm, np.zeros(len(arm), dtype=np.int64), np.arange(len(arm)))
    assert told.arm.tolist() == [0, 1, 2]  # the fourth has one row
    assert told.plain[2] > 4
    assert told.shrunk.pull[2] > 10 * told.shrunk.pull[0]


def test_an_estimate_without_error_is_an_error():
    with pytest.raises(BadInput, match="positive standard error"):
        shrink_toward_group(np.ones(2), np.array([1.0, 0.0]), [0, 0])


@given(points, st.booleans())
def test_response_rises_and_bends_down(rows, has_start):
    depth, response, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume((depth > 0).any())
    fitted = fit_response(depth, response, weight, has_start).at(np.linspace(0, 12, 49))
    assert (np.diff(fitted) >= -1e-7).all()
    assert (np.diff(fitted, 2) <= 1e-7).all()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_a_response_that_is_right_is_left_alone(steps):
    depth = np.arange(len(steps) + 1, dtype=float)
    true = np.concatenate([[0], np.cumsum(sorted(steps, reverse=True))])
    assert fit_response(depth, true).at(depth) == pytest.approx(true, abs=1e-6)


@given(points)
def test_no_straight_line_through_the_origin_fits_better(rows):
    depth, response, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume((depth > 0).any())
    slope = max(depth @ response / (depth @ depth), 0)
    loss = ((fit_response(depth, response).at(depth) - response) ** 2).sum()
    assert loss <= ((slope * depth - response) ** 2).sum() + 1e-6


def test_a_message_may_have_an_effect_of_its_own():
    response = fit_response(np.array([0.0, 0.1, 0.2]), np.array([-1.0, 1.0, 2.0]), has_start=True)
    assert response.at(np.array([0.0, 0.1, 0.2, 0.5])) == pytest.approx([-1, 1, 2, 2], abs=1e-6)


def wavy(rows: pd.DataFrame) -> np.ndarray:
    """A model that thinks 0.3 works less than 0.2 and more for whoever has x."""
    return np.interp(rows["depth"], [0.1, 0.2, 0.3, 0.4], [1.0, 3.0, 2.0, 4.0]) * (1 + rows["x"].to_numpy())


def test_effects_rise_and_bend_down_on_average_and_customers_keep_their_order():
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"depth": random.choice([0.1, 0.2, 0.3, 0.4], 500), "x": random.random(500)})
    shape = DepthShape.fit("depth", rows, wavy)
    bent = [(wavy(at) * shape.at(at)).mean() for at in (rows.assign(depth=depth) for depth in shape.depths)]
    assert (np.diff(bent) >= -1e-9).all()
    assert (np.diff(bent, 2) <= 1e-9).all()
    same = rows.assign(depth=0.2)
    assert (np.argsort(wavy(same) * shape.at(same)) == np.argsort(wavy(same))).all()
    assert DepthShape.from_json(shape.as_json()).at(rows).tolist() == shape.at(rows).tolist()


def test_a_model_that_rises_and_bends_down_already_is_left_alone():
    rows = pd.DataFrame({"depth": np.linspace(0.05, 0.5, 50)})
    shape = DepthShape.fit("depth", rows, lambda at: np.sqrt(at["depth"].to_numpy()))
    assert shape.factor == pytest.approx(np.ones(len(shape.depths)), abs=1e-6)


def test_negative_depths_are_an_error():
    with pytest.raises(BadInput, match="depths that are not negative"):
        fit_response(np.array([-0.1, 0.2]), np.ones(2))
