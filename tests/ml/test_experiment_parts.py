"""Parts of a test's evaluation by themselves: columns of any type, what is said by arm, who gets what, the page."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import experiment
from ml.experimenting.columns import as_features, as_frame
from ml.experimenting.page import describe
from ml.experimenting.policy import policy_for, spent, within_budget
from ml.experimenting.question import parse_per_arm
from ml.experimenting.ranking import row_effects
from ml.reporting.page import render
from warehouse.errors import BadInput

amounts = st.floats(-5, 5).map(lambda number: round(number, 2))
people = st.lists(st.tuples(amounts, amounts, st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=5)


def tables(rows: list[tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Value and cost of two arms beside nothing; the value is net of the cost."""
    gain, cost = np.array([row[:2] for row in rows]), np.array([row[2:] for row in rows])
    nothing = np.zeros((len(rows), 1))
    return np.hstack([nothing, gain - cost]), np.hstack([nothing, cost])


@given(people, st.floats(0, 8))
def test_a_budget_is_never_exceeded_and_nobody_is_treated_at_a_loss(rows: list, budget: float) -> None:
    value, cost = tables(rows)
    arms = within_budget(value, cost, budget)
    assert spent(arms, cost) <= budget + 1e-9
    assert (value[np.arange(len(rows)), arms] >= 0).all()


@given(people)
def test_without_a_limit_everybody_gets_the_best(rows: list) -> None:
    value, cost = tables(rows)
    arms = within_budget(value, cost, None)
    assert value[np.arange(len(rows)), arms] == pytest.approx(value.max(axis=1))


@given(people, st.floats(0, 8))
def test_a_budget_is_used_as_well_as_anybody_could_but_for_the_last_row(rows: list, budget: float) -> None:
    """Against every assignment there is; what is lost is at most what one row could bring."""
    value, cost = tables(rows)
    every = [np.array(arms) for arms in product(range(3), repeat=len(rows))]
    at = np.arange(len(rows))
    best = max(value[at, arms].sum() for arms in every if spent(arms, cost) <= budget)
    found = value[at, within_budget(value, cost, budget)].sum()
    assert best - max(value.max(), 0) - 1e-6 <= found <= best + 1e-6


def test_equal_rows_are_drawn_by_lot_and_not_by_their_place_in_the_file() -> None:
    value, cost = np.tile([0.0, 1.0], (1000, 1)), np.tile([0.0, 1.0], (1000, 1))
    arms = within_budget(value, cost, 500)
    assert arms.sum() == 500
    assert 200 < arms[:500].sum() < 300


def test_each_fold_has_its_share_of_the_budget() -> None:
    value, cost = np.tile([0.0, 1.0], (100, 1)), np.tile([0.0, 1.0], (100, 1))
    fold = np.repeat([0, 1], [80, 20])
    arms = policy_for(cost, 50, fold)(value)
    assert (arms[fold == 0].sum(), arms[fold == 1].sum()) == (40, 10)


def test_columns_of_every_type_become_numbers_or_words() -> None:
    frame = pd.DataFrame(
        {
            "flag": [True, False],
            "big": [2**60, 1],
            "endless": [np.inf, 1.0],
            "day": [pd.Timestamp("1970-01-02").date(), None],
            "zoned": pd.to_datetime(["1970-01-02", "1970-01-03"]).tz_localize("Europe/Brussels"),
            "long": pd.to_timedelta([36, None], "h"),
            "kind": pd.Categorical(["a", None]),
            "mixed": ["1", 2],
            "nullable": pd.array([1, None], dtype="Int64"),
        }
    )
    made = as_features(frame)
    assert made["flag"].tolist() == [1, 0]
    assert made["endless"].isna().tolist() == [True, False]
    assert made["day"].tolist() == [1, pytest.approx(np.nan, nan_ok=True)]
    assert made["zoned"].tolist() == pytest.approx([1 - 1 / 24, 2 - 1 / 24])
    assert made["long"].iloc[0] == 1.5
    assert made["kind"].tolist() == ["a", None]
    assert made["mixed"].tolist() == ["1", "2"]
    assert made["nullable"].isna().tolist() == [False, True]


def test_frames_of_others_are_taken_and_what_is_none_is_refused() -> None:
    import pyarrow as pa

    assert as_frame(pa.table({"a": [1]})).columns.tolist() == ["a"]
    with pytest.raises(BadInput, match="not list"):
        as_frame([1])
    with pytest.raises(BadInput, match="two columns are called a"):
        as_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_what_is_typed_by_arm() -> None:
    assert parse_per_arm(None) is None
    assert parse_per_arm("a=0.2,b = chance") == {"a": 0.2, "b": "chance"}


def three_arms(size: int = 900) -> pd.DataFrame:
    random = np.random.default_rng(11)
    chance = np.where(random.random(size) < 0.5, 0.2, 0.5)
    draw = random.random(size)
    arm = np.where(draw < chance, "one", np.where(draw < chance + 0.2, "two", "0"))
    frame = pd.DataFrame({"arm": arm, "p one": chance, "p two": 0.2, "level": chance * 10})
    return frame.assign(gain=frame["level"] + random.normal(0, 1, size) + 2.0 * (arm == "one"))


FEW = ("none", "uniform", "t_learner_linear")


def test_chances_of_each_arm_may_differ_between_rows() -> None:
    said = {"probability": {"one": "p one", "two": "p two"}, "candidates": FEW, "ignore": ("level",)}
    finding = experiment.evaluate(three_arms(), "arm", "gain", **said)
    for effect, truth in zip(finding.effects, (2, 0), strict=True):
        assert abs(effect.effect.value - truth) < (effect.effect.high - effect.effect.low)  # four standard errors
        assert effect.method == "doubly robust, chances known"
    assert finding.is_sound
    assert finding.rows["assigned"].value_counts(normalize=True)["one"] > 0.9
    with pytest.raises(BadInput, match="the chance of arm two is not said"):
        experiment.evaluate(three_arms(), "arm", "gain", probability={"one": "p one"})
    with pytest.raises(BadInput, match="say the chance of each"):
        experiment.evaluate(three_arms(), "arm", "gain", probability=0.5)


def test_names_from_the_file_cannot_act_on_the_page() -> None:
    hostile = "<script>alert(1)</script>"
    frame = three_arms(300).rename(columns={"gain": hostile}).replace({"arm": {"two": "</script>"}})
    page = render(describe(experiment.evaluate(frame, "arm", hostile, candidates=FEW), "a file"))
    assert hostile not in page
    assert "alert(1)" in page
    assert "Observational" not in page


def test_an_observational_page_says_so_at_every_figure() -> None:
    finding = experiment.evaluate(three_arms(300), "arm", "gain", candidates=FEW, observational=True)
    page = render(describe(finding, "a file"))
    assert page.count("bservational") > 6
    assert "Promolift · observational study" in page


def test_effects_per_row_do_not_turn_a_ranking_round() -> None:
    ranking, against = np.array([-1.0, 1, -1, 1]), np.array([2.0, 0, 2, 0])
    assert row_effects(ranking, against, np.arange(4), 0.95)[:, 0].tolist() == [1, 1, 1, 1]
