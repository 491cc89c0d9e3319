"""Uplift metrics against closed forms, properties, scikit-uplift where it defines the same, and their twin in SQL."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklift import metrics as sklift

from ml.learning import uplift_metrics
from ml.learning.uplift_metrics import (
    HeldOut,
    area_over_random,
    auuc,
    average_effect,
    calibrate,
    cost_curve,
    effect_scores,
    perfect_area,
    qini,
    qini_curve,
    uplift_at,
    uplift_curve,
    with_intervals,
)
from warehouse import connection
from warehouse.errors import BadInput

SQL = Path(uplift_metrics.__file__).with_name("uplift_metrics.sql")
BUYS, IGNORES, AVOIDS = (1, 0), (0, 0), (0, 1)  # outcome when treated, outcome when not


def everybody_both_ways(people: list[tuple[int, int]], score: list[float]) -> HeldOut:
    """Every person once treated and once not, so that no number depends on luck."""
    rows = [
        (s, arm, treated if arm else control)
        for (treated, control), s in zip(people, score, strict=True)
        for arm in (1, 0)
    ]
    return HeldOut.of(*zip(*rows, strict=True))


def drawn(seed: int = 1, size: int = 2000, kind: str = "binary", varying: bool = True) -> HeldOut:
    random = np.random.default_rng(seed)
    feature = random.normal(size=size)
    probability = np.clip(0.5 + 0.2 * feature, 0.15, 0.85) if varying else np.full(size, 0.4)
    treated = random.random(size) < probability
    chance = np.clip(0.3 + 0.1 * feature * treated, 0.01, 0.99)
    outcome = (random.random(size) < chance).astype(float)
    if kind == "amount":
        outcome *= random.gamma(2.0, 20.0, size)
    return HeldOut.of(feature + random.normal(size=size), treated, outcome, probability)


def test_a_ranking_that_knows_everybody_reaches_one() -> None:
    people = [BUYS] * 3 + [IGNORES] * 5 + [AVOIDS] * 2
    knows = everybody_both_ways(people, [1.0] * 3 + [0.0] * 5 + [-1.0] * 2)
    assert qini(knows) == pytest.approx(1)
    assert auuc(knows) == pytest.approx(1)
    assert area_over_random(uplift_curve(knows)) == pytest.approx((0.3 * 0.7 + 0.2 * 0.8) / 2)


def test_the_reverse_of_perfect_is_minus_one_and_one_tie_is_nothing() -> None:
    people = [BUYS] * 3 + [IGNORES] * 5 + [AVOIDS] * 2
    wrong = everybody_both_ways(people, [-1.0] * 3 + [0.0] * 5 + [1.0] * 2)
    assert (qini(wrong), auuc(wrong)) == pytest.approx((-1, -1))
    same = wrong.ranked_by(np.zeros(20))
    assert (qini(same), auuc(same)) == (0, 0)


def test_random_scores_are_nought_on_average() -> None:
    rows = drawn(size=4000)
    random = np.random.default_rng(0)
    found = [[qini(ranked), auuc(ranked)] for ranked in (rows.ranked_by(random.random(4000)) for _ in range(200))]
    assert np.abs(np.mean(found, axis=0)).max() < 4 * np.std(found) / np.sqrt(200)


def test_curve_of_a_binary_test_by_hand() -> None:
    rows = HeldOut.of([3, 3, 2, 2, 1, 1], [1, 0, 1, 0, 1, 0], [1, 0, 1, 1, 0, 0])
    assert uplift_curve(rows).gained.tolist() == pytest.approx([0, 1 / 3 * 1, 2 / 3 * 1 / 2, 1 / 3])
    assert qini_curve(rows).gained.tolist() == pytest.approx([0, 1 / 3, (2 - 1 * 2 / 2) / 3, (2 - 1) / 3])
    assert perfect_area(rows) == pytest.approx((2 / 3 * 1 / 3 + 1 / 3 * 2 / 3) / 2)


def test_weights_undo_unequal_chances() -> None:
    """Those who like the treatment got it nine times in ten; the plain difference of means would be 0.42."""
    liked = [(1.0, 1, 1)] * 9 + [(1.0, 0, 0)]
    disliked = [(0.0, 1, 0)] + [(0.0, 0, 0)] * 9
    probability = [0.9] * 10 + [0.1] * 10
    rows = HeldOut.of(*zip(*(liked + disliked), strict=True), probability)
    assert average_effect(rows) == pytest.approx(0.5)
    assert uplift_curve(rows).gained.tolist() == pytest.approx([0, 0.5, 0.5])
    assert qini(rows) == pytest.approx(1)


def test_ties_are_averaged_whatever_the_order_of_rows() -> None:
    rows = drawn(size=500)
    tied = rows.ranked_by(np.round(rows.score))
    order = np.random.default_rng(2).permutation(500)
    columns = ("score", "treated", "outcome", "probability")
    shuffled = HeldOut.of(*(getattr(tied, column)[order] for column in columns))
    for metric in (qini, auuc, lambda one: uplift_at(one, 0.37)):
        assert metric(shuffled) == pytest.approx(metric(tied), abs=1e-12)


def test_a_tie_block_is_the_mean_of_its_orders_in_a_balanced_block() -> None:
    """Within the block the treated and the control pair off, so every order of pairs ends and averages on the line."""
    line = uplift_curve(HeldOut.of([0] * 4, [1, 0, 1, 0], [1, 0, 0, 0]))
    assert np.interp(0.5, line.share, line.gained) == pytest.approx(np.mean([0.5, 0.0]))


@given(st.floats(-1e3, 1e3), st.floats(0.1, 50))
def test_only_the_order_of_scores_and_not_the_level_of_outcomes_matters(shift: float, factor: float) -> None:
    """Groups of scores, for a start in which an arm lacks counts that arm as 0, as scikit-uplift does."""
    rows = drawn(size=200, kind="amount")
    rows = rows.ranked_by(np.clip(np.round(rows.score), -1, 1))
    moved = HeldOut.of(np.exp(rows.score), rows.treated, rows.outcome * factor + shift, rows.probability)
    assert qini(moved) == pytest.approx(qini(rows), abs=1e-6)
    assert auuc(moved) == pytest.approx(auuc(rows), abs=1e-6)


@given(
    st.lists(st.tuples(st.sampled_from([BUYS, IGNORES, AVOIDS, (1, 1)]), st.integers(0, 3)), min_size=2, max_size=30)
)
def test_no_ranking_of_people_is_better_than_perfect(people: list[tuple[tuple[int, int], int]]) -> None:
    rows = everybody_both_ways([kind for kind, _ in people], [float(score) for _, score in people])
    perfect = perfect_area(rows)
    assert abs(area_over_random(qini_curve(rows))) <= perfect + 1e-9
    assert abs(area_over_random(uplift_curve(rows))) <= perfect + 1e-9


def test_an_outcome_that_never_varies_has_no_qini() -> None:
    rows = HeldOut.of([1, 2, 3, 4], [1, 0, 1, 0], [7, 7, 7, 7])
    assert np.isnan(qini(rows))
    assert average_effect(rows) == 0


def test_agrees_with_scikit_uplift_where_the_definitions_agree() -> None:
    rows = drawn(size=3000, varying=False)
    outcome, treated = rows.outcome.astype(int), rows.treated.astype(int)
    assert qini(rows, in_hindsight=True) == pytest.approx(sklift.qini_auc_score(outcome, rows.score, treated))
    share, gained = sklift.uplift_curve(outcome, rows.score, treated)
    assert uplift_curve(rows).gained == pytest.approx(gained / 3000)
    assert uplift_curve(rows).share == pytest.approx(share / 3000)
    expected = sklift.uplift_at_k(outcome, rows.score, treated, strategy="overall", k=0.3)
    assert uplift_at(rows, 0.3) == pytest.approx(expected)


def test_a_perfect_model_is_not_perfect_to_scikit_uplift() -> None:
    """Why ours is another normalisation: theirs gives a model that knows everybody two thirds."""
    knows = everybody_both_ways([BUYS, IGNORES], [1.0, 0.0])
    theirs = sklift.qini_auc_score(knows.outcome.astype(int), knows.score, knows.treated.astype(int))
    assert theirs == pytest.approx(2 / 3)
    assert qini(knows) == 1


def test_uplift_at_takes_the_part_of_a_tie_that_fits() -> None:
    rows = HeldOut.of([2, 2, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 0, 0])
    assert uplift_at(rows, 1 / 3) == 1
    assert uplift_at(rows, 2 / 3) == pytest.approx((1 + 0.5 * 1) / (1 + 0.5 * 2))
    assert uplift_at(rows, 1.0) == pytest.approx(2 / 3)


def test_cost_curve_of_cheap_and_dear_treatments() -> None:
    """Both give 1; the cheap costs 1 and the dear 3: the cheap first leaves 3/4 of the cost for the second half."""
    rows = HeldOut.of([1, 1, 1 / 3, 1 / 3], [1, 0, 1, 0], [1, 0, 1, 0], cost=[1, 0, 3, 0])
    curve = cost_curve(rows)
    assert curve.cost.tolist() == [0, 0.5, 2]
    assert curve.gained.tolist() == [0, 0.5, 1]
    assert curve.area == pytest.approx(1 / 4 * 1 / 4 + 3 / 4 * 3 / 4)
    assert cost_curve(rows.ranked_by(-rows.score)).area == pytest.approx(1 - curve.area)


def test_cost_curve_without_gain_has_no_normalised_area() -> None:
    rows = HeldOut.of([1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], cost=[1, 0, 1, 0])
    assert np.isnan(cost_curve(rows).area)
    assert cost_curve(rows).area_over_random == pytest.approx(-0.5 * 0.5 / 2 - 0.5 * 0.5 + 0.5 / 2)


def test_right_effects_are_calibrated_and_doubled_ones_have_half_the_slope() -> None:
    random = np.random.default_rng(3)
    effect = random.normal(1, 1, 40_000)
    treated = random.random(40_000) < 0.3
    rows = HeldOut.of(effect, treated, random.normal(size=40_000) + effect * treated, 0.3)
    right, doubled = calibrate(rows), calibrate(rows.ranked_by(2 * effect))
    assert right.slope.low < 1 < right.slope.high
    assert doubled.slope.value == pytest.approx(right.slope.value / 2)
    assert right.error < 0.05
    assert doubled.error == pytest.approx(np.sqrt(2), abs=0.1)  # root mean square of the effect itself
    assert all(one.low < one.predicted < one.high for one in right.bins[2:8])


def test_the_error_of_right_effects_is_not_the_noise_of_the_bins() -> None:
    """Absolute distances would average the noise; 200 small tests of a constant effect."""
    random = np.random.default_rng(4)
    squares = []
    for _ in range(200):
        treated = random.random(400) < 0.5
        rows = HeldOut.of(1 + 1e-9 * random.random(400), treated, random.normal(size=400) + treated, 0.5)
        squares.append(calibrate(rows, bins=5).error)
    assert np.median(squares) < 0.12  # one bin's standard error is 0.22


def test_effect_scores_are_unbiased_under_unequal_chances_whatever_the_prediction() -> None:
    random = np.random.default_rng(5)
    feature = random.random(200_000)
    probability = 0.1 + 0.8 * feature
    treated = random.random(200_000) < probability
    rows = HeldOut.of(feature, treated, 3 * feature + treated * feature, probability)
    for guess in (None, 100.0, feature * 7):
        assert effect_scores(rows, guess, guess).mean() == pytest.approx(0.5, abs=0.02 if guess is None else 2.5)


@pytest.mark.parametrize("kind", ["binary", "amount"])
def test_intervals_hold_the_value_and_repeat_with_their_seed(kind: str) -> None:
    rows = drawn(size=1500, kind=kind)
    first, again = with_intervals(rows, 100, seed=7), with_intervals(rows, 100, seed=7)
    assert first == again
    assert all(one.low < one.value < one.high for one in first.values())


def test_intervals_cover_the_truth() -> None:
    """Qini of one score in 150 draws of a world; the truth is the mean of large draws."""
    truth = np.mean([qini(drawn(seed, 40_000, varying=False)) for seed in range(900, 905)])
    found = [with_intervals(drawn(seed, 800, varying=False), 150, seed)["qini"] for seed in range(150)]
    assert np.mean([one.low <= truth <= one.high for one in found]) > 0.9


def test_rows_of_one_unit_are_drawn_together() -> None:
    rows = drawn(size=800)
    columns = (rows.score, rows.treated, rows.outcome, rows.probability)
    repeated = [np.tile(column, 4) for column in columns]
    alone = with_intervals(HeldOut.of(*columns), 200)["qini"]
    together = with_intervals(HeldOut.of(*repeated, unit=np.tile(np.arange(800), 4)), 200)["qini"]
    apart = with_intervals(HeldOut.of(*repeated), 200)["qini"]
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.05)
    assert apart.high - apart.low < 0.7 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("kind", "is_rounded", "varying"), list(product(["binary", "amount"], [True, False], [True, False]))
)
def test_sql_gives_the_same_numbers(kind: str, is_rounded: bool, varying: bool) -> None:
    rows = drawn(seed=9, size=3000, kind=kind, varying=varying)
    rows = rows.ranked_by(np.round(rows.score, 1)) if is_rounded else rows
    table = pd.DataFrame({name: getattr(rows, name) for name in ("score", "treated", "outcome", "probability")})
    with connection.in_memory() as database:
        database.register("judged", table)
        database.execute("create temp table test_rows as from judged")
        database.execute(SQL.read_text())
        found = database.sql("from uplift_metrics('test_rows', 0.3)").fetchone()
    assert found == pytest.approx((qini(rows), auuc(rows), uplift_at(rows, 0.3), average_effect(rows)), abs=1e-9)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([1, 2], [1, 1], [0, 1]), "treated and rows that were not"),
        (([1, np.nan], [1, 0], [0, 1]), "score has 1 missing"),
        (([1, 2], [1, 0], [0, 1, 2]), "outcome has 3 values for 2 rows"),
        (([1, 2], [1, 0], [0, 1], [0.5, 1.0]), "between 0 and 1"),
    ],
)
def test_rows_that_cannot_be_judged_are_refused(columns: tuple, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        HeldOut.of(*columns)
