"""Planned costs of showing offers: which method serves, that plans come true on average, and that files keep them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.learning.offer_costs import CHANCE, LEARNED, CostModel, Paid, deviance, factors_by_kind, learn_costs
from ml.models.contract import Recipe

SETTINGS = {"rounds": 30, "boosting": {"learning_rate": 0.1, "num_leaves": 4, "min_data_in_leaf": 50}}
RECIPE = Recipe("logistic_regression", {"C": 1.0})
ROWS = 6000


def shown(chance_of_use: float = 0.2) -> Paid:
    """Offers of two days: coupons take off 2, amounts 10; likely users (x = 1) use three times as often."""
    chance = np.random.default_rng(7)
    x, is_coupon = chance.integers(0, 2, ROWS).astype(float), chance.random(ROWS) < 0.5
    face = np.where(is_coupon, 2.0, 10.0)
    used = chance.random(ROWS) < chance_of_use * (0.5 + x)
    features = pd.DataFrame(
        {
            "x": x,
            "offer_type": np.where(is_coupon, "coupon", "amount_off"),
            "discount_type": "amount",
            "depth_rate": 0.1,
            "face_value": face,
            "mean_scope_amount": 30.0,
            "shop_mean_scope_amount": 30.0,
            "min_basket": np.nan,
            "shop_funded_rate": 1.0,
        }
    )
    day = np.where(np.arange(ROWS) < ROWS // 2, "2026-01-05", "2026-01-12").astype("datetime64[D]")
    return Paid(features, used * face, np.arange(ROWS), day)


def learned(recipe: Recipe | None) -> tuple[CostModel, dict[str, Any]]:
    paid = shown()
    return learn_costs(paid, paid.split(rate=0.5, horizon_days=7), SETTINGS, recipe)


def test_planned_costs_come_true_and_files_keep_them(tmp_path: Path) -> None:
    paid = shown()
    model, card = learned(RECIPE)
    model.save(tmp_path)
    loaded = CostModel.load(tmp_path)
    chance = np.where(paid.features["x"] == 1, 0.3, 0.1)
    plan = loaded.plan(paid.features, chance)
    assert plan.tolist() == model.plan(paid.features, chance).tolist()
    assert plan.mean() == pytest.approx(paid.cost.mean(), rel=0.15)
    assert card["planned_over_paid"] == pytest.approx(1, abs=0.2)
    assert set(card["deviance"]) == {CHANCE, LEARNED}
    assert card["deviance"][card["method"]] == min(card["deviance"].values())


def test_without_a_model_of_use_costs_are_learned() -> None:
    model, card = learned(None)
    assert (model.method, list(card["deviance"])) == (LEARNED, [LEARNED])


def test_a_pair_nobody_scored_is_planned_by_what_offers_cost() -> None:
    model, _ = learned(None)
    by_chance = CostModel(CHANCE, {}, 1.0, model.encoding, model.learned)
    features = shown().features.iloc[:2]
    plan = by_chance.plan(features, np.array([0.5, np.nan]))
    assert plan[0] == 0.5 * features["face_value"].iloc[0]
    assert plan[1] == pytest.approx(model.learned.predict(model.encoding.apply(features))[1])


def test_factors_bring_each_kind_to_what_was_paid() -> None:
    rows = shown(0.4)
    is_coupon = (rows.features["offer_type"] == "coupon").to_numpy()
    factors, overall = factors_by_kind(rows, np.ones(ROWS))
    assert overall == pytest.approx(rows.cost.mean())
    for kind, is_kind in (("coupon", is_coupon), ("amount_off", ~is_coupon)):
        assert factors[kind] == pytest.approx(rows.cost[is_kind].mean(), rel=0.1)


def test_nothing_used_leaves_the_plan_as_it_is() -> None:
    rows = shown(0.0)
    assert factors_by_kind(rows, np.ones(len(rows))) == ({}, 1.0)


def test_a_right_plan_has_the_least_deviance() -> None:
    cost = np.array([0.0, 0.0, 3.0, 1.0])
    assert deviance(cost, np.full(4, 1.0)) < min(deviance(cost, np.full(4, 0.5)), deviance(cost, np.full(4, 2.0)))


def test_the_newest_days_judge_what_closed_before_them() -> None:
    known, judged = shown().split(rate=0.5, horizon_days=7)
    assert set(known.day.astype(str)) == {"2026-01-05"}
    assert set(judged.day.astype(str)) == {"2026-01-12"}
    by_customer = shown().split(rate=0.5, horizon_days=8)
    assert [len(part) for part in by_customer] == [ROWS // 2, ROWS // 2]
    assert not set(by_customer[0].unit) & set(by_customer[1].unit)
