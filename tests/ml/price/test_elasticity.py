"""Elasticities of hand-made shops: the right number where prices move, none where they do not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.models.contract import Recipe
from ml.models.price import poisson
from ml.models.price.catalogue import CATALOGUE
from ml.models.price.estimating import estimate_elasticity
from ml.models.price.judging import held_out_losses
from ml.models.price.pooling import pool
from ml.models.price.weeks import read_weeks
from tests.ml.shops import price as shop
from warehouse.errors import BadInput, NotAvailable

LEARNERS = ("hierarchical", "double_ml")


@pytest.fixture(scope="module", params=LEARNERS)
def found(request: pytest.FixtureRequest) -> pd.DataFrame:
    return estimate_elasticity(shop.frame(3), learner=request.param)


def test_categories_are_told_within_a_tenth_and_inside_their_intervals(found):
    categories = found[found["unique_id"] == ""].set_index("category")
    for name in ("tea", "coffee"):
        row = categories.loc[name]
        assert row["elasticity"] == pytest.approx(shop.ELASTICITY[name], rel=0.1)
        assert row["elasticity_low"] < shop.ELASTICITY[name] < row["elasticity_high"]


def test_what_never_moved_has_no_number(found):
    still = found[found["category"] == "sugar"]
    assert len(still) == 7
    assert not still["is_identified"].any()
    numbers = still.filter(regex="elasticity|_low|_high")
    assert numbers.isna().all(axis=None)


def test_products_lie_near_their_category(found):
    products = found[(found["unique_id"] != "") & found["is_identified"]]
    assert len(products) == 12
    truth = products["category"].map(shop.ELASTICITY)
    assert (np.abs(products["elasticity"] / truth - 1) < 0.25).all()


def test_a_shop_without_any_change_of_price_is_not_available():
    frame = shop.frame(1)
    with pytest.raises(NotAvailable, match="not identified anywhere"):
        estimate_elasticity(frame[frame["category"] == "sugar"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": 0.0}, "above 0"),
        ({"units": -1}, "above 0"),
        ({"ds": "2024-01-01"}, "two rows"),
    ],
)
def test_a_frame_that_breaks_the_rules_is_refused(change, reason):
    with pytest.raises(BadInput, match=reason):
        read_weeks(shop.frame(1).assign(**change))


def test_substitutes_are_seen_in_the_cross_elasticity():
    """Two goods of one category: all that a cut sells more is taken from the other."""
    chance = np.random.default_rng(5)
    cut = np.where(chance.random((2, 150)) < 0.3, 0.95, 1.0)
    pull = cut**-3.0
    units = chance.poisson(40000 * pull / pull.sum(axis=0))
    days = pd.date_range("2022-01-03", periods=150, freq="W-MON")
    goods = [
        pd.DataFrame({"unique_id": str(one), "category": "c", "ds": days, "price": cut[one], "units": units[one]})
        for one in range(2)
    ]
    row = estimate_elasticity(pd.concat(goods)).set_index("unique_id").loc["0"]
    # The logit's own elasticity is -3 (1 - share), the cross one 3 share, and all prices together change nothing.
    assert row["elasticity"] == pytest.approx(-1.5, abs=0.15)
    assert row["cross_elasticity"] == pytest.approx(1.5, abs=0.15)


def test_weeks_without_a_sale_do_not_bias_the_slope():
    """Units of 1.5 a week at the usual price: log(units + 1) would tell two thirds of the elasticity of -2."""
    chance = np.random.default_rng(2)
    price = np.where(chance.random((400, 40)) < 0.3, 0.7, 1.0)
    units = chance.poisson(1.5 * price**-2.0)
    rows = pd.DataFrame({"unique_id": np.repeat(np.arange(400), 40), "category": "c",
                         "ds": np.tile(pd.date_range("2024-01-01", periods=40, freq="W-MON"), 400),
                         "price": price.ravel(), "units": units.ravel()})  # fmt: skip
    found = estimate_elasticity(rows).set_index("unique_id").loc[""]
    assert found["elasticity"] == pytest.approx(-2, abs=0.15)
    x = np.log(price) - np.log(price).mean(axis=1, keepdims=True)
    naive = float((x * np.log(units + 1)).sum() / (x * x).sum())
    assert naive > -1.5


def test_slow_goods_whose_unsold_prices_nobody_knows_are_not_learned_from():
    frame = shop.frame(1, level=0.8)
    hidden = frame.assign(price=frame["price"].where(frame["units"] > 0))
    with pytest.raises((NotAvailable, ValueError)):
        estimate_elasticity(hidden)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = []
    for seed in range(25):
        found = estimate_elasticity(shop.frame(seed, products=8)).query("unique_id == '' and is_identified")
        truth = found["category"].map(shop.ELASTICITY)
        inside += ((found["elasticity_low"] < truth) & (truth < found["elasticity_high"])).tolist()
    assert 0.88 <= np.mean(inside) <= 1.0


def test_knowing_categories_tells_held_out_weeks_better_than_one_number_for_all():
    weeks = read_weeks(shop.frame(4))
    opened = weeks.frame["ds"].max() - pd.Timedelta(weeks=11)
    losses = {
        name: held_out_losses(CATALOGUE.make(Recipe(name)).fit(weeks.until(opened)), weeks, opened.date())  # type: ignore[arg-type]
        for name in ("hierarchical", "shop_wide")
    }
    assert losses["hierarchical"].mean() < losses["shop_wide"].mean()
    assert len(losses["hierarchical"]) == 18


@given(st.integers(0, 1000))
def test_expected_units_add_up_by_product(seed: int):
    chance = np.random.default_rng(seed)
    product = np.sort(chance.integers(0, 4, 30))
    product = np.unique(product, return_inverse=True)[1]
    units = chance.poisson(3, 30).astype(float)
    expected = poisson.expect(chance.normal(0, 3, 30), units, product)
    assert np.bincount(product, weights=expected) == pytest.approx(np.bincount(product, weights=units))


@given(st.integers(0, 1000))
def test_pooling_moves_estimates_towards_their_mean_and_never_past_it(seed: int):
    chance = np.random.default_rng(seed)
    value, variance = chance.normal(0, 1, (6, 1)), chance.uniform(0.1, 2, (6, 1, 1))
    pooled = pool(value, variance)
    moved = (pooled.value - pooled.mean)[:, 0] * (value - pooled.mean)[:, 0]
    assert (moved >= -1e-9).all()
    assert (np.abs(pooled.value - pooled.mean) <= np.abs(value - pooled.mean) + 1e-9).all()
