"""Discounts work less and less: by hand and by property."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ml.models.uplift.shape import DepthShape, fit_response
from warehouse.errors import BadInput

numbers = st.floats(-5, 5).map(lambda one: round(one, 3))
points = st.lists(st.tuples(st.integers(0, 10), numbers, st.integers(1, 9)), min_size=1, max_size=12)


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
