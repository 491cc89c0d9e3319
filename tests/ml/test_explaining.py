"""What a registered champion of effects says of pairs of a day, read from its files and the feature tables."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.deciding.explaining import explain_nothing, explainer_of
from ml.effects import EFFECTS
from ml.learning import registry
from ml.learning.families import OFFER_EFFECT
from ml.learning.registry import Version
from ml.models.uplift import catalogue
from ml.models.uplift.bins import EffectBins
from ml.models.uplift.model import UpliftModel
from ml.models.uplift.trial import Trial
from tests.ml.uplift.worlds import recipe
from warehouse.connection import writing

DAY = date(2024, 5, 1)
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
    version = Version(
        family=OFFER_EFFECT, version="one", data_cut=DAY, role="champion", candidate=model.name, parameters={},
        metric="policy_value", metric_value=1.0, floor_value=0.0, validation_from=None, validation_until=None,
        train_rows=3000, card={},
    )  # fmt: skip
    registry.register([version], lambda folder: model.save(folder / EFFECTS))
    return model


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
