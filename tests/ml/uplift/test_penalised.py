"""Shrinkage by hand, against scikit-learn on the rows themselves, and where cross-validation should end."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from ml.models.uplift.folds import Folds
from ml.models.uplift.penalised import Gram, Shrinkage, choose_shrinkage, gram_by_fold, total

GRID = {"ridge": [0.01, 0.1, 1, 10, 100], "lasso": [1, 2, 3, 5]}
SLOW = [1, 8, 9]  # seeds in which 5,000 steps are too few


def rows(slopes: list[float], n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), random.normal(size=(n, len(slopes)))])
    return design, 2 + design[:, 1:] @ np.array(slopes) + random.normal(size=n)


def chosen(slopes: list[float], seed: int = 0) -> tuple[Shrinkage, np.ndarray]:
    design, target = rows(slopes, seed=seed)
    grams = gram_by_fold(design, target, np.ones(len(target)), Folds.of(np.arange(len(target)), 5, 0))
    shrinkage = choose_shrinkage(grams, GRID)
    return shrinkage, total(grams).solve(shrinkage)


def test_constant_alone_is_the_weighted_mean():
    design = np.array([[1.0, 5.0], [1.0, 7.0]])
    gram = Gram.of(design, np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    assert gram.solve(Shrinkage()).tolist() == [3.0, 0.0]


def test_ridge_halves_what_counts_as_much_as_its_penalty():
    """Two rows at ±1: information 2, so a penalty of one mean information halves the slope and leaves the mean."""
    gram = Gram.of(np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([0.0, 4.0]), np.ones(2))
    assert gram.solve(Shrinkage("ridge", 1.0)) == pytest.approx([2.0, 1.0])


def test_lasso_on_the_gram_is_the_lasso_on_the_rows():
    design, target = rows([1.0, 0.2, 0.0])
    gram = Gram.of(design, target, np.ones(len(target)))
    centred = design[:, 1:] - design[:, 1:].mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    noise = np.sqrt(gram.loss(gram.constant()) / len(target))
    peer = Lasso(alpha=2 * noise / len(target), tol=1e-8).fit(centred / scale, target)
    assert gram.solve(Shrinkage("lasso", 2.0))[1:] == pytest.approx(peer.coef_ / scale, abs=1e-4)


def overlapping(seed: int) -> Gram:
    """300 rows of 240 columns: sums of ever more terms, like windows, and all of them once more, hardly different."""
    random = np.random.default_rng(seed)
    terms = random.normal(size=(300, 60))
    again = [one + 0.003 * random.normal(size=one.shape) for one in (terms, np.cumsum(terms, axis=1))]
    windows = np.hstack([terms, again[0], np.cumsum(terms, axis=1), again[1]])
    windows = (windows - windows.mean(axis=0)) / windows.std(axis=0)
    target = windows @ (0.5 * random.normal(size=240)) + 3 * random.normal(size=300)
    return Gram.of(np.column_stack([np.ones(300), windows]), target, np.ones(300))


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("seed", SLOW)
def test_lasso_gets_where_it_should_however_much_columns_overlap(seed):
    """There no column has more to say than the penalty."""
    gram, penalties = overlapping(seed), [5, 4, 3, 2, 1, 0.5]
    noise = np.sqrt(gram.loss(gram.constant()) / gram.rows)
    for penalty, coefficients in zip(penalties, gram.lasso(penalties), strict=True):
        left_to_say = (gram.vector - gram.matrix @ coefficients)[1:] / np.sqrt(300)
        assert np.abs(left_to_say).max() == pytest.approx(penalty * noise, rel=0.05)


def test_one_clear_slope_among_many_is_found_by_lasso():
    shrinkage, coefficients = chosen([1.0] + [0.0] * 60)
    assert shrinkage.kind == "lasso"
    assert np.argmax(np.abs(coefficients[1:])) == 0
    assert (coefficients[2:] == 0).mean() > 0.5


def test_many_small_slopes_are_found_by_ridge():
    kinds = [chosen(list(np.random.default_rng(seed).normal(0, 0.12, 60)), seed)[0].kind for seed in range(10)]
    assert kinds.count("ridge") >= 7


def test_where_nothing_differs_hardly_anything_is_left():
    sizes = [np.abs(chosen([0.0] * 20, seed)[1][1:]).max() for seed in range(20)]
    # a coefficient's standard error is 1 / √400
    assert np.median(sizes) < 0.5 / np.sqrt(400)
