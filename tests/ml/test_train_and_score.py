"""Train and score over a small warehouse whose shoppers' habits are known."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml import parameters
from ml.learning import registry
from ml.learning.families import FAMILIES, by_name
from ml.learning.panel import WHOLE, parts_to_score, read_panel, read_scoring
from ml.score import score_family
from ml.train import read_recipes, train_family
from tests.ml import learnable
from warehouse import tables
from warehouse.connection import writing

WEEKS, CUSTOMERS = 20, 250
DAY = learnable.FIRST + timedelta(days=7 * WEEKS)
OFFERS = ("o1", "o2", "o3")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """Panel weeks and the day itself for two families; nothing for the others."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path_factory.mktemp("shop")))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        customers = learnable.frame_of(WEEKS + 1, CUSTOMERS)
        write("features.customers", customers.drop(columns="outcome").rename(columns={"orders": "orders_last_28_days"}))
        write("features.purchase_labels", labels(customers, "has_purchased", 7))
        offers = customers.merge(pd.DataFrame({"offer_id": OFFERS}), how="cross")
        rare = offers["outcome"].astype(bool) & (offers["offer_id"] == "o1") & (offers["orders"] > 3)
        offers = offers.assign(outcome=rare.astype(float), face_value=1.0, is_exposed=rare)
        write("features.customer_offers", offers.drop(columns=["outcome", "days_since", "word"]))
        write("features.offer_redemption_labels", labels(offers, "has_redeemed", 28, ("offer_id",)))
        yield


def labels(frame: pd.DataFrame, outcome: str, horizon: int, subject: tuple[str, ...] = ()) -> pd.DataFrame:
    panel = frame[frame["day"] + timedelta(days=horizon) <= DAY]
    closed = [day + timedelta(days=horizon) for day in panel["day"]]
    named = panel[["day", "customer_id", *subject]]
    return named.assign(**{outcome: panel["outcome"].astype(bool), "label_closed_on": closed})


def write(table: str, frame: pd.DataFrame) -> None:
    with writing() as connection:
        connection.register("frame", frame)
        connection.execute(f"create table {table} as select * replace (day::date as day) from frame")


def test_every_candidate_of_the_parameters_has_a_recipe():
    for family in FAMILIES:
        assert set(parameters.load().train.candidates) <= set(read_recipes(family))


def test_signs_and_exclusions_do_not_contradict_each_other():
    for family in FAMILIES:
        assert not {*family.rising} & {*family.falling}
        assert not {*family.excluded} & {*family.signs(), *family.rule}


def test_panel_holds_closed_labels_alone_and_no_key_as_feature(warehouse):
    early = DAY - timedelta(days=21)
    panel = read_panel(by_name("purchase"), early, most=10**6)
    assert max(panel.days) + timedelta(days=7) <= early
    assert set(panel.features) == {"orders_last_28_days", "days_since", "word", "noise"}


def test_what_means_something_else_on_panel_days_is_no_feature(warehouse):
    panel = read_panel(by_name("redemption_offer"), DAY, most=10**6)
    assert "is_exposed" not in panel.features
    assert {"face_value", "customer_orders_last_28_days"} <= set(panel.features)


def test_a_sample_keeps_rare_outcomes_and_weighs_back(warehouse):
    family = by_name("redemption_offer")
    whole, sample = (read_panel(family, DAY, most) for most in (10**6, 4000))
    assert len(sample) == pytest.approx(4000, rel=0.1)
    assert sample.positives == whole.positives
    assert sample.weight.sum() == pytest.approx(len(whole), rel=0.05)


def test_scoring_rows_come_from_the_same_columns(warehouse):
    for name in ("purchase", "redemption_offer"):
        panel, today = read_panel(by_name(name), DAY, 10**6), read_scoring(by_name(name), DAY)
        assert list(panel.features) == list(today.features)
        assert today.days == [DAY]


def test_parts_of_the_customers_are_together_everybody_once(warehouse):
    family = by_name("redemption_offer")
    whole = read_scoring(family, DAY)
    parts = parts_to_score(family, DAY, most=len(whole) // 3)
    assert 3 <= len(parts) <= 4
    found = [read_scoring(family, DAY, part) for part in parts]
    assert all(0 < len(one) < 0.6 * len(whole) for one in found)
    together = pd.concat([one.keys.astype(str) for one in found]).sort_values(["customer_id", "subject_id"])
    assert together.reset_index(drop=True).equals(whole.keys.astype(str))
    assert parts_to_score(family, DAY) == [WHOLE]


def test_a_family_without_features_is_not_available(warehouse, capsys):
    train_family(by_name("redemption_campaign"), DAY)
    assert "not available" in capsys.readouterr().out
    assert score_family(by_name("redemption_campaign"), DAY) == 0


@pytest.mark.integration
@pytest.mark.parametrize("name", ["purchase", "redemption_offer"])
def test_a_trained_family_scores_everybody_alike_twice_and_in_parts(warehouse, name, monkeypatch):
    family = by_name(name)
    train_family(family, DAY)
    champion = registry.champion_for(name, DAY)
    first = registry.as_row(champion)
    score_family(family, DAY)
    scores = read_scores(name)
    train_family(family, DAY)
    score_family(family, DAY)
    assert registry.as_row(registry.champion_for(name, DAY)) == first
    assert read_scores(name).equals(scores)
    monkeypatch.setattr("ml.score.parts_to_score", lambda *_: [(0, 3), (1, 3), (2, 3)])
    score_family(family, DAY)
    assert read_scores(name).equals(scores)
    assert champion.metric_value > champion.floor_value
    subjects = OFFERS if name == "redemption_offer" else ("",)
    assert len(scores) == CUSTOMERS * len(subjects)
    assert scores["score"].between(0, 1, inclusive="neither").all()
    assert set(scores["model_version"]) == {champion.version}
    assert registry.champion_for(name, DAY - timedelta(days=1)) is None


@pytest.mark.integration
def test_scores_say_who_buys_and_how_often(warehouse):
    train_family(by_name("purchase"), DAY)
    score_family(by_name("purchase"), DAY)
    scores = read_scores("purchase").set_index("customer_id")["score"]
    today = learnable.frame_of(WEEKS + 1, CUSTOMERS).query("day == @DAY").set_index("customer_id")
    assert np.corrcoef(scores.loc[today.index], today["orders"])[0, 1] > 0.7
    assert scores.mean() == pytest.approx(today["outcome"].mean(), abs=0.1)


def read_scores(family: str) -> pd.DataFrame:
    sql = "select * from ml.scores where family = $family order by customer_id, subject_id"
    return tables.read(sql, {"family": family}).to_pandas()


def test_another_parameter_file_can_be_named(tmp_path, monkeypatch):
    file = tmp_path / "params.yml"
    file.write_text("train: {seed: {value: 1, unit: integer, reason: a test}}")
    monkeypatch.setenv("PROMOLIFT_PARAMS", str(file))
    assert parameters.load().train.seed == 1
