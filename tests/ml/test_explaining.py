"""What a registered champion of effects says of pairs of a day, read from its files and the feature tables."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import explain
from ml.deciding.explaining import explain_nothing, explainer_of, response_explainer_of
from ml.effects import EFFECTS
from ml.learning import registry
from ml.learning.calibration import Calibrator
from ml.learning.encoding import Encoding
from ml.learning.families import OFFER_EFFECT
from ml.learning.registry import Version
from ml.models.contract import Recipe
from ml.models.linear import Linear
from ml.models.predictor import Predictor
from ml.models.uplift import catalogue
from ml.models.uplift.bins import EffectBins
from ml.models.uplift.model import UpliftModel
from ml.models.uplift.trial import Trial
from tests.ml.uplift.worlds import recipe
from warehouse import tables
from warehouse.connection import writing

DAY = date(2024, 5, 1)
EARLIER = date(2024, 4, 24)
CUSTOMERS = 400
FEATURES = f"""
    create schema if not exists features;
    create table features.customers as
    select date '{DAY}' as day, 'c' || number as customer_id, number % 20 as orders_last_90_days
    from range({CUSTOMERS}) as people(number);
    create table features.customer_offers as
    select date '{DAY}' as day, 'c' || number as customer_id, offer_id, 'spring' as campaign_id, depth_rate,
        'coupon' as offer_type
    from range({CUSTOMERS}) as people(number)
    cross join (values ('o1', 0.1), ('o2', 0.3)) as offers(offer_id, depth_rate);
"""


def learn() -> UpliftModel:
    """Whoever orders often spends more with an offer, and more so with a deep one."""
    random = np.random.default_rng(1)
    seen = pd.DataFrame(
        {"depth_rate": random.choice([0.1, 0.3], 3000), "offer_type": pd.Categorical(["coupon"] * 3000)}
    )
    seen["customer_orders_last_90_days"] = random.integers(0, 20, 3000).astype(float)
    treated = random.random(3000) < 0.5
    effect = 0.2 * (seen["customer_orders_last_90_days"] - 10) + 2 * (seen["depth_rate"] - 0.2)
    trial = Trial.of(seen, treated, treated * effect + random.normal(size=3000), probability=0.5)
    learner = catalogue.make(recipe("r_learner_linear")).fit(trial)
    scores = np.where(treated, 2.0, -2.0) * trial.outcome
    bins = EffectBins.fit(learner.effect(seen), scores, np.arange(3000), count=4)
    return UpliftModel({"margin": learner}, "margin", bins)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UpliftModel:
    monkeypatch.setenv("PROMOLIFT_DATA", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with writing() as connection:
        connection.execute(FEATURES)
    model = learn()
    registry.register([champion(OFFER_EFFECT, DAY)], lambda folder: model.save(folder / EFFECTS))
    registry.register([champion("redemption_offer", EARLIER)], respond().save)
    return model


def champion(family: str, day: date) -> Version:
    return Version(
        family=family, version="one", data_cut=day, role="champion", candidate="by hand", parameters={},
        metric="policy_value", metric_value=1.0, floor_value=0.0, validation_from=None, validation_until=None,
        train_rows=3000, card={},
    )  # fmt: skip


def respond() -> Predictor:
    """Whoever orders often uses more offers, and the depth says nothing."""
    random = np.random.default_rng(2)
    seen = pd.DataFrame(
        {"depth_rate": random.choice([0.1, 0.3], 3000), "customer_orders_last_90_days": random.integers(0, 20, 3000)}
    )
    used = random.random(3000) < seen["customer_orders_last_90_days"] / 40
    encoding = Encoding.fit(seen)
    learned = Linear(Recipe("logistic_regression", {"C": 0.01})).fit(encoding.apply(seen), used.to_numpy(dtype=float))
    return Predictor(encoding, learned, Calibrator("none", (0.0,), (0.0,), 1.0))


def test_pairs_are_told_in_their_own_order_by_the_champions_contributions(shop: UpliftModel) -> None:
    pairs = pd.DataFrame({"customer_id": ["c19", "c3", "c19"], "offer_id": ["o2", "o1", "o1"]})
    told = explainer_of(DAY, "USD")(pairs)
    features = pd.DataFrame(
        {"depth_rate": [0.3, 0.1, 0.1], "offer_type": "coupon", "customer_orders_last_90_days": [19.0, 3.0, 19.0]}
    )
    assert told["effect"].to_numpy() == pytest.approx(shop.effects(features)["effect_margin"].to_numpy(), abs=1e-6)
    assert (told["low"] <= told["high"]).all()
    assert told["why"][0][0].startswith("Orders in the last 90 days: 19, usually 9.5: adds about 1.")
    assert told["why"][0][1].startswith("Depth of the discount: 30 %, usually 20 %: adds about 0.")
    assert not any(sentence.startswith("Orders") for sentence in told["why"][1])
    assert not told["is_observational"].any()


def test_before_there_is_a_champion_nothing_is_said(shop: UpliftModel) -> None:
    assert explainer_of(date(2024, 4, 1), "USD") is explain_nothing
    told = explain_nothing(pd.DataFrame({"customer_id": ["a", "b"], "offer_id": "o"}))
    assert told["why"].tolist() == [[], []]
    assert told["effect"].isna().all()


def read_explanations(day: date) -> pd.DataFrame:
    explain.score(day)
    rows = tables.read("select * from ml.explanations where day = $day order by influence_rank", {"day": day})
    return rows.to_pandas()


def test_what_decides_is_told_once_by_groups_in_words_with_its_unit(shop: UpliftModel) -> None:
    told = read_explanations(DAY)
    assert told[["feature_group", "direction"]].to_numpy().tolist() == [
        ["Orders in the last 90 days", "for"], ["Depth of the discount", "for"]
    ]  # fmt: skip
    habits = np.tile(np.arange(20.0), 2)
    features = pd.DataFrame({"depth_rate": np.repeat([0.1, 0.3], 20), "customer_orders_last_90_days": habits})
    parts = shop.contributions(features.assign(offer_type="coupon"))["customer_orders_last_90_days"]
    assert told["mean_contribution"][0] == pytest.approx(parts.abs().mean(), abs=1e-6)
    assert told["mean_contribution"][0] == pytest.approx(0.2 * 5, rel=0.25)  # as the world was made, but for shrinking
    assert told["mean_contribution_low"][0] < told["mean_contribution"][0] < told["mean_contribution_high"][0]
    assert set(told["unit"]) == {"USD of margin per offer"}
    assert set(told["family"]) == {OFFER_EFFECT}
    assert told["pair_count"].tolist() == [2 * CUSTOMERS] * 2


def test_without_lots_the_chance_of_use_is_told_of_the_day_and_of_each_pair(shop: UpliftModel) -> None:
    with writing() as connection:
        for table in ("customers", "customer_offers"):
            connection.execute(f"update features.{table} set day = date '{EARLIER}'")
    told = read_explanations(EARLIER)
    assert told["feature_group"][0] == "Orders in the last 90 days"
    assert set(told["unit"]) == {"percentage points of the chance of use"}
    pairs = pd.DataFrame({"customer_id": ["c3", "c19"], "offer_id": ["o1", "o2"]})
    often, *_ = response_explainer_of(EARLIER, "USD")(pairs)[1]
    assert often.startswith("Orders in the last 90 days: 19, usually 9.5: adds about ")
    assert often.endswith(" percentage points")


def test_a_day_before_any_model_has_no_explanation(shop: UpliftModel, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_explanations(date(2024, 4, 1)).empty
    assert "not available: no champion decides" in capsys.readouterr().out
    pairs = pd.DataFrame({"customer_id": ["c3"], "offer_id": ["o1"]})
    assert response_explainer_of(date(2024, 4, 1), "USD")(pairs) == [[]]
