"""Recommenders on a checkerboard whose right answers are known by eye, and their parts, metric and lists by hand."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from ml.models import recommendation
from ml.models.recommendation import CANDIDATES, FLOOR, chosen
from ml.models.recommendation.affinity import affinity
from ml.models.recommendation.chosen import COLD, Chosen, score_customers
from ml.models.recommendation.cold import NewGoods
from ml.models.recommendation.history import (
    LAPSED,
    NOVEL,
    PARTS,
    REPEAT,
    History,
    align_products,
    read_history,
    split_history,
    split_parts,
    take_customers,
)
from ml.models.recommendation.lists import Shelf, list_batch, sold_lately
from ml.models.recommendation.neighbours import cosine, find_neighbours
from ml.models.recommendation.places import Spread, fill_places
from ml.models.recommendation.ranking import NOTHING, Estimate, rank_products, recall
from ml.models.recommendation.rates import apply_rates, learn_rates
from ml.models.recommendation.scaled_als import solve
from ml.models.recommendation.similarity import similarities
from ml.models.recommendation.tournament import ALL, Result, choose_winner, compare, open_window
from ml.recommend import buyers_of

DAY = date(2017, 3, 1)
SIZE = 20
SHRUNK = ("jaccard", "pearson")
SETTINGS: dict[str, dict[str, Any]] = {
    FLOOR: {},
    "own_frequency": {},
    "decayed_neighbours": {
        "half_life_days": 30,
        "neighbours": 5,
        "neighbour_half_life_days": 30,
        "neighbour_weight": 0.5,
    },
    "ease": {"regularization": 1.0},
    "user_cosine": {"neighbours": 5},
    "item_cosine": {"neighbours": 5},
    "implicit_als": {"factors": 4, "regularization": 0.1, "alpha": 4, "iterations": 10, "seed": 7, "threads": 1},
    "truncated_svd": {"factors": 2},
    **{f"{kind}_{measure}": {"neighbours": 5, "shrinkage": 1.0} for kind in ("user", "item") for measure in SHRUNK},
    "scaled_als": {
        "factors": 4,
        "regularization": 0.01,
        "unobserved_weight": 0.1,
        "exponent": 1.0,
        "iterations": 8,
        "seed": 7,
    },
    "bpr": {"factors": 4, "learning_rate": 0.1, "regularization": 0.001, "iterations": 200, "seed": 7},
    "nmf": {"factors": 2, "seed": 7},
    "transitions": {"neighbours": 20, "prior_orders": 1.0},
    "session_transitions": {"prior_views": 1.0, "half_life_views": 3.0},
    "content": {
        "weights": [1.0, 1.0, 1.0],
        "min_products": 1,
        "visit_weight": 1.0,
        "query_weight": 1.0,
        "popularity_exponent": 0.0,
    },
    "attribute_popularity": {"prior_customers": 1.0},
    "ranker": {
        "members": {"ease": {"regularization": 1.0}, "user_cosine": {"neighbours": 5}},
        "window_days": 1,
        "depth": 20,
        "customers": 100,
        "rounds": 10,
        "num_leaves": 4,
        "learning_rate": 0.1,
        "min_data_in_leaf": 1,
        "seed": 7,
    },
}
INFORMED = {"content", "session_transitions", "attribute_popularity"}  # ask for more than purchases
IMPERSONAL = {FLOOR, "own_frequency"} | INFORMED
SEQUENTIAL = {"transitions"}  # knows only what follows, and on the checkerboard everybody bought everything at once


def bought(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """Rows of customer, product and days before DAY."""
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id", "age"])
    return frame.assign(order_date=[DAY - timedelta(days=age) for age in frame.pop("age")])


def history_of(rows: list[tuple[str, str, int]], customers: tuple[str, ...] = ()) -> History:
    return read_history(bought(rows), DAY, np.array(customers, dtype=str))


@pytest.fixture(scope="module")
def checkerboard() -> History:
    """Customer i bought every product of the same colour (i + j even) except product i: that is what to recommend."""
    squares = [(i, j) for i in range(SIZE) for j in range(SIZE) if (i + j) % 2 == 0 and i != j]
    return history_of([(f"c{i:02}", f"p{j:02}", 1 + i % 3) for i, j in squares])


def scores_on(candidate: str, history: History) -> np.ndarray:
    return recommendation.score(recommendation.fit(candidate, history, SETTINGS[candidate]), history)


def test_every_candidate_is_tested() -> None:
    assert set(SETTINGS) == set(CANDIDATES)


@pytest.mark.parametrize("candidate", sorted(set(CANDIDATES) - IMPERSONAL - SEQUENTIAL))
def test_the_missing_square_comes_first_among_products_never_bought(candidate: str, checkerboard: History) -> None:
    is_novel = split_parts(checkerboard, 30) == NOVEL
    first = rank_products(scores_on(candidate, checkerboard), is_novel, 1)[:, 0]
    assert first.tolist() == list(range(SIZE))


@pytest.mark.parametrize("candidate", sorted(set(CANDIDATES) - {FLOOR} - SEQUENTIAL - INFORMED))
def test_the_own_colour_comes_before_the_other(candidate: str, checkerboard: History) -> None:
    scores = scores_on(candidate, checkerboard)
    ranked = rank_products(scores, np.ones(scores.shape, bool), SIZE // 2 - 1)
    assert ((ranked - np.arange(SIZE)[:, None]) % 2 == 0).all()


@pytest.mark.parametrize("candidate", sorted(CANDIDATES))
def test_scores_are_finite_and_one_per_customer_and_product(candidate: str, checkerboard: History) -> None:
    scores = scores_on(candidate, checkerboard)
    assert scores.shape == checkerboard.shape
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("candidate", sorted(CANDIDATES))
def test_a_fit_gives_the_same_bytes_again_and_after_saving(
    candidate: str, checkerboard: History, tmp_path: Path
) -> None:
    first, second = (recommendation.fit(candidate, checkerboard, SETTINGS[candidate]) for _ in range(2))
    recommendation.save(first, tmp_path / "first")
    recommendation.save(second, tmp_path / "second")
    for file in ("recommender.npz", "recommender.json"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    loaded = recommendation.load(tmp_path / "first")
    assert (recommendation.score(loaded, checkerboard) == recommendation.score(first, checkerboard)).all()


def test_factors_do_not_depend_on_the_number_of_threads(checkerboard: History) -> None:
    one, two = (
        recommendation.fit("implicit_als", checkerboard, {**SETTINGS["implicit_als"], "threads": threads})
        for threads in (1, 2)
    )
    assert (one.state["product_factors"] == two.state["product_factors"]).all()


def test_a_file_with_pickled_objects_is_refused(checkerboard: History, tmp_path: Path) -> None:
    recommendation.save(recommendation.fit(FLOOR, checkerboard, {}), tmp_path)
    np.savez(tmp_path / "recommender.npz", products=np.array([{"a": 1}], dtype=object), reach=np.zeros(1))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        recommendation.load(tmp_path)


@pytest.mark.parametrize("candidate", sorted(CANDIDATES))
def test_a_customer_without_purchases_gets_what_is_popular(candidate: str) -> None:
    rows = [("a", "x", 1), ("b", "x", 1), ("c", "x", 2), ("a", "y", 1), ("b", "y", 3), ("a", "z", 1), ("d", "w", 1)]
    learned, history = history_of(rows), history_of(rows, customers=("new",))
    scores = recommendation.score(recommendation.fit(candidate, learned, SETTINGS[candidate]), history)
    new = history.customers.tolist().index("new")
    assert learned.products[np.argsort(-scores[new], kind="stable")[:2]].tolist() == ["x", "y"]


@pytest.mark.parametrize("candidate", sorted(CANDIDATES))
def test_one_customer_and_one_product_are_enough(candidate: str) -> None:
    history = history_of([("a", "x", 1)])
    assert scores_on(candidate, history).shape == (1, 1)


def test_popularity_is_the_same_for_everybody(checkerboard: History) -> None:
    scores = scores_on(FLOOR, checkerboard)
    assert (scores == scores[0]).all()


def test_cosine_of_two_raters() -> None:
    one, other = np.array([3, 4, 5, 2, 1, 4, 3, 2, 5, 3]), np.array([4, 5, 4, 3, 2, 4, 4, 3, 4, 4])
    by_hand = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
    assert cosine(one, other) == pytest.approx(by_hand)
    assert round(cosine(one, other), 3) == 0.970


def test_neighbours_are_the_most_similar_and_never_oneself() -> None:
    rows = [("a", "x", 1), ("a", "y", 1), ("b", "x", 1), ("b", "y", 1), ("c", "x", 1), ("d", "z", 1)]
    history = history_of(rows)
    nearest = find_neighbours(history, history.customers, history.log_days(), 2).toarray()
    assert np.diagonal(nearest).tolist() == [0.0] * 4
    assert np.flatnonzero(nearest[0]).tolist() == [1, 2]
    assert nearest[0] == pytest.approx([0, 1, 1 / np.sqrt(2), 0])
    assert np.flatnonzero(nearest[3]).tolist() == []


def test_somebody_new_may_have_anybody_as_neighbour() -> None:
    learned = history_of([("b", "x", 1), ("c", "y", 1)])
    asked = align_products(history_of([("a", "x", 1)]), learned.products)
    assert find_neighbours(asked, learned.customers, learned.log_days(), 1).toarray().tolist() == [[1.0, 0.0]]


def test_a_product_is_not_its_own_neighbour(checkerboard: History) -> None:
    state = recommendation.fit("item_cosine", checkerboard, {"neighbours": 30}).state
    product = np.repeat(np.arange(SIZE), np.diff(state["similarity.indptr"]))
    assert len(product)
    assert (product != state["similarity.indices"]).all()


@pytest.mark.parametrize("customers", [SIZE, SIZE // 2])
def test_ease_equals_the_closed_form_of_the_paper(customers: int, checkerboard: History) -> None:
    """From the products, and from the customers where they are fewer."""
    history = take_customers(checkerboard, np.arange(customers))
    profile = history.log_days().toarray().astype(float)
    inverse = np.linalg.inv(profile.T @ profile + 3.0 * np.eye(SIZE))
    weights = -inverse / np.diagonal(inverse)
    np.fill_diagonal(weights, 0)
    fitted = recommendation.fit("ease", history, {"regularization": 3.0})
    assert ("weights" in fitted.state) == (customers == SIZE)
    assert recommendation.score(fitted, history) == pytest.approx(profile @ weights, abs=1e-4)


def test_a_purchase_loses_half_its_weight_per_half_life() -> None:
    history = history_of([("a", "x", 30), ("a", "x", 60), ("a", "y", 1)])
    assert history.decayed_days(30).toarray()[0] == pytest.approx([1 / 2 + 1 / 4, 2 ** (-1 / 30)])


def test_lately_bought_comes_before_long_ago() -> None:
    scores = scores_on("decayed_neighbours", history_of([("a", "x", 50), ("a", "y", 2), ("b", "z", 1)]))
    assert scores[0, 1] > scores[0, 0] > scores[0, 2]


def test_history_refuses_the_future() -> None:
    rows = bought([("a", "x", 1), ("a", "x", 0)])
    with pytest.raises(ValueError, match="that day or later"):
        read_history(rows, DAY)


def test_history_does_not_depend_on_the_order_of_rows() -> None:
    rows = bought([("b", "x", 3), ("a", "y", 1), ("a", "x", 2), ("a", "x", 2), ("c", "z", 9)])
    one, other = read_history(rows, DAY), read_history(rows.iloc[::-1], DAY)
    assert all(np.array_equal(vars(one)[name], vars(other)[name]) for name in vars(one))
    assert one.purchase_days().sum() == 4


def test_identifiers_may_be_numbers() -> None:
    rows = pd.DataFrame({"customer_id": [10, 9], "product_id": [200, 30], "order_date": [date(2017, 2, 1)] * 2})
    history = read_history(rows, DAY)
    assert history.customers.tolist() == ["10", "9"]
    assert history.products[history.product].tolist() == ["200", "30"]


def test_products_that_are_not_known_fall_away() -> None:
    history = align_products(history_of([("a", "x", 1), ("a", "y", 2)]), np.array(["v", "y"]))
    assert history.purchase_days().toarray().tolist() == [[0.0, 1.0]]


def test_taking_some_customers_keeps_their_purchases(checkerboard: History) -> None:
    places = np.array([3, 11])
    taken = take_customers(checkerboard, places)
    assert (taken.purchase_days().toarray() == checkerboard.purchase_days().toarray()[places]).all()
    assert taken.customers.tolist() == ["c03", "c11"]


def test_a_customer_scores_the_same_alone_and_among_others(checkerboard: History) -> None:
    fitted = recommendation.fit("decayed_neighbours", checkerboard, SETTINGS["decayed_neighbours"])
    together = recommendation.score(fitted, checkerboard)[[7]]
    assert recommendation.score(fitted, take_customers(checkerboard, np.array([7]))) == pytest.approx(together)


def test_more_customers_than_wanted_are_spread_evenly(checkerboard: History) -> None:
    assert buyers_of(checkerboard, 3).customers.tolist() == ["c00", "c09", "c19"]
    assert len(buyers_of(checkerboard, SIZE).customers) == SIZE


def test_parts_are_disjoint_and_complete() -> None:
    history = history_of([("a", "x", 30), ("a", "y", 31), ("a", "y", 90), ("a", "z", 31), ("a", "z", 5)], ("b",))
    parts = split_parts(align_products(history, np.array(["w", "x", "y", "z"])), lapsed_after_days=30)
    assert parts.tolist() == [[NOVEL, REPEAT, LAPSED, REPEAT], [NOVEL] * 4]


def test_recall_of_more_relevant_products_than_places_can_reach_one() -> None:
    assert recall(np.array([[0, 1]]), np.array([[True, True, True]])).tolist() == [2 / 2]


def test_recall_counts_no_gap_as_a_hit() -> None:
    assert recall(np.array([[1, NOTHING]]), np.array([[True, False, True]])).tolist() == [0 / 2]


@given(arrays(np.float64, (3, 6), elements=st.floats(-5, 5)), st.integers(1, 8))
def test_ranking_is_by_score_without_repetition(scores: np.ndarray, length: int) -> None:
    for row, ranked in zip(scores, rank_products(scores, np.ones(scores.shape, bool), length), strict=True):
        known = ranked[ranked != NOTHING]
        assert len(set(known)) == len(known) == min(length, 6)
        assert sorted(row, reverse=True)[: len(known)] == row[known].tolist()


@given(arrays(np.float64, 40, elements=st.floats(0, 1)), arrays(np.bool_, 40))
def test_probabilities_rise_with_the_score(scores: np.ndarray, has_bought: np.ndarray) -> None:
    line = learn_rates(scores, has_bought)
    learned = apply_rates(line, np.linspace(-1, 2, 50))
    assert (np.diff(learned) >= 0).all()
    assert learned.min() >= 0
    assert learned.max() <= 1


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.01, value + 0.01, 0 if np.isnan(value) else 100)


def results_of(**values: float) -> dict[str, Result]:
    return {name: Result(name, {"novel": estimate(value)}, 0.5, {}) for name, value in values.items()}


@pytest.mark.parametrize(
    ("values", "incumbent", "winner"),
    [
        ({"popularity": 0.04, "ease": 0.05}, None, "ease"),
        ({"popularity": 0.04, "ease": 0.05, "user_cosine": 0.05}, "user_cosine", "user_cosine"),
        ({"popularity": 0.04, "ease": 0.05, "user_cosine": 0.045}, "user_cosine", "ease"),
        ({"popularity": 0.06, "ease": 0.05}, "ease", "popularity"),
        ({"popularity": 0.05, "ease": 0.05}, None, "popularity"),
        ({"popularity": 0.04, "ease": 0.05}, "a candidate of the past", "ease"),
        ({"popularity": np.nan, "ease": np.nan}, "ease", "ease"),
    ],
)
def test_a_winner_beats_the_floor_and_the_incumbent(
    values: dict[str, float], incumbent: str | None, winner: str
) -> None:
    assert choose_winner(results_of(**values), "novel", incumbent) == winner


def test_the_checkerboards_missing_squares_are_recalled(checkerboard: History) -> None:
    after = history_of([(f"c{i:02}", f"p{i:02}", 1) for i in range(SIZE)])
    window = open_window(checkerboard, after, lapsed_after_days=30)
    results = {result.candidate: result for result in compare(window, SETTINGS, length=1)}
    assert results["ease"].recall["novel"].value == 1.0
    assert results[FLOOR].recall["novel"].value < 0.5
    assert results["ease"].recall["repeat"].customers == 0
    assert results["ease"].recall[ALL].customers == SIZE


def test_newcomers_of_the_window_do_not_count(checkerboard: History) -> None:
    after = align_products(history_of([("stranger", "p00", 1), ("c05", "p05", 1)]), checkerboard.products)
    assert np.argwhere(open_window(checkerboard, after, 30).is_bought).tolist() == [[5, 5]]


ONE_KIND = Spread(np.zeros(SIZE, dtype=int))
NOTHING_NEW = NewGoods(np.zeros(0, dtype=str), np.zeros(0))


def test_parts_fill_their_places_and_leave_the_rest_to_the_best() -> None:
    ranked = np.array([[[7, 8, 9]], [[4, NOTHING, NOTHING]], [[1, 2, 3]]])
    rates = np.array([[[0.9, 0.8, 0.7]], [[0.3, 0.0, 0.0]], [[0.2, 0.1, 0.05]]])
    part, place = fill_places(ranked, rates, [1, 2, 1], ONE_KIND)
    assert part.tolist() == [[0, 0, 1, 2]]
    assert ranked[part, 0, place].tolist() == [[7, 8, 4, 1]]


POOL = arrays(np.float64, (2, 3, 8), elements=st.floats(0, 1))


@given(POOL, st.integers(1, 4), st.floats(0, 1))
def test_no_category_is_listed_more_often_than_its_cap(pool: np.ndarray, cap: int, diversity: float) -> None:
    """Two parts of 8 products each in 4 categories: with a cap of 2 and more, a list of 8 is full."""
    rates = -np.sort(-pool, axis=2)
    ranked = np.tile(np.arange(16).reshape(2, 1, 8), (1, 3, 1))
    spread = Spread(np.arange(16) % 4, cap, diversity)
    part, place = fill_places(ranked, rates, [5, 3], spread)
    for row in range(3):
        listed = [int(ranked[p, row, q]) for p, q in zip(part[row], place[row], strict=True) if p != NOTHING]
        assert len(set(listed)) == len(listed) == min(8, 4 * cap)
        assert np.bincount(spread.category[listed], minlength=4).max() <= cap
        listed_rates = [rates[one // 8, row, one % 8] for one in listed]
        assert listed_rates == sorted(listed_rates, reverse=True)


def test_diversity_prefers_another_category_to_a_little_more() -> None:
    ranked, rates = np.array([[[0, 1, 2]]]), np.array([[[0.5, 0.4, 0.3]]])
    spread = {diversity: Spread(np.array([0, 0, 1]), diversity=diversity) for diversity in (0.0, 0.5)}
    chosen_places = {one: fill_places(ranked, rates, [2], kind)[1].tolist() for one, kind in spread.items()}
    assert chosen_places == {0.0: [[0, 1]], 0.5: [[0, 2]]}


@pytest.fixture
def champion(checkerboard: History) -> Chosen:
    names = {"repeat": "own_frequency", "lapsed": "own_frequency", "novel": "user_cosine"}
    fitted = {name: recommendation.fit(name, checkerboard, SETTINGS[name]) for name in set(names.values())}
    lines = {part: np.array([[0.0, 2.0], [0.1, 0.9 - 0.3 * place]]) for place, part in enumerate([*PARTS, COLD])}
    return Chosen(fitted, names, lines, lapsed_after_days=30)


def test_lists_name_part_and_method_and_never_repeat_a_product(champion: Chosen, checkerboard: History) -> None:
    history = read_history(
        pd.DataFrame(
            {"customer_id": ["c00", "c00"], "product_id": ["p02", "p04"], "order_date": [date(2017, 2, 28)] * 2}
        ),
        DAY,
        np.array(["new"]),
    )
    aligned = align_products(history, champion.products)
    is_sold = sold_lately(checkerboard, 30)
    shelf = Shelf(is_sold, NOTHING_NEW, [3, 1, 2, 0], ONE_KIND)
    lists = list_batch(champion, aligned, score_customers(champion, aligned), shelf)
    own, new = lists[lists["customer_id"] == "c00"], lists[lists["customer_id"] == "new"]
    assert own["rank"].tolist() == new["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert own["product_id"].is_unique
    assert own.loc[own["part"] == "repeat", "product_id"].tolist() == ["p02", "p04"]
    assert set(own["part"]) == {"repeat", "novel"}
    assert own["score"].is_monotonic_decreasing
    assert set(new["method"]) == {FLOOR}
    assert set(new["part"]) == {"novel"}


def test_what_nobody_bought_lately_is_not_recommended(champion: Chosen, checkerboard: History) -> None:
    is_sold = np.ones(SIZE, bool)
    is_sold[4] = False
    scored = score_customers(champion, checkerboard)
    lists = list_batch(champion, checkerboard, scored, Shelf(is_sold, NOTHING_NEW, [8, 1, 8, 0], ONE_KIND))
    assert "p04" not in set(lists["product_id"])
    assert "p06" in set(lists["product_id"])


def test_a_champion_loads_as_it_was_saved(champion: Chosen, checkerboard: History, tmp_path: Path) -> None:
    chosen.save(champion, tmp_path)
    one, other = (score_customers(known, checkerboard) for known in (champion, chosen.load(tmp_path)))
    assert (one.probability == other.probability).all()
    assert (one.parts == other.parts).all()


PROBABILITIES = arrays(np.float64, (2, 5), elements=st.floats(0, 1))
SCOPES = arrays(np.int8, (5, 3), elements=st.integers(0, 1))


@given(PROBABILITIES, SCOPES)
def test_affinity_is_a_share(scores: np.ndarray, scope: np.ndarray) -> None:
    fits = affinity(scores, csr_matrix(scope))
    assert fits.shape == (2, 3)
    assert fits.min() >= 0
    assert fits.max() <= 1


@given(PROBABILITIES, SCOPES, st.integers(0, 4))
def test_affinity_rises_with_the_score_and_with_the_scope(scores: np.ndarray, scope: np.ndarray, product: int) -> None:
    fits = affinity(scores, csr_matrix(scope))
    keener, wider = scores.copy(), scope.copy()
    keener[:, product] = 1
    wider[product] = 1
    assert (affinity(keener, csr_matrix(scope)) >= fits - 1e-6).all()
    assert (affinity(scores, csr_matrix(wider)) >= fits - 1e-6).all()


def test_affinity_by_hand() -> None:
    scope = csr_matrix([[1, 0], [1, 0], [0, 0]])
    assert affinity(np.array([[0.5, 0.2, 0.9]]), scope) == pytest.approx(np.array([[1 - 0.5 * 0.8, 0.0]]))


def test_affinity_refuses_scores_that_are_no_probabilities() -> None:
    with pytest.raises(ValueError, match="probabilities"):
        affinity(np.array([[1.5]]), csr_matrix([[1]]))


def test_the_ranker_learns_from_the_window_before_the_last(checkerboard: History) -> None:
    """Members know nothing of the newest days, in which everybody buys the product that is bought least."""
    squares = [(f"c{i:02}", f"p{j:02}", 30 + (i + j) % 5) for i in range(SIZE) for j in range(SIZE) if (i + j) % 2 == 0]
    rare = [(f"c{i:02}", "rare", 2) for i in range(SIZE)] + [("c00", "rare", 40)]
    history = history_of([*squares, *rare])
    numbers = {**SETTINGS["ranker"], "members": {"own_frequency": {}, "popularity": {}}, "window_days": 7, "depth": 30}
    fitted = recommendation.fit("ranker", history, numbers)
    assert "booster" in fitted.state
    earlier, later = split_history(history, 7)
    assert set(history.products[later.product]) == {"rare"}
    assert earlier.age_days.min() == 30 - 7
    scores = recommendation.score(fitted, align_products(earlier, history.products))
    first = history.products[rank_products(scores, split_parts(earlier, 30) == NOVEL, 1)[:, 0]]
    assert (first[1:] == "rare").all()


@pytest.mark.parametrize("measure", ["cosine", "jaccard", "pearson"])
def test_similarity_of_rows_is_what_the_textbook_says(measure: str) -> None:
    random = np.random.default_rng(3)
    rows = random.poisson(0.7, (4, 12)).astype(float)
    found = similarities(csr_matrix(rows), csr_matrix(rows), measure)
    has = rows > 0
    by_hand = {
        "cosine": lambda a, b: rows[a] @ rows[b] / np.linalg.norm(rows[a]) / np.linalg.norm(rows[b]),
        "jaccard": lambda a, b: (has[a] & has[b]).sum() / (has[a] | has[b]).sum(),
        "pearson": lambda a, b: np.corrcoef(rows[a], rows[b])[0, 1],
    }[measure]
    assert found == pytest.approx(np.array([[by_hand(a, b) for b in range(4)] for a in range(4)]))


def test_shrinkage_halves_the_similarity_of_those_who_share_as_much_as_it_says() -> None:
    one, other = csr_matrix([[1.0, 2, 0]]), csr_matrix([[1.0, 2, 5]])
    assert similarities(one, other, "jaccard", shrinkage=2.0) == pytest.approx(2 / 3 / 2)


def test_what_follows_in_the_next_order_comes_first() -> None:
    rows = [(f"c{one}", product, age) for one in range(6) for product, age in (("tea", 9), ("cups", 5))]
    history = history_of([*rows, ("new", "tea", 2), ("new2", "cups", 2)])
    fitted = recommendation.fit("transitions", history, SETTINGS["transitions"])
    tea, cups = (history.products.tolist().index(name) for name in ("tea", "cups"))
    scores = recommendation.score(fitted, history)[history.customers.tolist().index("new")]
    assert scores[cups] > scores[tea]


def test_the_factors_of_a_row_solve_its_ridge_regression() -> None:
    random = np.random.default_rng(1)
    others, weights = random.normal(size=(5, 2)), np.array([[2.0, 0, 1, 0, 0]])
    penalty = 0.3 * (2 + 0.1 * 5) ** 1.0
    rated = np.append(np.full(5, 0.1), [2.0, 1.0])
    rows = np.vstack([others, others[[0, 2]]])
    aims = np.append(np.zeros(5), np.ones(2))
    by_hand = np.linalg.solve(rows.T @ (rated[:, None] * rows) + penalty * np.eye(2), rows.T @ (rated * aims))
    assert solve(csr_matrix(weights), others, 0.3, 0.1, 1.0)[0] == pytest.approx(by_hand)
