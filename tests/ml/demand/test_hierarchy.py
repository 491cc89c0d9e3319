"""Forecasts of products, groups and everything add up, whichever method makes them agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from ml.models.demand.hierarchy import Hierarchy, bottom_up, hierarchy_of, mint_shrink, shrinkage, sum_up
from ml.models.demand.series import Panel
from warehouse.errors import BadInput

GROUPS = np.array(["a", "a", "b"], dtype=object)


def panel() -> Panel:
    y = np.array([[1.0, 2], [3, 4], [5, 6]])
    price = np.array([[2.0, 2], [4, 4], [np.nan, 6]])
    names = np.array(["x", "y", "z"], dtype=object)
    return Panel(names, np.arange(2), y, "W", {"price": price}, {"category": GROUPS})


def test_groups_are_sums_and_average_what_is_planned() -> None:
    hierarchy = hierarchy_of(panel(), ["category"])
    assert list(hierarchy.ids) == ["total", "a", "b"]
    groups = sum_up(panel(), hierarchy)
    np.testing.assert_array_equal(groups.y, [[9, 12], [4, 6], [5, 6]])
    assert groups.regressors["price"][1] == pytest.approx((1.5 * 2 + 3.5 * 4) / 5, rel=1e-5)
    assert groups.regressors["price"][2, 1] == 6
    with pytest.raises(BadInput, match="no column of text colour"):
        hierarchy_of(panel(), ["colour"])


def test_mint_is_generalised_least_squares_by_hand() -> None:
    """One total of two products, uncorrelated errors of variances 1, 1 and 2: a gap of 4 is shared 1 : 1 : 2."""
    total = Hierarchy(np.array(["total"]), np.array(["total"], dtype=object), sparse.csr_matrix(np.ones((1, 2))))
    errors = np.array([[1.0, -1], [1, 1], [np.sqrt(2), np.sqrt(2)]])  # two periods are too few for correlations
    found = mint_shrink(total, np.array([[14.0]]), np.array([[4.0], [6.0]]), errors)
    np.testing.assert_allclose(found, [[4 + 4 / 4], [6 + 2 * 4 / 4]], rtol=1e-6)


def test_correlated_errors_move_together() -> None:
    """Against the textbook form (S' W^-1 S)^-1 S' W^-1 with the same shrunk covariance."""
    chance = np.random.default_rng(0)
    hierarchy = hierarchy_of(panel(), ["category"])
    errors = chance.normal(size=(6, 40)) @ np.eye(40) + chance.normal(size=40)
    upper, bottom = np.array([[30.0], [12], [15]]), np.array([[5.0], [6], [14]])
    variance, share = shrinkage(errors)
    covariance = (1 - share) * errors @ errors.T / 40 + share * np.diag(variance)
    sums = np.vstack([hierarchy.sums.toarray(), np.eye(3)])
    inverse = np.linalg.inv(covariance)
    expected = np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse @ np.vstack([upper, bottom]))
    assert 0 < share < 1
    np.testing.assert_allclose(mint_shrink(hierarchy, upper, bottom, errors), expected, rtol=1e-5)


@given(st.lists(st.floats(0, 50), min_size=6, max_size=6), st.integers(0, 100))
def test_what_agrees_already_stays_and_nothing_is_negative(values: list[float], seed: int) -> None:
    hierarchy = hierarchy_of(panel(), ["category"])
    bottom = np.array(values).reshape(3, 2)
    errors = np.random.default_rng(seed).normal(size=(6, 8))
    same = mint_shrink(hierarchy, bottom_up(hierarchy, bottom), bottom, errors)
    np.testing.assert_allclose(same, bottom, atol=1e-6)
    other = mint_shrink(hierarchy, bottom_up(hierarchy, bottom) - 20, bottom, errors)
    assert (other >= 0).all()
